"""What the jobs of the night cost among so many papers, in processor seconds of this program and of PostgreSQL, and in memory.

Each is done as its flow does it, as far as the records go: the objects themselves are not read, which goes by bytes and not by papers.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from app.services import Services
from benchmarks import process_tree
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.usecases.count_dossiers import recount
from pipeline.usecases.renew_copies import forecast_copies, signed_copies
from pipeline.usecases.verify_laws import verify_laws
from pipeline.usecases.verify_store import NEEDED_AREAS, count_needed, needed_objects
from signing.forecast import look_ahead

_AT_ONCE = 100
"""objects between two notes, as `verify_store` has them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a job came to."""

    job: str
    units: int
    """objects, batches and papers, signed copies, dossiers"""
    cpu: float
    """seconds, of the program"""
    database_cpu: float
    """seconds, of the database"""
    grown: int
    """bytes by which the program grew meanwhile"""


def nights(services: Services, *, dump: Path) -> tuple[Night, ...]:
    """Do the jobs one after the other and return what each came to; the dump is left at `dump`."""
    postmaster = _postmaster(services.records.engine)
    jobs: dict[str, Callable[[], int]] = {
        "enlist": lambda: _enlist(services),
        "enlist again": lambda: _enlist(services),
        "note": lambda: _note(services),
        "list": lambda: count_needed(services.inventory),
        "laws": lambda: sum(verify_laws(services.laws, objects=None, now=services.clock.now()).looked_at.values()),
        "renewals": lambda: _foresee(services),
        "indices": lambda: _recount(services),
        "dump": lambda: _dump(services, dump),
    }
    found = []
    for job, do in jobs.items():
        own, database, memory = _own(), process_tree.cpu_seconds(postmaster), process_tree.resident_bytes(os.getpid())
        units = do()
        found.append(
            Night(
                job=job,
                units=units,
                cpu=round(_own() - own, 2),
                database_cpu=round(process_tree.cpu_seconds(postmaster) - database, 2),
                grown=process_tree.resident_bytes(os.getpid()) - memory,
            )
        )
    return tuple(found)


def _own() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _postmaster(engine: sa.Engine) -> int:
    """Return the process that started the one which serves us."""
    with engine.connect() as connection:
        serving = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    status = Path(f"/proc/{serving}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def _enlist(services: Services) -> int:
    """Write down what is to be read: the first part of `verify-archive`."""
    count = 0
    for area in NEEDED_AREAS:
        for page in needed_objects(services.records.inventory_with_results, area):
            services.fixity.enlist(StoreName.STORE, area, [each.sha256 for each in page])
            count += len(page)
    return count


def _note(services: Services) -> int:
    """Write down of every object that it was read, as the second part of `verify-archive` does."""
    before = services.clock.now() + dt.timedelta(days=1)
    after = before + dt.timedelta(days=1)
    count = 0
    while due := services.fixity.due(StoreName.STORE, before=before, limit=_AT_ONCE):
        for area in NEEDED_AREAS:
            services.records.inventory_with_results.named(area, [each.sha256 for each in due if each.area is area])
        services.fixity.note(
            StoreName.STORE, [replace(each, checked_at=after, outcome=CheckOutcome.SOUND) for each in due]
        )
        count += len(due)
    return count


def _foresee(services: Services) -> int:
    """Find the signatures that are to be renewed, as each night does: what their files say is known."""
    found = forecast_copies(
        signed_copies(services.versions),
        margin=dt.timedelta(days=services.settings.signing.renew_days),
        look=look_ahead,
        objects=services.objects,
        versions=services.versions,
    )
    return len(found)


def _recount(services: Services) -> int:
    counted = 0

    def heard(_: int, total: int) -> None:
        nonlocal counted
        counted = total

    recount(services.officer.figures, on_dossier=heard)
    return counted


def _dump(services: Services, target: Path) -> int:
    url = services.records.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(["pg_dump", "--format=custom", f"--file={target}", f"--dbname={url}"], check=True)
    return target.stat().st_size
