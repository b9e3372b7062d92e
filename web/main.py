"""`python -m web.main`: serve the pages."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from collections.abc import Iterator
from functools import partial

import uvicorn

from app.authors import system_at
from app.channels import Channels
from app.connector_work import ConnectorWork
from app.connectors.opening import open_connectors
from app.intake_work import IntakeWork
from app.log_lines import LogFormat
from app.logs import formatter, quiet_libraries
from app.orchestrator import use_prefect_for_good
from app.scratch import own_scratch
from app.services import Services, open_services
from app.setting_groups import Language
from app.settings import Provenance, current_provenance
from app.signing_runs import SigningRuns
from app.stores import look_where_unproven
from app.webhooks.delivering import event_deliverer
from app.webhooks.sender import HttpEventSender
from app.workshop import open_workshop
from pipeline.connector_ports import Connectors
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from web.jobs import Jobs, LocalJobs, PrefectJobs
from web.office import Office
from web.request_ids import RequestIdFilter
from web.serving import server_options
from web.words import load_words


@contextlib.contextmanager
def open_office(provenance: Provenance, *, with_prefect: bool) -> Iterator[Office]:
    """Open everything that pages need; it is closed with the context.

    Raises:
        SohoaError: what opening services and workshop raises.
    """
    settings = provenance.settings
    with open_services(settings, author=system_at("web")) as services, open_workshop(services) as workshop:
        jobs = PrefectJobs(workshop, hand_over=_hand_over) if with_prefect else LocalJobs(workshop)
        jobs.start()
        try:
            sender = HttpEventSender(settings.webhooks)
            with (
                _others(services) as others,
                event_deliverer(services.acting(system_at("events")), sender=sender),
                IntakeWork(workshop, hand_over=partial(_digitize, jobs)) as intake_work,
                ConnectorWork(services.acting(system_at("connectors")), others) as connector_work,
            ):
                yield Office(
                    provenance=provenance,
                    services=services,
                    workshop=workshop,
                    jobs=jobs,
                    intake=intake_work,
                    channels=Channels(intake_work, settings, clock=services.clock),
                    connectors=connector_work,
                    sender=sender,
                    signing=SigningRuns(jobs.run),
                    words={language: load_words(language) for language in Language},
                )
        finally:
            jobs.stop()


def _others(services: Services) -> contextlib.AbstractContextManager[Connectors]:
    """Return the systems around this one, and have written down how they answer."""
    return open_connectors(
        services.settings.connectors,
        types=services.catalogue,
        clock=services.clock,
        note=services.connector_book.note,
    )


def _digitize(jobs: Jobs, batch: BatchId, lane: Lane) -> None:
    jobs.digitize(batch, lane=lane)


def _hand_over(batch: BatchId, lane: Lane) -> None:
    from flows.counter import hand_over, hand_over_bulk  # noqa: PLC0415 - Prefect reads its settings when it is imported

    (hand_over if lane is Lane.COUNTER else hand_over_bulk)(batch)


def main() -> None:
    """Serve until told to stop."""
    quiet_libraries()
    # uvicorn raises the signal that stopped it once more when it has stopped: contexts are left by it, not cut off
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    provenance = current_provenance()
    settings = provenance.settings
    _log_to_stderr(settings.log.format)
    use_prefect_for_good(settings)
    look_where_unproven(settings)
    with own_scratch(), open_office(provenance, with_prefect=True) as office:
        uvicorn.run(**server_options(office))


def _log_to_stderr(form: LogFormat) -> None:
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(formatter(form, text="%(asctime)s %(levelname)s %(request)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells whole addresses of other systems
    # in the log that people read there is a line for what went wrong, not for every request
    logging.getLogger("web.request_spans").setLevel(logging.INFO if form is LogFormat.JSON else logging.WARNING)


if __name__ == "__main__":
    main()
