"""People with papers in depositories, and browsers at which they have signed in by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, replace

from fastapi.testclient import TestClient

from app.ids import new_id
from pipeline.domain.holding import Holding, PaperCode, Validity
from pipeline.domain.ids import DocumentId, DossierCode, TypeCode
from pipeline.domain.owner import (
    Access,
    AccessBasis,
    HoldingId,
    Identifier,
    IdentifierKind,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.domain.session import Session, SessionToken, session_id
from tests.web.issued import keep
from web.application import create_app
from web.office import Office

LAN = "001199000011"
BINH = "001099000022"
FIRM = "0100109106"
_secrets = itertools.count()


@dataclass(frozen=True)
class Citizen:
    """An owner with a browser, signed in."""

    owner: Owner
    browser: TestClient
    csrf: str

    def get(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text


@dataclass(frozen=True)
class Street:
    """Two people and a firm with papers: one each, one that two people have in common, one that nobody has."""

    office: Office
    lan: Citizen
    binh: Citizen
    firm: Citizen
    held: dict[str, Holding]


def owner_session(office: Office, owner: OwnerId, app: object) -> tuple[TestClient, str]:
    """Sign an owner in by hand."""
    token, now = SessionToken(f"token-{next(_secrets):040}"), office.services.clock.now()
    session = Session(
        id=session_id(token),
        owner=owner,
        csrf=f"csrf-{next(_secrets)}",
        begun_at=now,
        seen_at=now,
        ends_at=now + dt.timedelta(hours=1),
        origin="tests",
        assured=True,
    )
    office.services.sessions.begin(session)
    client = TestClient(app, follow_redirects=False)  # type: ignore[arg-type]
    client.cookies.set("sohoa", token)
    return client, session.csrf


def open_street(office: Office) -> Street:
    """Put papers into the depositories of two people and a firm, and sign them in."""
    services, app = office.services, create_app(office)

    def person(name: str, number: str, kind: IdentifierKind = IdentifierKind.CCCD) -> Owner:
        of = OwnerKind.ORGANISATION if kind is IdentifierKind.TAX_CODE else OwnerKind.PERSON
        return services.owners.register(
            Owner(id=OwnerId(services.new_id()), kind=of, name=name, identifiers=(Identifier(kind, number),))
        )

    def put(owner: Owner, document: DocumentId, type_: str, **validity: object) -> Holding:
        held = Holding(
            id=HoldingId(services.new_id()),
            owner=owner.id,
            document=document,
            type=TypeCode(type_),
            code=PaperCode(owner=owner.identifiers[0].value, type=type_, serial=0, text=""),
            published_at=services.clock.now(),
            validity=Validity(**validity),  # type: ignore[arg-type]
        )
        return services.depository.place([held], template="{owner}-{type}-{serial:06}")[0]

    lan = person("Nguyễn Thị Lan", LAN)
    binh = person("Trần Văn Bình", BINH)
    firm = person(
        "CÔNG TY TNHH MỘT THÀNH VIÊN XÂY DỰNG VÀ THƯƠNG MẠI TỔNG HỢP THANH BÌNH", FIRM, IdentifierKind.TAX_CODE
    )
    mine, theirs, common, of_firm, over = keep(office, 5)
    held = {
        "mine": put(lan, mine, "giay_phep_xay_dung"),
        "theirs": put(binh, theirs, "quyet_dinh"),
        "common of lan": put(lan, common, "giay_ket_hon"),
        "common of binh": put(binh, common, "giay_ket_hon"),
        "of firm": put(firm, of_firm, "dang_ky_doanh_nghiep"),
        "over": put(lan, over, "xac_nhan_hon_nhan", until=dt.date(2020, 1, 1)),
    }
    people = [Citizen(each, *owner_session(office, each.id, app)) for each in (lan, binh, firm)]
    return Street(office, lan=people[0], binh=people[1], firm=people[2], held=held)


def note_look(office: Office, held: Holding, **changes: object) -> Access:
    look = Access(
        id=new_id(office.services.clock),
        at=office.services.clock.now(),
        owner=held.owner,
        holding=held.id,
        who="canbo.mot",
        agency="H42.12",
        purpose="Cấp giấy phép xây dựng",
        basis=AccessBasis.DOSSIER,
        dossier=DossierCode("H42.12-260131-0001"),
    )
    look = replace(look, **changes)  # type: ignore[arg-type]
    office.services.access_book.note([look])
    return look
