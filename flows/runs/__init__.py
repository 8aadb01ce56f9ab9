"""What Prefect runs: the flows around a night and around decisions, retries and approvals."""
