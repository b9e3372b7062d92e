"""What the process that serves pages does about other systems, beside answering: tells the one-stop system, asks the population database.

What is to be told stands in the outbox, so that a process that is killed leaves nothing that the next one does not find.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from app.services import Services
from pipeline.connector_ports import Connectors
from pipeline.domain.errors import SohoaError
from pipeline.domain.exchange import OtherSystem
from pipeline.usecases.ask_systems import Asker
from pipeline.usecases.check_persons import Checked, check_persons
from pipeline.usecases.confirm_person import PersonServices
from pipeline.usecases.tell_of_dossiers import TellServices, Told, tell_of_dossiers

_log = logging.getLogger(__name__)
_SECONDS = 5.0
"""between two looks at the outbox"""
_STOP_SECONDS = 3.0


class ConnectorWork:
    """The work; `with` it, or call `tell_once` and `check_once` one by one. Systems without an address have none."""

    def __init__(self, services: Services, others: Connectors, *, seconds: float = _SECONDS) -> None:
        self.others = others
        self._services, self._seconds = services, seconds
        self._stopped = threading.Event()
        works: dict[OtherSystem, Callable[[], object]] = {
            OtherSystem.ONE_STOP: self.tell_once,
            OtherSystem.POPULATION: self.check_once,
        }
        # each has a thread of its own: one that is slow keeps the other from nothing
        self._threads = [
            threading.Thread(target=self._rounds, args=(system, work), name=f"sohoa-{system.value}", daemon=True)
            for system, work in works.items()
            if self.is_set(system)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def stop(self) -> None:
        """Begin no further round; what is in the middle comes again at the next start."""
        self._stopped.set()
        ends = time.monotonic() + _STOP_SECONDS
        for each in self._threads:
            each.join(timeout=max(0.0, ends - time.monotonic()))

    def is_set(self, system: OtherSystem) -> bool:
        """Say whether the settings have an address for a system."""
        chosen = self._services.settings.connectors.get(system)
        return chosen is not None and bool(chosen.address)

    def tell_once(self) -> Told:
        """Tell the one-stop system what is due."""
        services = self._services
        return tell_of_dossiers(
            services=TellServices(
                events=services.events,
                library=services.library,
                versions=services.versions,
                one_stop=self.others.one_stop,
                asker=asker_of(services),
                clock=services.clock,
            )
        )

    def check_once(self) -> Checked:
        """Ask the population database what is due."""
        services = self._services
        return check_persons(
            events=services.events, claims=services.review.claims, services=person_services(services, self.others)
        )

    def _rounds(self, system: OtherSystem, work: Callable[[], object]) -> None:
        failed = False
        while not self._stopped.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the edge of a thread that has to live on
                if not failed and not self._stopped.is_set():
                    _log.warning("%s: %s", system.value, error, exc_info=not isinstance(error, SohoaError))
                failed = True
            else:
                failed = False
            self._stopped.wait(self._seconds)


def asker_of(services: Services, purpose: str = "") -> Asker:
    """Return how questions are written down; `purpose` in the words of whoever asks, else those of the settings."""
    return Asker(trail=services.trail, purpose=purpose or services.settings.exchange.purpose)


def person_services(services: Services, others: Connectors, *, purpose: str = "") -> PersonServices:
    """Return what asking about people needs."""
    return PersonServices(
        population=others.population,
        library=services.library,
        corrections=services.corrections,
        asker=asker_of(services, purpose),
        clock=services.clock,
    )
