"""`python -m flows.register POOL`: make the work pool if there is none, and tell the server of the deployments in `prefect.yaml`."""

from __future__ import annotations

import contextlib
import sys

from prefect.cli import app
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker


def main(name: str) -> None:
    """Do it; again changes nothing."""
    template = ProcessWorker.get_default_base_job_template()
    pool = WorkPoolCreate(name=name, type=ProcessWorker.type, base_job_template=template)
    # a worker that begins makes it, too
    with contextlib.suppress(ObjectAlreadyExists), get_client(sync_client=True) as client:
        client.create_work_pool(pool)
    sys.argv = ["prefect", "--no-prompt", "deploy", "--all"]
    app()


if __name__ == "__main__":
    main(sys.argv[1])
