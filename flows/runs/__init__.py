"""What Prefect runs: the flows around a night and around decisions, their pages, retries and approvals."""
