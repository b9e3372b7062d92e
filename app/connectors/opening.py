"""Settings in, other systems out. Nobody is asked before somebody asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from app.connector_settings import ConnectorSettings
from app.connectors.answer_cache import AnswerCache
from app.connectors.caller import Caller, Note, unnoted
from app.connectors.depository import HttpDepository
from app.connectors.one_stop import HttpOneStop
from app.connectors.population import HttpPopulation
from app.connectors.portal import HttpPortal
from app.connectors.procedures import HttpProcedures
from pipeline.connector_ports import Connectors
from pipeline.domain.errors import BadSettings
from pipeline.domain.exchange import OtherSystem
from pipeline.ports import Clock
from pipeline.understand.catalogue import TypeCatalogue


@contextlib.contextmanager
def open_connectors(
    settings: Mapping[OtherSystem, ConnectorSettings], *, types: TypeCatalogue, clock: Clock, note: Note = unnoted
) -> Iterator[Connectors]:
    """Give the other systems; one without an address says so when it is asked. Connections are closed at the end.

    `note` writes down how each answers.

    Raises:
        BadSettings: a file of certificates cannot be read.
    """
    with contextlib.ExitStack() as stack:
        callers = {}
        caches = {}
        for system in OtherSystem:
            chosen = settings.get(system, ConnectorSettings())
            try:
                caller = Caller(system, chosen, clock=clock, note=note)
            except (OSError, ValueError) as error:
                name = f"connectors.{system.value}.certificates"
                raise BadSettings(name=name, problem=type(error).__name__) from error
            stack.callback(caller.close)
            callers[system], caches[system] = caller, chosen.cache_minutes
        yield Connectors(
            portal=HttpPortal(callers[OtherSystem.NATIONAL_PORTAL]),
            population=HttpPopulation(
                callers[OtherSystem.POPULATION],
                cache=AnswerCache(minutes=caches[OtherSystem.POPULATION], clock=clock),
            ),
            procedures=HttpProcedures(
                callers[OtherSystem.PROCEDURES],
                types=types,
                cache=AnswerCache(minutes=caches[OtherSystem.PROCEDURES], clock=clock),
            ),
            one_stop=HttpOneStop(callers[OtherSystem.ONE_STOP]),
            depository=HttpDepository(callers[OtherSystem.DEPOSITORY]),
        )
