"""An office that works for two agencies, and a person whose papers one of them digitized and the other one needs."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, replace
from typing import Any

from pipeline.domain.holding import Holding, PaperCode
from pipeline.domain.ids import ContentHash, DocumentId, TypeCode
from pipeline.domain.owner import (
    HoldingId,
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.signature import CopyVersion, FileVerdict, SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from tests.e2e.papers import paper
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office

CMND, CCCD = "011234567", "001199000013"
STRANGER = "001099000022"
DOSSIER = "H42.12-260131-0001"
EARLIER = "H42.13-250101-0007"
CONFIRMATION = TypeCode("xac_nhan_hon_nhan")
MARRIAGE = Procedure(
    code=ProcedureCode("1.000894"),
    name="Đăng ký kết hôn",
    field="Hộ tịch",
    since=dt.date(2016, 1, 1),
    components=(
        Component(code="to_khai", name="Tờ khai", types=(TypeCode("don_de_nghi"),)),
        Component(code="hon_nhan", name="Giấy xác nhận tình trạng hôn nhân", types=(CONFIRMATION,)),
    ),
    source="Luật Hộ tịch 60/2014/QH13",
)


@dataclass(frozen=True)
class City:
    """An office that works for two agencies, and the depository of one person."""

    office: Office
    owner: Owner
    asking: Asking
    """a system of the agency that settles the dossier"""

    def lay(
        self,
        *,
        owner: Owner | None = None,
        kind: TypeCode = CONFIRMATION,
        verdict: Verdict | None = Verdict.VALID,
        signed: bool = True,
        **changes: Any,  # noqa: ANN401 - of a holding
    ) -> Holding:
        """Have the other agency digitize and sign a paper, and put it into its owner's depository."""
        services, whose = self.office.services, owner or self.owner
        document = shelve(
            self.office,
            agency=THEIRS,
            kind=kind,
            dossier=EARLIER,
            fields={"old_id": CMND, "full_name": "Nguyễn Thị An"},
        )
        if signed:
            self._sign(document, verdict)
        held = Holding(
            id=HoldingId(services.new_id()),
            owner=whose.id,
            document=document,
            type=kind,
            code=PaperCode(owner=whose.identifiers[0].value, type=kind, serial=0, text=""),
            published_at=services.clock.now(),
        )
        placed = services.depository.place([replace(held, **changes)], template="{owner}-{type}-{serial:06}")[0]
        state = changes.get("state")
        return (
            services.depository.change(replace(placed, state=state, reason="thử"), version=placed.version)
            if state
            else placed
        )

    def _sign(self, document: DocumentId, verdict: Verdict | None) -> ContentHash:
        services = self.office.services
        kept = services.objects.put(Area.ARCHIVE, io.BytesIO(paper(1) + f"% {document}\n".encode()))
        version = CopyVersion(
            number=2,
            sha256=kept.sha256,
            size=kept.size,
            created_at=services.clock.now(),
            role=SignerRole.COPY,
            level=SignatureLevel.B_LT,
            signer="UBND xã",
        )
        services.versions.add(document, version)
        if verdict is not None:
            found = FileVerdict(verdict=verdict, reason="", signatures=())
            services.verdicts.keep({kept.sha256: found}, as_of=services.clock.now())
        return kept.sha256

    def bytes_of(self, held: Holding) -> bytes:
        newest = self.office.services.versions.versions(held.document)[-1]
        with self.office.services.objects.open(Area.ARCHIVE, newest.sha256) as stream:
            return stream.read()

    def ask(self, number: str = CCCD, kind: str = "cccd", **query: str) -> dict[str, Any]:
        answer = self.asking.get(f"/owners/{kind}/{number}/reusable", params={"procedure": "1.000894"} | query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def stored(self, number: str = CCCD, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(number, **query)["components"][1]["stored"]
        return found

    def attach(self, holding: HoldingId, component: str = "hon_nhan", number: str = CCCD) -> Any:  # noqa: ANN401 - an answer
        body = {"component": component, "holding": holding, "owner": {"kind": "cccd", "number": number}}
        return self.asking.post(f"/dossiers/{DOSSIER}/components", json=body)


def open_city(api: Api) -> City:
    """Let a person known by the old number, and a system of the agency that settles the dossier, into an office."""
    services = api.office.services
    services.procedures.load([MARRIAGE])
    owner = new_person(services, "Nguyễn Thị An", IdentifierKind.CMND, CMND)
    return City(api.office, owner, api.client(agencies=frozenset({OURS})))


def new_person(services: Any, name: str, kind: IdentifierKind, number: str) -> Owner:  # noqa: ANN401 - of the office
    owner = Owner(
        id=OwnerId(services.new_id()), kind=OwnerKind.PERSON, name=name, identifiers=(Identifier(kind, number),)
    )
    found: Owner = services.owners.register(owner)
    return found


def link(city: City) -> None:
    told = IdentifierLink(
        old=Identifier(IdentifierKind.CMND, CMND),
        new=Identifier(IdentifierKind.CCCD, CCCD),
        evidence=LinkEvidence.AUTHORITY,
        reason="công văn 12/CA",
    )
    city.office.services.owners.link(told, at=city.office.services.clock.now())
