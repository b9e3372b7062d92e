"""When: Prefect flows and deployments. They schedule and retry; they decide nothing."""
