"""What `Verdicts`, `Procedures`, `Accounts` and `Events` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.desk_errors import LoginTaken, RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.domain.event import Attempt, Delivery, EventKind, EventNumber
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import DocumentId, TypeCode, content_hash
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.result import ResultState
from pipeline.domain.signature import FileVerdict, Verdict
from storage.audit_tables import audit_entries
from storage.database import writing
from storage.desk_tables import signature_verdicts
from storage.records import Records, open_records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
FILE = content_hash(b"a signed file")


# --- verdicts --------------------------------------------------------------------------------------------------------------


def said(verdict: Verdict, reason: str = "") -> FileVerdict:
    return FileVerdict(verdict=verdict, reason=reason, signatures=())


def test_judgements_of_a_file_are_kept_beside_each_other(records: Records, clock: SetClock) -> None:
    first, as_of = clock.now(), NOW - dt.timedelta(9)
    records.verdicts.keep({FILE: said(Verdict.VALID), content_hash(b"another"): said(Verdict.INVALID)}, as_of=as_of)
    records.verdicts.keep({FILE: said(Verdict.INVALID)}, as_of=NOW)  # at the same moment: the first word stands
    clock.time += dt.timedelta(1)
    records.verdicts.keep({FILE: said(Verdict.INVALID, "REVOKED")}, as_of=NOW)
    records.verdicts.keep({}, as_of=NOW)
    assert records.verdicts.of(FILE) == (
        KeptVerdict(sha256=FILE, at=first, by="lan", as_of=as_of, verdict=Verdict.VALID, reason="", signatures=0),
        KeptVerdict(
            sha256=FILE, at=clock.now(), by="lan", as_of=NOW, verdict=Verdict.INVALID, reason="REVOKED", signatures=0
        ),
    )
    assert records.verdicts.of(content_hash(b"none")) == ()


@pytest.mark.parametrize(
    "change", [sa.delete(signature_verdicts), sa.update(signature_verdicts).values(verdict="valid")]
)
def test_what_was_said_is_neither_changed_nor_removed(records: Records, change: sa.Executable) -> None:
    records.verdicts.keep({FILE: said(Verdict.INVALID)}, as_of=NOW)
    with pytest.raises(exc.DatabaseError, match="append-only"), writing(records.engine) as connection:
        connection.execute(change)
    assert records.verdicts.of(FILE)[0].verdict is Verdict.INVALID


# --- procedures ------------------------------------------------------------------------------------------------------------

CODE = ProcedureCode("1.000894")


def procedure(since: str, until: str | None = None, **changes: object) -> Procedure:
    plain = Procedure(
        code=CODE,
        name="Đăng ký kết hôn",
        field="Hộ tịch",
        since=dt.date.fromisoformat(since),
        until=None if until is None else dt.date.fromisoformat(until),
        results=(TypeCode("giay_ket_hon"),),
        components=(
            Component(code="to_khai", name="Tờ khai", types=(TypeCode("don_de_nghi"),)),
            Component(
                code="hon_nhan",
                name="Giấy xác nhận",
                types=(TypeCode("xac_nhan_hon_nhan"), TypeCode("quyet_dinh")),
                required=False,
                condition="cư trú nơi khác",
                copies=2,
            ),
        ),
        source="Luật Hộ tịch",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_edition_of_the_day_is_found(records: Records) -> None:
    old, new = procedure("2020-01-01"), procedure("2025-07-01", components=())
    other = procedure("2024-01-01", "2024-12-31", code=ProcedureCode("2.000815"))
    assert records.procedures.load([old, new, other]) == 3
    for day, expected in {
        "2019-12-31": None,
        "2020-01-01": old,
        "2025-06-30": old,
        "2025-07-01": new,
        "2099-01-01": new,
    }.items():
        assert records.procedures.find(CODE, dt.date.fromisoformat(day)) == expected
    assert records.procedures.on(dt.date(2024, 12, 31)) == (old, other)
    assert records.procedures.on(dt.date(2025, 1, 1)) == (old,)


def test_an_edition_that_is_over_leaves_no_older_one_in_force(records: Records) -> None:
    records.procedures.load([procedure("2020-01-01"), procedure("2024-01-01", "2024-12-31")])
    assert records.procedures.find(CODE, dt.date(2025, 1, 1)) is None
    assert records.procedures.on(dt.date(2025, 1, 1)) == ()


def test_loading_again_counts_what_differs(records: Records) -> None:
    first = procedure("2020-01-01")
    assert records.procedures.load([first]) == 1
    assert records.procedures.load([first]) == 0
    better = replace(first, components=first.components[:1])
    assert records.procedures.load([better]) == 1
    assert records.procedures.find(CODE, dt.date(2026, 1, 1)) == better


def test_a_component_has_its_code_alone_and_a_list_is_loaded_whole_or_not(records: Records) -> None:
    twice = procedure("2020-01-01")
    twice = replace(twice, components=(twice.components[0], twice.components[0]))
    with pytest.raises(exc.IntegrityError):
        records.procedures.load([procedure("2019-01-01"), twice])
    assert records.procedures.on(dt.date(2026, 1, 1)) == ()


# --- accounts --------------------------------------------------------------------------------------------------------------


def account(login: str = "lan.nguyen", **changes: object) -> Account:
    plain = Account(
        id=AccountId(f"id of {login}"),
        login=login,
        name="Nguyễn Thị Lan",
        agency="UBND xã Thanh Bình",
        roles=frozenset({Role.CLERK, Role.OFFICIAL}),
        password_hash="$argon2id$",
        created_at=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_accounts_are_found_by_login_in_any_case(records: Records) -> None:
    records.accounts.add(account())
    records.accounts.add(account("an"))
    assert records.accounts.find(" Lan.Nguyen ") == account()
    assert records.accounts.get(account().id) == account()
    assert records.accounts.all() == (account("an"), account())
    assert records.accounts.find("nobody") is None


def test_a_login_is_one_accounts(records: Records) -> None:
    records.accounts.add(account())
    with pytest.raises(LoginTaken):
        records.accounts.add(account(id=AccountId("another")))
    assert len(records.accounts.all()) == 1


def test_who_changes_an_account_that_was_changed_is_told_so(records: Records) -> None:
    records.accounts.add(account())
    disabled = records.accounts.change(account(disabled=True), version=1)
    assert disabled == account(disabled=True, version=2)
    with pytest.raises(RecordChanged):
        records.accounts.change(account(roles=frozenset({Role.ADMINISTRATOR})), version=1)
    assert records.accounts.find("lan.nguyen") == disabled
    with pytest.raises(NotFound):
        records.accounts.change(account("nobody"), version=1)


def _add(url: str, number: int) -> bool:
    records = open_records(url, clock=SetClock(), author=CLERK)
    try:
        records.accounts.add(account(id=AccountId(f"a-{number}")))
    except LoginTaken:
        return False
    finally:
        records.close()
    return True


def test_of_processes_that_ask_for_a_login_at_once_one_gets_it(records: Records, database_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sum(pool.map(_add, [database_url] * 6, range(6))) == 1
    assert len(records.accounts.all()) == 1


# --- events ----------------------------------------------------------------------------------------------------------------


def claim(records: Records, *, at: dt.datetime = NOW, reader: str = "portal", limit: int = 10) -> list[Delivery]:
    return list(records.events.claim(reader, at=at, seconds=60, limit=limit))


def tried(event: EventNumber, reason: str = "", *, at: dt.datetime = NOW) -> Attempt:
    return Attempt(event=event, at=at, reason=reason)


@pytest.fixture
def documents(records: Records) -> tuple[DocumentId, ...]:
    claim(records)  # from now on
    return tuple(keep_papers(records, MemoryObjects(), 2))


def test_what_happens_is_told_in_order_under_the_numbers_of_the_trail(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    first, second = (records.results.issue(DOSSIER, each, at=NOW) for each in documents)
    records.results.end(
        replace(first, state=ResultState.SUPERSEDED, reason="sai", superseded_by=second.code, changed_at=NOW)
    )
    told = records.events.after(0, limit=100)
    assert [(each.kind, each.document) for each in told] == [
        (EventKind.DOCUMENT_COMPLETED, documents[0]),
        (EventKind.DOCUMENT_COMPLETED, documents[1]),
        (EventKind.RESULT_ISSUED, documents[0]),
        (EventKind.RESULT_ISSUED, documents[1]),
        (EventKind.RESULT_SUPERSEDED, documents[0]),
    ]
    assert told[-1].details == {"state": "superseded", "by": second.code}
    numbers = [each.number for each in told]
    assert numbers == sorted(numbers)
    with records.engine.connect() as connection:
        kept = set(connection.scalars(sa.select(audit_entries.c.number)))
    assert set(numbers) <= kept
    assert [each.number for each in records.events.after(numbers[1], limit=2)] == numbers[2:4]


def test_one_event_of_a_document_at_a_time_and_the_next_when_that_is_told(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    records.results.issue(DOSSIER, documents[0], at=NOW)
    first = claim(records)
    assert [each.event.kind for each in first] == [EventKind.DOCUMENT_COMPLETED] * 2
    assert {each.event.document for each in first} == set(documents)
    mine = next(each for each in first if each.event.document == documents[0])
    records.events.told("portal", tried(mine.event.number))
    (then,) = claim(records)
    assert (then.event.kind, then.event.document) == (EventKind.RESULT_ISSUED, documents[0])


def test_what_was_claimed_and_not_told_comes_again_under_the_same_number(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    first = claim(records)
    assert claim(records, at=NOW + dt.timedelta(seconds=59)) == []
    again = claim(records, at=NOW + dt.timedelta(seconds=60))
    assert again == first
    assert len(again) == len(documents)
    event = first[0].event
    records.events.retry("portal", tried(event.number, "503"), due=NOW + dt.timedelta(hours=1))
    later = claim(records, at=NOW + dt.timedelta(hours=2))
    assert Delivery(event=event, attempts=1, reason="503", tried_since=NOW) in later


def test_readers_are_told_apart_and_a_new_one_hears_from_then_on(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    for each in claim(records):
        records.events.told("portal", tried(each.event.number))
    assert claim(records, reader="late") == []
    records.results.issue(DOSSIER, documents[0], at=NOW)
    assert len(claim(records)) == len(claim(records, reader="late")) == 1


def test_a_change_that_fails_is_not_told(records: Records, documents: tuple[DocumentId, ...]) -> None:
    before = records.events.after(0, limit=100)
    with pytest.raises(NotFound):
        records.results.issue(DOSSIER, DocumentId("d-none"), at=NOW)
    records.results.issue(DOSSIER, documents[0], at=NOW)
    records.results.issue(DOSSIER, documents[0], at=NOW)  # again changes nothing
    assert len(records.events.after(0, limit=100)) == len(before) + 1


def _claim(url: str, _: int) -> list[int]:
    records = open_records(url, clock=SetClock(), author=CLERK)
    try:
        return [each.event.number for each in claim(records, limit=2)]
    finally:
        records.close()


def test_processes_that_claim_at_once_get_different_events(
    records: Records, database_url: str, documents: tuple[DocumentId, ...]
) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        taken = [number for numbers in pool.map(_claim, [database_url] * 4, range(4)) for number in numbers]
    assert len(taken) == len(set(taken)) == len(documents)
