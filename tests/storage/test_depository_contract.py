"""What `Depository` and `AccessBook` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.audit import Subject, SubjectKind
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import ArchiveCode, Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import DocumentId, DossierCode, TypeCode, uuid7
from pipeline.domain.owner import Access, AccessBasis, Consent, ConsentId, HoldingId, Owner, OwnerId
from pipeline.domain.result import ResultState
from storage.audit_tables import audit_entries
from storage.database import writing
from storage.owner_tables import accesses
from storage.records import Records, open_records
from storage.row_digests import digests
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI
from tests.storage.test_owners_contract import CCCD, CMND, link, person

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
TEMPLATE = "{owner}/{type}/{serial:04}"
_counter = itertools.count(1)


def new_id() -> str:
    return uuid7(NOW, next(_counter).to_bytes(8, "big"))


def holding(document: DocumentId, owner: Owner, **changes: object) -> Holding:
    plain = Holding(
        id=HoldingId(new_id()),
        owner=owner.id,
        document=document,
        type=TypeCode("quyet_dinh"),
        code=PaperCode(owner="001199000011", type="quyet_dinh", serial=0, text=""),
        published_at=NOW,
        validity=Validity(since=dt.date(2026, 1, 1), until=dt.date(2026, 6, 30), scope="tỉnh", purpose="kết hôn"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def documents(records: Records) -> tuple[DocumentId, ...]:
    return tuple(keep_papers(records, MemoryObjects(), 4))


@pytest.fixture
def owner(records: Records) -> Owner:
    return records.owners.register(person(CCCD))


def test_papers_get_serial_codes_and_come_back_as_they_went(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    placed = [records.depository.place([holding(each, owner)], template=TEMPLATE)[0] for each in documents[:2]]
    assert [each.code.text for each in placed] == ["001199000011/quyet_dinh/0001", "001199000011/quyet_dinh/0002"]
    assert list(records.depository.of(owner.id)) == placed
    assert list(records.depository.holdings(documents[0])) == placed[:1]
    assert records.depository.of(OwnerId("nobody")) == ()


def test_papers_come_into_depositories_together_or_not_at_all(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    unknown = holding(DocumentId("d-none"), owner)
    with pytest.raises(NotFound):
        records.depository.place([holding(documents[0], owner), unknown], template=TEMPLATE)
    assert records.depository.of(owner.id) == ()
    twice = [holding(documents[0], owner), holding(documents[1], owner), holding(documents[0], owner)]
    placed = records.depository.place(twice, template=TEMPLATE)
    assert placed[0] == placed[2]
    assert [each.code.serial for each in placed] == [1, 2, 1]
    assert records.depository.of(owner.id) == tuple(placed[:2])


def test_a_paper_lies_with_an_owner_once_and_with_each_of_its_owners(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    other = records.owners.register(person(CMND, name="Trần Văn Bình"))
    first = records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    assert records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0] == first
    second = records.depository.place([holding(documents[0], other)], template=TEMPLATE)[0]
    assert set(records.depository.holdings(documents[0])) == {first, second}
    assert first.code != second.code


def test_papers_of_an_old_number_lie_with_the_one_person_after_the_link(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    before = records.owners.register(person(CMND, name="NGUYEN THI AN"))
    old = records.depository.place([holding(documents[0], before)], template=TEMPLATE)[0]
    new = records.depository.place([holding(documents[1], owner)], template=TEMPLATE)[0]
    records.owners.link(link(), at=NOW)
    assert records.depository.of(owner.id) == records.depository.of(before.id) == (replace(old, owner=owner.id), new)
    # the same paper again, for the same person under the other number
    again = holding(documents[0], owner)
    assert records.depository.place([again], template=TEMPLATE)[0] == replace(old, owner=owner.id)


def test_unknown_papers_and_owners_are_refused(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    for wrong in (holding(DocumentId("d-none"), owner), replace(holding(documents[0], owner), owner=OwnerId("nobody"))):
        with pytest.raises(NotFound):
            records.depository.place([wrong], template=TEMPLATE)[0]


def test_who_changes_an_older_version_is_told_so(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    placed = records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    revoked = replace(placed, state=HoldingState.REVOKED, reason="cấp sai", changed_at=NOW)
    ended = records.depository.change(revoked, version=1)
    assert ended == replace(revoked, version=2)
    assert records.depository.holdings(documents[0]) == (ended,)
    with pytest.raises(RecordChanged) as raised:
        records.depository.change(replace(placed, state=HoldingState.SUPERSEDED), version=1)
    assert raised.value.details == {"id": placed.id, "seen": 1, "now": 2}


@pytest.mark.parametrize("state", [ResultState.REVOKED, ResultState.SUPERSEDED])
def test_the_place_of_a_result_follows_it_in_the_same_step(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner, state: ResultState
) -> None:
    old, new = (records.results.issue(DOSSIER, each, at=NOW) for each in documents[:2])
    records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    by = new.code if state is ResultState.SUPERSEDED else None
    records.results.end(replace(old, state=state, reason="vì", superseded_by=by, changed_at=NOW))
    (held,) = records.depository.holdings(documents[0])
    assert (held.state.value, held.reason, held.result, held.version) == (state.value, "vì", old.code, 2)
    assert held.superseded_by == (documents[1] if by else None)


def test_archival_codes_are_counted_by_organ_and_kind(records: Records, documents: tuple[DocumentId, ...]) -> None:
    def give(number: int, kind: str) -> ArchiveCode:
        return records.depository.archive_code(documents[number], organ="H42", kind=kind)

    assert [give(0, "QĐ"), give(1, "QĐ"), give(2, "CV"), give(0, "QĐ"), give(0, "CV")] == [
        ArchiveCode(organ="H42", kind="QĐ", serial=1),
        ArchiveCode(organ="H42", kind="QĐ", serial=2),
        ArchiveCode(organ="H42", kind="CV", serial=1),
        ArchiveCode(organ="H42", kind="QĐ", serial=1),
        ArchiveCode(organ="H42", kind="QĐ", serial=1),
    ]
    with pytest.raises(NotFound):
        records.depository.archive_code(DocumentId("d-none"), organ="H42", kind="QĐ")


def _place(url: str, document: DocumentId, owner: Owner, number: int) -> str:
    records = open_records(url, clock=SetClock(), author=CLERK)
    try:
        mine = holding(document, owner, id=HoldingId(f"h-{number}"))
        return records.depository.place([mine], template=TEMPLATE)[0].code.text
    finally:
        records.close()


def test_processes_that_publish_at_once_give_each_code_once(
    records: Records, database_url: str, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    wanted = [*documents, *documents]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        codes = list(pool.map(_place, [database_url] * 8, wanted, [owner] * 8, range(8)))
    assert sorted(set(codes)) == [f"001199000011/quyet_dinh/{number:04}" for number in range(1, 5)]
    assert codes[:4] == codes[4:]


# --- consent and looks ---------------------------------------------------------------------------------------------------


def consent(owner: Owner, **changes: object) -> Consent:
    plain = Consent(
        id=ConsentId(new_id()),
        owner=owner.id,
        agency="UBND xã",
        purpose="xây nhà",
        types=(TypeCode("quyet_dinh"),),
        given_at=NOW,
        until=NOW + dt.timedelta(30),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_consents_are_kept_and_withdrawn_once(records: Records, owner: Owner) -> None:
    given = consent(owner)
    records.access_book.give(given)
    later = NOW + dt.timedelta(1)
    withdrawn = records.access_book.withdraw(given.id, at=later)
    assert withdrawn == replace(given, withdrawn_at=later)
    assert records.access_book.withdraw(given.id, at=later + dt.timedelta(1)) == withdrawn
    assert records.access_book.consents(owner.id) == (withdrawn,)
    for call in (
        lambda: records.access_book.give(replace(consent(owner), owner=OwnerId("nobody"))),
        lambda: records.access_book.withdraw(ConsentId("none"), at=NOW),
    ):
        with pytest.raises(NotFound):
            call()


def access(held: Holding, **changes: object) -> Access:
    plain = Access(
        id=new_id(),
        at=NOW,
        owner=held.owner,
        holding=held.id,
        who="lan",
        agency="UBND xã",
        purpose="giải quyết hồ sơ",
        basis=AccessBasis.DOSSIER,
        dossier=DossierCode(DOSSIER),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_owner_sees_all_looks_the_newest_first(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    held = records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    looks = [access(held), access(held, basis=AccessBasis.LAW, dossier=None, purpose="Luật X Đ5"), access(held)]
    records.access_book.note(looks[:2])
    records.access_book.note(looks[2:])
    assert list(records.access_book.accesses(owner.id)) == looks[::-1]
    assert list(records.access_book.accesses(owner.id, limit=1, before=looks[2].id)) == [looks[1]]
    with pytest.raises(NotFound):  # all of them or none
        records.access_book.note([access(held), access(replace(held, id=HoldingId("none")))])
    assert len(records.access_book.accesses(owner.id)) == len(looks)


@pytest.mark.parametrize("changes", [{}, {"basis": AccessBasis.LAW, "dossier": None}])
def test_a_look_stands_in_the_audit_trail_too(
    changes: dict[str, object], records: Records, documents: tuple[DocumentId, ...], owner: Owner
) -> None:
    held = records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    look = access(held, **changes)
    records.access_book.note([look])
    with records.engine.connect() as connection:
        read_back = digests(connection, [Subject(SubjectKind.LOOK, look.id)])
        last = connection.execute(sa.select(audit_entries).order_by(audit_entries.c.number.desc()).limit(1)).one()
    assert (last.action, last.subject_kind, last.subject_id, last.reason) == (
        "read",
        "look",
        look.id,
        "giải quyết hồ sơ",
    )
    assert (last.details["who"], last.details["dossier"]) == ("lan", look.dossier or "")
    # what is said of the row when it is written is what anybody finds who reads it
    assert last.after == read_back[Subject(SubjectKind.LOOK, look.id)]


@pytest.mark.parametrize("change", [sa.delete(accesses), sa.update(accesses).values(who="nobody")])
def test_looks_are_neither_changed_nor_removed(
    records: Records, documents: tuple[DocumentId, ...], owner: Owner, change: sa.Executable
) -> None:
    held = records.depository.place([holding(documents[0], owner)], template=TEMPLATE)[0]
    records.access_book.note([access(held)])
    with pytest.raises(exc.DatabaseError, match="append-only"), writing(records.engine) as connection:
        connection.execute(change)
    assert len(records.access_book.accesses(owner.id)) == 1
