"""The national portal, which takes dossiers: `POST /dossiers/create` and `POST /dossiers/update` with an array of one."""

from __future__ import annotations

from app.connectors.caller import Caller
from pipeline.domain.exchange import SyncAnswer
from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.sync_answer import read_answer


class HttpPortal:
    """Implements `pipeline.connector_ports.PortalSync`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def send(self, message: bytes, *, update: bool) -> SyncAnswer:
        """Send a message with one dossier: create it there, or update it."""
        answer = self._caller.ask("POST", f"/dossiers/{'update' if update else 'create'}", data=message)
        if answer is None:
            raise self._caller.garbled("404")
        try:
            return read_answer(answer)
        except ExchangeMalformed as error:
            raise self._caller.garbled(str(error.details["place"] or "no_json")) from error
