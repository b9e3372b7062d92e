"""Two agencies in one installation, each with one of everything, under words and numbers that stand nowhere else."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.ids import new_id, new_secret
from app.services import Services
from app.settings import load_settings
from pipeline.domain.account import AccountId, Role
from pipeline.domain.audit import Author
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, client_id, digest_of
from pipeline.domain.desk import Delegation, DelegationId, InStead
from pipeline.domain.disposal import DisposalItem, ItemKind, proposed
from pipeline.domain.holding import Holding, PaperCode, Validity
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, SourceName, TypeCode
from pipeline.domain.intake import Lane, Offer
from pipeline.domain.owner import (
    Consent,
    ConsentId,
    HoldingId,
    Identifier,
    IdentifierKind,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.domain.retention import HoldKind, RetentionCode, RuleId
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.domain.signing_order import KeptOrder, OrderId, SigningItem
from pipeline.ports import Area
from pipeline.usecases.intake_offers import offer_files
from pipeline.usecases.intake_opening import open_intake
from pipeline.usecases.place_hold import place_hold
from tests.web.shelved import OURS, THEIRS, shelve
from tests.web.staff_sessions import add_account, begin
from tests.web.street import owner_session
from web.application import create_app
from web.cookies import SESSION_COOKIE
from web.main import open_office
from web.office import Office

SHARED = DossierCode("H42.99-260131-0055")
"""the dossier that both work on"""
ROLES = (Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Person:
    """Somebody with a browser of their own."""

    name: str
    browser: TestClient
    csrf: str = ""
    account: str = ""
    session: str = ""


@dataclass(frozen=True)
class Agency:
    """One of the two: its people, its system, and what it has."""

    code: str
    stem: str
    """how every planted word of its papers begins"""
    staff: str
    """how the names and logins of its people begin"""
    number: str
    """of the person whose papers it has"""
    people: Mapping[str, Person]
    owner: Person
    client: ApiClient
    token: str
    places: Mapping[str, str]
    """names of parameters to what they name here"""
    shared: Mapping[str, str] = field(default_factory=dict)
    """likewise, where both agencies have something in the same place: its own paper, the dossier and the order of both"""

    @property
    def ids(self) -> frozenset[str]:
        """What only the agency itself may hear of."""
        named = ("document", "batch", "dossier", "code", "order", "hold", "disposal", "intake", "holding", "consent")
        more = ("delegation", "webhook", "clients_intake", "sha256", "copy", "text", "number")
        own = frozenset(self.places[name] for name in (*named, *more))
        return own | {self.shared[name] for name in ("document", "code") if name in self.shared}


@dataclass(frozen=True)
class Site:
    """An installation of two agencies."""

    office: Office
    app: FastAPI
    ours: Agency
    """to whom the installation belongs"""
    theirs: Agency
    nobody: Person


@contextmanager
def two_agencies(empty_home: Path, folder: Path) -> Iterator[Site]:
    """Open an installation in which two agencies work."""
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, folder / "home")),
        "SOHOA_OFFICE__AGENCY": OURS,
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_API__REQUESTS_PER_MINUTE": "1000000",
        "SOHOA_WEBHOOKS__HOSTS": "127.0.0.1",
        "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
    }
    with open_office(load_settings(environment), with_prefect=False) as office:
        app = create_app(office)
        with TestClient(app, follow_redirects=False) as nobody:
            ours = _agency(office, app, OURS, "zyxavuqe", "001185000123")
            theirs = _agency(office, app, THEIRS, "qwvbzkfj", "001099000456")
            ours, theirs = _sharing(office, ours, theirs)
            yield Site(office, app, ours, theirs, Person("nobody", nobody))


def _agency(office: Office, app: FastAPI, code: str, stem: str, number: str) -> Agency:
    staff = f"nv{stem}"
    people = {role.value: _person(office, app, code, staff, role) for role in ROLES}
    client = ApiClient(
        id=client_id(f"{staff}-system"),
        name=f"{staff} system",
        agencies=frozenset({code, ""} if code == OURS else {code}),
        scopes=frozenset(ApiScope),
        created_at=office.services.clock.now(),
    )
    office.services.clients.add(client)
    token = _token(office, client)
    owner, places = _kept(office, code, stem, number, people)
    browser, csrf = owner_session(office, owner.id, app)
    address = {"address": f"https://127.0.0.1/{staff}"}
    places["webhook"] = _made(browser, token, "/webhooks", address)
    places["clients_intake"] = _made(browser, token, "/intakes", {"agency": code, "dossier": places["dossier"]})
    return Agency(code, stem, staff, number, people, Person("owner", browser, csrf), client, token, places)


def _sharing(office: Office, *agencies: Agency) -> Sequence[Agency]:
    """Give agencies a paper each in one dossier, each with a result, and one order to sign them all, as commands can make it."""
    services = office.services
    papers = [
        shelve(office, agency=each.code, dossier=SHARED, text=f"{each.stem}chung", source=f"{each.stem}chung.pdf")
        for each in agencies
    ]
    codes = [services.results.issue(SHARED, paper, at=services.clock.now()).code for paper in papers]
    listed = services.objects.put(Area.ARCHIVE, io.BytesIO(json.dumps([*papers, *codes]).encode()))
    order = KeptOrder(
        id=OrderId(services.new_id()),
        created_at=services.clock.now(),
        role=SignerRole.COPY,
        level=SignatureLevel.B_T,
        organ="chung",
        items=tuple(SigningItem(document=paper, shown=_shown(services, paper)) for paper in papers),
        manifest=listed.sha256,
    )
    services.orders.open(order)
    return [
        replace(each, shared={"document": paper, "dossier": SHARED, "order": order.id, "code": code})
        for each, paper, code in zip(agencies, papers, codes, strict=True)
    ]


def _shown(services: Services, document: DocumentId) -> ContentHash:
    found = services.library.document(document)
    assert found is not None
    return found[1].copy.sha256


def _made(browser: TestClient, token: str, path: str, told: Mapping[str, str]) -> str:
    """Make something as the agency's system and return its id."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_secret()}
    answer = browser.post(f"/api/v1{path}", json=told, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _person(office: Office, app: FastAPI, agency: str, staff: str, role: Role) -> Person:
    account = add_account(office, role, login=f"{staff}-{role.value}", agency=agency, name=f"{staff} Nguyễn")
    token, session = begin(office, account)
    browser = TestClient(app, cookies={SESSION_COOKIE: token}, follow_redirects=False)
    return Person(role.value, browser, session.csrf, account.id, session.id)


def _token(office: Office, client: ApiClient) -> str:
    word, now = new_secret(), office.services.clock.now()
    office.services.access_tokens.keep(
        AccessToken(
            digest=digest_of(word),
            client=client.id,
            scopes=client.scopes,
            issued_at=now,
            expires_at=now + dt.timedelta(hours=1),
        )
    )
    return word


def _kept(
    office: Office, code: str, stem: str, number: str, people: Mapping[str, Person]
) -> tuple[Owner, dict[str, str]]:
    """Keep a paper and all that hangs on it; return its owner, and names of parameters to what is there."""
    dossier = DossierCode(f"{code}-260131-00{'17' if code == OURS else '18'}")
    document = shelve(
        office,
        agency=code,
        dossier=dossier,
        fields={"full_name": f"{stem}ten", "personal_id": number, "subject": f"{stem}tieude", "code_number": "12"},
        text=f"{stem}vanban của {stem}ten, số {number}",
        source=f"{stem}tep.pdf",
    )
    services = office.services.acting(Author(name=f"nv{stem}-clerk", role="clerk", origin="tests"))
    found = services.library.document(document)
    assert found is not None
    batch, paper = found
    whole = services.batches.load(batch)
    assert isinstance(whole, DigitizedBatch)
    result = services.results.issue(dossier, document, at=services.clock.now())
    order = _order(services, document, paper.copy.sha256, stem, people["clerk"].account)
    services.orders.open(order)
    hold = place_hold(
        HoldKind.DOCUMENT,
        document,
        by=f"nv{stem}",
        reason=f"nv{stem}lydo",
        holds=services.holds,
        clock=services.clock,
        random_bytes=lambda count: new_secret().encode()[:count],
    )
    intake = open_intake(
        people["clerk"].account, agency=code, lane=Lane.COUNTER, dossier=dossier, services=office.intake.services
    )
    offer_files(
        intake,
        [Offer(name=SourceName(f"{stem}dangdo.pdf"), size=9)],
        services=office.intake.services,
        policy=office.intake.policy,
    )
    owner, holding, consent = _depository(office, document, stem, code, number)
    made = {
        "order": order.id,
        "hold": hold.id,
        "disposal": _disposal(office, document, stem, code, dossier),
        "intake": intake.id,
        "holding": holding,
        "consent": consent,
        "delegation": _delegation(office, stem, people),
        "code": result.code,
    }
    of_paper = {"document": document, "paper": document, "subject": document, "dossier": dossier, "batch": batch}
    files = {"sha256": whole.sources[0].sha256, "copy": paper.copy.sha256, "text": paper.text_sha256 or ""}
    return owner, made | of_paper | files | _asked(stem, code, number, people)


def _order(services: Services, document: DocumentId, shown: ContentHash, stem: str, account: str) -> KeptOrder:
    return KeptOrder(
        id=OrderId(services.new_id()),
        created_at=services.clock.now(),
        role=SignerRole.COPY,
        level=SignatureLevel.B_T,
        organ=f"{stem}organ",
        account=account,
        items=(SigningItem(document=document, shown=shown),),
    )


def _asked(stem: str, code: str, number: str, people: Mapping[str, Person]) -> dict[str, str]:
    """Return what can be asked for without knowing a paper."""
    return {
        "account": people["clerk"].account,
        "session": people["clerk"].session,
        "who": f"nv{stem}-clerk",
        "number": number,
        "owner_number": number,
        "owner_kind": "cccd",
        "words": f"{stem}vanban",
        "q": f"{stem}ten",
        "agency": code,
    }


def _depository(office: Office, document: DocumentId, stem: str, code: str, number: str) -> tuple[Owner, str, str]:
    services = office.services
    owner = services.owners.register(
        Owner(
            id=OwnerId(services.new_id()),
            kind=OwnerKind.PERSON,
            name=f"{stem}ten",
            identifiers=(Identifier(IdentifierKind.CCCD, number),),
        )
    )
    (held,) = services.depository.place(
        [
            Holding(
                id=HoldingId(services.new_id()),
                owner=owner.id,
                document=document,
                type=TypeCode("quyet_dinh"),
                code=PaperCode(owner=number, type="quyet_dinh", serial=0, text=""),
                published_at=services.clock.now(),
                validity=Validity(),
            )
        ],
        template="{owner}-{type}-{serial:06}",
    )
    consent = Consent(
        id=ConsentId(new_id(services.clock)),
        owner=owner.id,
        agency=code,
        purpose=f"{stem}mucdich",
        given_at=services.clock.now(),
    )
    services.access_book.give(consent)
    return owner, held.id, consent.id


def _disposal(office: Office, document: DocumentId, stem: str, code: str, dossier: DossierCode) -> str:
    services, today = office.services, office.services.clock.now()
    found = services.library.document(document)
    assert found is not None
    batch, paper = found
    item = DisposalItem(
        position=1,
        kind=ItemKind.DOCUMENT,
        batch=batch,
        document=document,
        sha256=paper.copy.sha256,
        dossier=dossier,
        type=TypeCode("quyet_dinh"),
        rule=RuleId("decisions"),
        rule_source="tests",
        code=RetentionCode.YEARS_70,
        began=today.date(),
        due=today.date(),
    )
    by = Author(name=f"nv{stem}-records-officer", role="records_officer", origin="tests")
    made = proposed([item], by=by, at=today, reason=f"nv{stem}hethan")
    services.acting(by).disposing.disposals.propose(made)
    return made.id


def _delegation(office: Office, stem: str, people: Mapping[str, Person]) -> str:
    services, now = office.services, office.services.clock.now()
    made = Delegation(
        id=DelegationId(services.new_id()),
        principal=AccountId(people["official"].account),
        deputy=AccountId(people["clerk"].account),
        capacity=InStead.KT,
        since=now.date(),
        until=now.date() + dt.timedelta(days=3),
        reason=f"nv{stem}uyquyen",
        given_at=now,
        given_by=f"nv{stem}-official",
    )
    services.delegations.give(made)
    return made.id
