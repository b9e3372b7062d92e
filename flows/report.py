"""`report-indices` and `refresh-indices`: last month's figures as a workbook, and every night all dossiers counted anew."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.language import speaker
from app.reporting import keep_report
from app.services import open_services
from app.setting_groups import Language
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import COUNTING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.usecases.count_dossiers import recount

FLOW_NAME = "report-indices"
REFRESH_FLOW_NAME = "refresh-indices"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=COUNTING, on_running=[note_process, show_life])
def report_indices(period: str = "") -> dict[str, str | int]:
    """Write a period's workbook into the folder of reports, the last month's where none is named; the schedule's entry."""

    @task(name="report", cache_policy=NO_CACHE, persist_result=False)
    def report() -> dict[str, str | int]:
        settings = current_settings()
        with open_services(settings, author=this_run()) as services:
            say = speaker(settings.language or Language.VIETNAMESE)
            done = keep_report(period, services=services, say=say, purpose=FLOW_NAME)
            return {"file": str(done.file), "dossiers": done.dossiers}

    found = repeated(report)()
    get_run_logger().info("%(dossiers)d dossiers reported in %(file)s", found)
    return found


@flow(name=REFRESH_FLOW_NAME, persist_result=False, timeout_seconds=COUNTING, on_running=[note_process, show_life])
def refresh_indices() -> dict[str, int]:
    """Count all dossiers anew, and name how many were not as they had been kept; the entry point of the schedule."""

    @task(name="count", cache_policy=NO_CACHE, persist_result=False)
    def count() -> int:
        with open_services(current_settings(), author=this_run()) as services:
            return recount(services.officer.figures)

    differed = repeated(count)()
    if differed:
        get_run_logger().error("%d dossiers were not as they had been kept", differed)
    return {"differed": differed}
