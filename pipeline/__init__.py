"""What digitization means: domain values, stages, document types. No network, no database, no orchestrator."""
