"""`deliver-events`: tell webhooks what is due. The process that serves the pages does so within seconds; this is for when none runs."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.services import open_services
from app.settings import current_settings
from app.webhooks.delivering import deliver_due, delivery_policy, delivery_services
from flows.authorship import this_run
from flows.limits import ASKING
from flows.processes import note_process, show_life
from flows.repeating import repeated

FLOW_NAME = "deliver-events"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=ASKING, on_running=[note_process, show_life])
def deliver_events() -> dict[str, int]:
    """Tell what is due; the entry point of the schedule. Two that run at once do not do the same: events are claimed."""

    @task(name="deliver", cache_policy=NO_CACHE, persist_result=False)
    def deliver() -> dict[str, int]:
        settings = current_settings()
        with open_services(settings, author=this_run()) as services:
            done = deliver_due(delivery_services(services), delivery_policy(settings), stopped=lambda: False)
        return {"told": done.told, "failed": done.failed, "dead": done.dead}

    done = repeated(deliver)()
    get_run_logger().info("%(told)d events told, %(failed)d failed, %(dead)d given up", done)
    return done
