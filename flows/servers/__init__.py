"""What `nightjar up` keeps running: MLflow, Prefect, and the runner that serves the deployments."""
