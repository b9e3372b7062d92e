"""`verify-archive` and `mirror-archive`: read what is kept again, a part each night, and keep the second store complete."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from app.keeping import care_of, pace, store_in_care
from app.law_table import law_table
from app.second_store import mirror_in_care
from app.services import open_services
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import READING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.domain.laws import BrokenLaw
from pipeline.usecases.mirror_store import mirror_store
from pipeline.usecases.verify_laws import verify_laws
from pipeline.usecases.verify_objects import verify_objects
from pipeline.usecases.verify_store import Finding

FLOW_NAME = "verify-archive"
MIRROR_FLOW_NAME = "mirror-archive"

_UNFINISHED = dt.timedelta(days=2)
"""after which what a process was writing is given up: the longest upload takes hours"""


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=READING, on_running=[note_process, show_life])
def verify_archive() -> dict[str, int]:
    """Sweep, read the objects that were not read for `fixity.days`, and check the laws; the schedule's entry.

    Nothing is put right here. What a run read before it was ended is kept: the next one goes on. A table of what was found stands
    among the run's artifacts.
    """
    logger = get_run_logger()

    def tell(finding: Finding) -> None:
        needed = finding.needed
        records = "; ".join(f"{each.table}.{each.column} {each.record}" for each in needed.needs)
        logger.error(
            "%s: %s %s/%s %s", finding.store.value, finding.outcome.value, needed.area.value, needed.stored_as, records
        )

    @task(name="verify", cache_policy=NO_CACHE, persist_result=False)
    def verify() -> dict[str, int]:
        settings = current_settings()
        with open_services(settings, author=this_run()) as services:
            swept = services.disposing.care.sweep(
                unfinished=_UNFINISHED, incoming=dt.timedelta(days=settings.store.incoming_days)
            )
            logger.info("%d unfinished writings and %d expired uploads removed", swept.unfinished, swept.expired)
            before = services.clock.now() - dt.timedelta(days=settings.fixity.days)
            check = verify_objects(replace(care_of(services), pace=pace(settings)), before=before, on_finding=tell)
        return {"read": sum(each.objects for each in check.stores), "wrong": len(check.findings)}

    def tell_broken(broken: BrokenLaw) -> None:
        logger.error("law of %s: %s %s %s", broken.law.value, broken.fault.value, broken.item, broken.detail)

    @task(name="check-laws", cache_policy=NO_CACHE, persist_result=False)
    def check_laws() -> dict[str, int]:
        settings = current_settings()
        with open_services(settings, author=this_run()) as services:
            check = verify_laws(services.laws, objects=None, now=services.clock.now(), on_broken=tell_broken)
        create_table_artifact(key=FLOW_NAME, table=law_table(check, settings=settings))
        return {"broken": len(check.broken)}

    counts = repeated(verify)() | repeated(check_laws)()
    logger.info("%(read)d objects read, %(wrong)d not as they should be; laws broken %(broken)d times", counts)
    return counts


@flow(name=MIRROR_FLOW_NAME, persist_result=False, timeout_seconds=READING, on_running=[note_process, show_life])
def mirror_archive() -> dict[str, int]:
    """Copy to the second store what it lacks, where there is one; the entry point of the schedule."""

    @task(name="mirror", cache_policy=NO_CACHE, persist_result=False)
    def mirror() -> dict[str, int]:
        settings = current_settings()
        second = mirror_in_care(settings)
        if second is None:
            return {"objects": 0, "copied": 0, "wrong": 0}
        with open_services(settings, author=this_run()) as services:
            done = mirror_store(store_in_care(settings), second, inventory=services.inventory, pace=pace(settings))
        return {"objects": done.objects, "copied": done.copied, "wrong": len(done.findings)}

    counts = repeated(mirror)()
    get_run_logger().info("%(copied)d of %(objects)d objects copied, %(wrong)d could not be", counts)
    return counts
