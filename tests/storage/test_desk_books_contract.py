"""What was shown to whom, who may sign in whose stead, and what waits on a desk: on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.desk import Delegation, DelegationId, InStead, ShownPage
from pipeline.domain.document import Field, FieldOrigin, FieldState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, FieldName
from pipeline.domain.result import ResultState
from pipeline.domain.search import Scope
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import DelegationRefused, NotYourKey
from pipeline.domain.signing_order import ItemState
from pipeline.usecases.delegate_signing import give_delegation, revoke_delegation, right_to_key
from pipeline.usecases.note_display import MustSee, not_shown
from pipeline.usecases.sign_documents import SigningOrder, place_order
from storage.records import Records
from tests.e2e.papers import keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import digest

CHAIR, DEPUTY, STRANGER = AccountId("a-1"), AccountId("a-2"), AccountId("a-3")
DAY = dt.date(2026, 1, 31)
PAPERS = DossierCode("H42.12-260131-0001")


@pytest.fixture
def people(records: Records, clock: SetClock) -> dict[AccountId, Account]:
    found = {}
    for id_, login, agency in ((CHAIR, "chu.tich", ""), (DEPUTY, "pho.chu.tich", ""), (STRANGER, "xa.khac", "H42.99")):
        account = Account(
            id=id_, login=login, name=login, agency=agency, roles=frozenset({Role.OFFICIAL}), created_at=clock.now()
        )
        records.accounts.add(account)
        found[id_] = account
    return found


@pytest.fixture
def documents(records: Records) -> Sequence[DocumentId]:
    return keep_papers(records, MemoryObjects(), 3)


def shown(document: DocumentId, page: int, pages: int, clock: SetClock, name: str = "file") -> ShownPage:
    return ShownPage(account=CHAIR, document=document, sha256=digest(name), page=page, pages=pages, at=clock.now())


@pytest.mark.usefixtures("people")
def test_a_file_was_shown_when_its_last_page_was(
    records: Records, documents: Sequence[DocumentId], clock: SetClock
) -> None:
    files = {documents[0]: digest("file")}
    for page in (3, 1, 1):
        records.displays.note(shown(documents[0], page, 3, clock))
        assert set(records.displays.seen(CHAIR, files)) == set()
    records.displays.note(shown(documents[0], 2, 3, clock))
    assert set(records.displays.seen(CHAIR, files)) == {documents[0]}
    records.displays.note(shown(documents[0], 2, 3, clock))  # again changes nothing
    assert set(records.displays.seen(CHAIR, {documents[0]: digest("another version")})) == set()
    assert set(records.displays.seen(CHAIR, {documents[1]: digest("file")})) == set()
    assert set(records.displays.seen(DEPUTY, files)) == set()
    with records.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM shown_pages")) == 0
        trail = connection.execute(sa.text("SELECT details FROM audit_entries WHERE action = 'copy.shown'")).all()
    assert len(trail) == 1


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "statement", ["UPDATE displays SET pages = 9", "DELETE FROM displays", "DELETE FROM delegations"]
)
def test_what_was_shown_or_given_stays(
    records: Records, documents: Sequence[DocumentId], clock: SetClock, statement: str
) -> None:
    records.displays.note(shown(documents[0], 1, 1, clock))
    records.delegations.give(delegation())
    with pytest.raises(sa.exc.DatabaseError), records.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_share_is_drawn_by_the_digests_alone(records: Records, people: dict[AccountId, Account]) -> None:
    files = {DocumentId(f"d-{number}"): digest(str(number)) for number in range(400)}
    demanded = {document for document, sha256 in files.items() if MustSee(0.2).demands(sha256)}
    assert 50 <= len(demanded) <= 110  # 80 expected; 3.75 standard deviations of a binomial either way
    missing = not_shown(files, account=people[CHAIR].id, must_see=MustSee(0.2), displays=records.displays)
    assert set(missing) == demanded
    assert len(not_shown(files, account=CHAIR, must_see=MustSee(), displays=records.displays)) == 400


def delegation(**changes: object) -> Delegation:
    plain = Delegation(
        id=DelegationId("g-1"),
        principal=CHAIR,
        deputy=DEPUTY,
        capacity=InStead.KT,
        since=DAY,
        until=DAY,
        reason="QĐ 1",
        given_at=dt.datetime(2026, 1, 30, tzinfo=dt.UTC),
        given_by="chu.tich",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def right(
    records: Records, account: Account, day: dt.date = DAY, owners: tuple[str, ...] | None = ("chu.tich",)
) -> object:
    return right_to_key(
        account, signer="x", owners=owners, accounts=records.accounts, delegations=records.delegations, day=day
    )


def test_a_key_is_its_owners_and_while_a_delegation_holds_the_deputys(
    records: Records, people: dict[AccountId, Account]
) -> None:
    assert right(records, people[CHAIR]) is None
    assert right(records, people[STRANGER], owners=None) is None
    with pytest.raises(NotYourKey):
        right(records, people[DEPUTY])
    records.delegations.give(delegation())
    assert right(records, people[DEPUTY]) == delegation()
    for day in (DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)):
        with pytest.raises(NotYourKey):
            right(records, people[DEPUTY], day)
    with pytest.raises(NotYourKey):
        right(records, people[STRANGER])
    chair = people[CHAIR]
    records.accounts.change(replace(chair, disabled=True), version=chair.version)
    with pytest.raises(NotYourKey):  # whoever left gives nothing any more
        right(records, people[DEPUTY])


def test_a_delegation_is_given_and_revoked_by_those_it_concerns(
    records: Records, people: dict[AccountId, Account], clock: SetClock
) -> None:
    def give(login: str, since: dt.date = DAY, until: dt.date = DAY, reason: str = "QĐ 1") -> Delegation:
        return give_delegation(
            DelegationId(f"g-{login}-{since}"),
            principal=people[CHAIR],
            deputy_login=login,
            capacity=InStead.TUQ,
            since=since,
            until=until,
            reason=reason,
            accounts=records.accounts,
            delegations=records.delegations,
            clock=clock,
        )

    day = dt.timedelta(days=1)
    for wrong in (
        {"login": "chu.tich"},
        {"login": "xa.khac"},
        {"login": "pho.chu.tich", "since": DAY + day, "until": DAY},
        {"login": "pho.chu.tich", "since": DAY - 2 * day, "until": DAY - day},
        {"login": "pho.chu.tich", "reason": " "},
    ):
        with pytest.raises(DelegationRefused):
            give(**wrong)
    with pytest.raises(NotFound):
        give("nobody")
    given = give("pho.chu.tich", until=DAY + day)
    assert records.delegations.of(DEPUTY) == (given,)
    with pytest.raises(NotFound):
        revoke_delegation(given.id, "no", by=people[STRANGER], delegations=records.delegations, clock=clock)
    ended = revoke_delegation(given.id, "đã về", by=people[CHAIR], delegations=records.delegations, clock=clock)
    assert (ended.revoked_by, ended.revoked_reason, ended.holds_on(DAY)) == ("chu.tich", "đã về", False)
    with pytest.raises(NotYourKey):
        right(records, people[DEPUTY])


def _receipt(due: str) -> dict[FieldName, Field]:
    field = Field(value=due, raw=due, confidence=1.0, page=1, box=None, origin=FieldOrigin.QR, state=FieldState.READ)
    return {FieldName("due_at"): field}


def test_what_was_promised_first_lies_on_top(records: Records, clock: SetClock) -> None:
    objects = MemoryObjects()
    dossiers = [DossierCode(f"H42.12-260131-000{number}") for number in (1, 2, 3)]
    waiting = []
    for dossier in dossiers:
        (document,) = keep_papers(records, objects, 1, dossier=dossier)
        records.results.issue(dossier, document, at=clock.now())
        waiting.append(document)
    keep_papers(
        records, objects, 1, dossier=dossiers[0], kind="giay_tiep_nhan", fields=_receipt("2026-02-03T17:00+07:00")
    )
    keep_papers(
        records, objects, 1, dossier=dossiers[2], kind="giay_tiep_nhan", fields=_receipt("2026-01-05T17:00+07:00")
    )
    found = records.signing_queue.results(SignerRole.OFFICIAL, limit=10)
    assert [(each.result.document, each.due[:10]) for each in found] == [
        (waiting[2], "2026-01-05"),
        (waiting[0], "2026-02-03"),
        (waiting[1], ""),
    ]
    assert records.signing_queue.count(SignerRole.OFFICIAL) == 3
    assert [each.result.document for each in records.signing_queue.results(SignerRole.OFFICIAL, limit=1)] == waiting[2:]
    nobody = Scope(frozenset({"H42.99"}))
    assert records.signing_queue.results(SignerRole.OFFICIAL, limit=10, scope=nobody) == ()
    assert records.signing_queue.count(SignerRole.OFFICIAL, scope=nobody) == 0


def test_what_is_signed_or_ended_leaves_the_desk_and_what_was_refused_says_so(
    records: Records, documents: Sequence[DocumentId], clock: SetClock
) -> None:
    results = [records.results.issue(PAPERS, each, at=clock.now()) for each in documents]
    order = SigningOrder(
        documents=tuple(documents[:2]),
        role=SignerRole.OFFICIAL,
        level=SignatureLevel.B_B,
        account=CHAIR,
        vetoes={documents[0]: "sai tên"},
    )
    kept = place_order(order, versions=records.versions, orders=records.orders, clock=clock)
    by = {each.result.document: each for each in records.signing_queue.results(SignerRole.OFFICIAL, limit=10)}
    refused = by[documents[0]].refused
    assert refused
    assert (refused.reason, by[documents[0]].order, by[documents[1]].order) == ("sai tên", None, kept.id)
    assert [each.id for each in records.signing_queue.orders(CHAIR, limit=5)] == [kept.id]
    assert records.signing_queue.orders(DEPUTY, limit=5) == ()
    assert kept.items[0].state is ItemState.VETOED
    signed = CopyVersion(
        number=2,
        sha256=ContentHash(digest("signed")),
        size=1,
        created_at=clock.now(),
        role=SignerRole.OFFICIAL,
        level=SignatureLevel.B_B,
    )
    records.versions.add(documents[1], signed)
    records.results.end(replace(results[2], state=ResultState.REVOKED, reason="sai", changed_at=clock.now()))
    left = records.signing_queue.results(SignerRole.OFFICIAL, limit=10)
    assert [each.result.document for each in left] == [documents[0]]
