"""Under whose name flow runs write into the audit trail, and what their lines of the log tell."""

from __future__ import annotations

from contextlib import AbstractContextManager

from prefect.runtime import flow_run

from app.authors import system_at
from app.log_context import telling
from pipeline.domain.audit import Author


def this_run() -> Author:
    """Return the product as the author of what the present flow run does, with the run's id as Prefect shows it."""
    return system_at(f"{flow_run.flow_name} {flow_run.id}")


def telling_run(**what: str) -> AbstractContextManager[None]:
    """Have the present flow run's id told with every line of the log, and what it works on."""
    return telling(run=str(flow_run.id), **what)
