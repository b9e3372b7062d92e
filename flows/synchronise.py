"""`synchronise-dossiers`: send the national portal what is due, where there is a connection to it.

Who sends a dossier has it for some minutes; what a run that was ended had, the next one sends again, and the portal counts it once.
"""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.connectors.opening import open_connectors
from app.services import open_services
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import ASKING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.domain.exchange import OtherSystem
from pipeline.usecases.synchronise_dossiers import send_dossiers

FLOW_NAME = "synchronise-dossiers"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=ASKING, on_running=[note_process, show_life])
def synchronise_dossiers() -> dict[str, int]:
    """Send what is due; the entry point of the schedule. Dossiers that fail are tried again when they are due."""

    @task(name="send", cache_policy=NO_CACHE, persist_result=False)
    def send() -> dict[str, int]:
        settings = current_settings()
        portal = settings.connectors.get(OtherSystem.NATIONAL_PORTAL)
        if portal is None or not portal.address:
            return {"taken": 0, "refused": 0, "failed": 0}
        with (
            open_services(settings, author=this_run()) as services,
            open_connectors(
                settings.connectors, types=services.catalogue, clock=services.clock, note=services.connector_book.note
            ) as others,
        ):
            done = send_dossiers(queue=services.sync_queue, portal=others.portal, clock=services.clock)
        return {"taken": len(done.taken), "refused": len(done.refused), "failed": len(done.failed)}

    counts = repeated(send)()
    get_run_logger().info("%(taken)d dossiers taken, %(refused)d refused, %(failed)d to be tried again", counts)
    return counts
