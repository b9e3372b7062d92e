"""`refresh-procedures`: take over what the national catalogue of procedures publishes, where there is a connection to it."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.connector_work import asker_of
from app.connectors.opening import open_connectors
from app.services import open_services
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import ASKING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.domain.exchange import OtherSystem
from pipeline.usecases.ask_systems import refresh_procedures

FLOW_NAME = "refresh-procedures"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=ASKING, on_running=[note_process, show_life])
def refresh_catalogue() -> dict[str, int]:
    """Refresh the catalogue; the entry point of the schedule. Without a connection there is nothing to do."""

    @task(name="refresh", cache_policy=NO_CACHE, persist_result=False)
    def refresh() -> dict[str, int]:
        settings = current_settings()
        chosen = settings.connectors.get(OtherSystem.PROCEDURES)
        if chosen is None or not chosen.address:
            return {"procedures": 0, "changed": 0}
        with (
            open_services(settings, author=this_run()) as services,
            open_connectors(
                settings.connectors,
                types=services.catalogue,
                clock=services.clock,
                note=services.connector_book.note,
            ) as others,
        ):
            came = refresh_procedures(
                catalogue=others.procedures, procedures=services.procedures, asker=asker_of(services)
            )
        return {"procedures": len(came.changes), "changed": came.written}

    counts = repeated(refresh)()
    get_run_logger().info("%(procedures)d procedures in the national catalogue, %(changed)d differ", counts)
    return counts
