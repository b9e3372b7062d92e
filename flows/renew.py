"""`renew-signatures`: prolong what will soon prove itself no longer. No key is needed, only a time-stamp authority."""

from __future__ import annotations

import datetime as dt

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.services import open_services
from app.settings import current_settings
from app.signers import open_renewer
from flows.authorship import this_run
from flows.limits import RENEWING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.usecases.renew_copies import forecast_copies, renew_copies, signed_copies
from signing.forecast import look_ahead

FLOW_NAME = "renew-signatures"


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=RENEWING, on_running=[note_process, show_life])
def renew_signatures() -> dict[str, int]:
    """Renew the copies that are due; the entry point of the schedule. What a run did before it was ended is kept."""

    @task(name="renew", cache_policy=NO_CACHE, persist_result=False)
    def renew() -> dict[str, int]:
        with open_services(current_settings(), author=this_run()) as services:
            found = forecast_copies(
                signed_copies(services.versions),
                margin=dt.timedelta(days=services.settings.signing.renew_days),
                look=look_ahead,
                objects=services.objects,
                versions=services.versions,
            )
            due = [each for each in found if each.is_due(services.clock.now())]
            counts = {
                "signed": len(found),
                "due": len(due),
                "unreadable": sum(each.error is not None for each in found),
            }
            if not due:
                return {**counts, "renewed": 0}
            with open_renewer(services.settings, clock=services.clock) as renewer:
                done = renew_copies(
                    due,
                    renew=renewer,
                    objects=services.objects,
                    versions=services.versions,
                    clock=services.clock,
                )
        return {**counts, "renewed": sum(each.version is not None for each in done)}

    counts = repeated(renew)()
    get_run_logger().info("%(renewed)d of %(due)d due copies renewed, %(unreadable)d unreadable", counts)
    return counts
