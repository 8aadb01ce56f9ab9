"""What people see of a run in Prefect: the page of a night, of days, of a version, of canaries."""
