"""`apply-retention`: propose what is due, so that people hear of it. It removes nothing, and two people have to approve."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.services import open_services, rules_of
from app.settings import current_settings
from flows.authorship import this_run
from flows.limits import COUNTING
from flows.processes import note_process, show_life
from flows.repeating import repeated
from pipeline.domain.errors import DisposalRefused
from pipeline.usecases.propose_disposal import propose_disposal

FLOW_NAME = "apply-retention"
MOST_LISTED = 500
"""papers on one list: what people can look through; the next week brings the next ones"""


@flow(name=FLOW_NAME, persist_result=False, timeout_seconds=COUNTING, on_running=[note_process, show_life])
def apply_retention() -> dict[str, int]:
    """Propose a list of the papers that are due; the entry point of the schedule."""

    @task(name="propose", cache_policy=NO_CACHE, persist_result=False)
    def propose() -> int:
        settings = current_settings()
        with open_services(settings, author=this_run()) as services:
            needs = services.disposing
            try:
                disposal = propose_disposal(
                    by=services.author,
                    reason=FLOW_NAME,
                    limit=MOST_LISTED,
                    papers=needs.papers,
                    holds=services.holds,
                    disposals=needs.disposals,
                    rules=rules_of(settings, services.catalogue),
                    clock=services.clock,
                )
            except DisposalRefused:  # nothing is due, or somebody was faster
                return 0
        return len(disposal.items)

    listed = repeated(propose)()
    get_run_logger().info("%d papers are due and proposed for disposal", listed)
    return {"listed": listed}
