"""Under whose name flow runs write into the audit trail."""

from __future__ import annotations

from prefect.runtime import flow_run

from app.authors import system_at
from pipeline.domain.audit import Author


def this_run() -> Author:
    """Return the product as the author of what the present flow run does, with the run's id as Prefect shows it."""
    return system_at(f"{flow_run.flow_name} {flow_run.id}")
