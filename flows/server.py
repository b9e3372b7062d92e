"""`python -m flows.server …`: `prefect server start …`, mended so that schedules are due with the SQLAlchemy that is installed.

Prefect 3.8 hands SQLAlchemy rows with names that are no columns (a flow run's `state`, a state's `data`) and counts on their being
passed over, as SQLAlchemy 2.0 did. From 2.1 on such a row is refused unless its name has a hook, and no run of any schedule is made
(docs/decisions/0021-prefect-server-of-our-own.md).
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from prefect.cli import app
from prefect.server.database import orm_models
from prefect.settings import get_current_settings

_MODELS = (orm_models.FlowRun, orm_models.TaskRun, orm_models.FlowRunState, orm_models.TaskRunState)


def pass_over_computed_names() -> None:
    """Let rows name what a model computes, which is then not kept."""

    def passed_over(model: type, row: MutableMapping[str, Any], value: object) -> None:
        """Keep nothing."""

    for model in _MODELS:
        for base in model.__mro__:
            for computed in vars(base).values():
                if hasattr(computed, "bulk_dml_setter"):
                    computed.inplace.bulk_dml(passed_over)


def take_over_leases(folder: Path) -> None:
    """Remove the lock that a server which was killed left among the leases of limited deployments.

    Prefect removes it where the process is gone whose id stands in it; in a container that is this very process's own.
    """
    (folder / "concurrency_leases" / "expirations.lock").unlink(missing_ok=True)


def main() -> None:
    """Run a server until it is told to stop; it is the only one of its home folder."""
    pass_over_computed_names()
    take_over_leases(get_current_settings().home)
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
