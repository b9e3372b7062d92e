"""`seal-audit`: seal the days of the audit trail that are over. A day that could not be sealed is sealed with the next."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.sealing import open_sealing
from app.services import open_services
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import COUNTING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.usecases.seal_audit import seal_days

FLOW_NAME = "seal-audit"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=COUNTING, on_running=[note_process, show_life])
def seal_audit() -> dict[str, int]:
    """Seal what can be sealed; the entry point of the schedule."""

    @task(name="seal", cache_policy=NO_CACHE, persist_result=False)
    def seal() -> int:
        with (
            open_services(current_settings(), author=this_run()) as services,
            open_sealing(services) as sealing,
        ):
            return len(seal_days(sealing))

    days = repeated(seal)()
    get_run_logger().info("%d days sealed", days)
    return {"sealed": days}
