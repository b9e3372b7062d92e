"""The values that travel through the pipeline. Standard library only."""
