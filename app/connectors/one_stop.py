"""The province's one-stop system: `GET /dossiers/{code}`, and `POST /dossiers/{code}/digitized` when papers of one are there."""

from __future__ import annotations

import datetime as dt

import msgspec

from app.connectors.caller import Caller, path_part
from pipeline.domain.exchange import DigitizedNotice, ExpectedComponent, KnownDossier
from pipeline.domain.ids import DossierCode


class _Component(msgspec.Struct):
    code: str
    name: str
    required: bool = True
    digitized: bool = False


class _Dossier(msgspec.Struct):
    code: str
    procedure: str = ""
    due_on: dt.date | None = None
    components: list[_Component] = []


class HttpOneStop:
    """Implements `pipeline.connector_ports.OneStop`. How a dossier stands changes by the minute: nothing is remembered."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def dossier(self, code: DossierCode) -> KnownDossier | None:
        """Return a dossier as it stands there; None where nobody knows it."""
        answer = self._caller.ask("GET", f"/dossiers/{path_part(code)}")
        if answer is None:
            return None
        told = self._caller.decoded(answer, _Dossier)
        if told.code != code:
            raise self._caller.garbled("other_dossier")
        return KnownDossier(
            code=code,
            procedure=told.procedure,
            components=tuple(
                ExpectedComponent(
                    code=each.code, name=each.name, is_required=each.required, is_digitized=each.digitized
                )
                for each in told.components
            ),
            due_on=told.due_on,
        )

    def digitized(self, notice: DigitizedNotice) -> None:
        """Tell that papers of a dossier have been digitized; the same notice may be told again."""
        body = {
            "id": notice.id,
            "dossier": notice.dossier,
            "documents": [{"id": id_, "sha256": sha256} for id_, sha256 in sorted(notice.documents.items())],
            "at": notice.at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        answer = self._caller.ask("POST", f"/dossiers/{path_part(notice.dossier)}/digitized", body=body)
        if answer is None:
            raise self._caller.garbled("404")
        self._caller.decoded(answer, dict[str, object])  # a page of some proxy on the way is no answer
