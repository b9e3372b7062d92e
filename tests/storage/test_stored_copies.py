"""All that decides whether stored papers may be used, in as many questions for many papers as for one."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.holding import Holding, PaperCode
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.not_digitized import NotDigitized, NotDigitizedId, NotDigitizedReason
from pipeline.domain.owner import HoldingId, Identifier, IdentifierKind, IdentifierLink, LinkEvidence, Owner
from pipeline.domain.signature import FileVerdict, SignatureLevel, Verdict
from pipeline.ports import Area
from storage.records import Records
from tests.e2e.papers import keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.test_owners_contract import CCCD, CMND, person

NOW = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)
DOSSIER = DossierCode("H42.12-260131-0001")
_numbers = itertools.count(1)


@pytest.fixture
def owner(records: Records) -> Owner:
    return records.owners.register(person(CCCD))


def lay(records: Records, owner: Owner, kind: str = "quyet_dinh") -> Holding:
    number = next(_numbers)
    (paper,) = keep_papers(records, MemoryObjects(), 1, kind=kind, dossier=DossierCode(f"H42.12-260131-{number:04}"))
    held = Holding(
        id=HoldingId(f"h-{number:04}"),
        owner=owner.id,
        document=paper,
        type=TypeCode(kind),
        code=PaperCode(owner="1", type=kind, serial=0, text=""),
        published_at=NOW + dt.timedelta(minutes=number),
    )
    return records.depository.place([held], template="{owner}/{type}/{serial}")[0]


def test_a_paper_comes_with_its_newest_version_the_last_verdict_and_the_last_reading(
    records: Records, owner: Owner
) -> None:
    held = lay(records, owner)
    first = records.versions.versions(held.document)[0]
    signed = replace(first, number=2, sha256="a" * 64, level=SignatureLevel.B_T)  # type: ignore[arg-type]
    records.versions.add(held.document, signed)
    for verdict in (Verdict.INDETERMINATE, Verdict.VALID):
        records.verdicts.keep({signed.sha256: FileVerdict(verdict=verdict, reason="", signatures=())}, as_of=NOW)
        records.book.clock.time += dt.timedelta(minutes=1)  # type: ignore[attr-defined] # the tests' own
    check = FixityCheck(area=Area.ARCHIVE, sha256=signed.sha256, checked_at=NOW, outcome=CheckOutcome.SOUND)
    records.fixity.note(StoreName.STORE, [check])
    records.fixity.note(StoreName.MIRROR, [replace(check, outcome=CheckOutcome.MISSING)])
    (found,) = records.reuse.copies.of(owner.id)
    assert (found.holding, found.newest, found.agency) == (held, signed, "")
    assert found.files == {signed.sha256}
    assert found.verdict is not None
    assert (found.verdict.verdict, found.reads) == (Verdict.VALID, {signed.sha256: check})
    assert records.reuse.copies.named([held.id]) == (found,)
    assert records.reuse.copies.named([HoldingId("nobody")]) == ()


def test_papers_of_both_numbers_are_one_persons_and_types_narrow_them(records: Records, owner: Owner) -> None:
    old = records.owners.register(replace(person(CMND), id=type(owner.id)("o-old")))
    mine = [lay(records, owner), lay(records, old, "giay_ket_hon")]
    link = IdentifierLink(
        old=Identifier(IdentifierKind.CMND, CMND.value),
        new=Identifier(IdentifierKind.CCCD, CCCD.value),
        evidence=LinkEvidence.AUTHORITY,
    )
    records.owners.link(link, at=NOW)
    found = records.reuse.copies.of(owner.id)
    assert [each.holding.id for each in found] == [each.id for each in mine]
    assert {each.holding.owner for each in found} == {owner.id}
    narrowed = records.reuse.copies.of(owner.id, types=[TypeCode("giay_ket_hon")])
    assert [each.holding.id for each in narrowed] == [mine[1].id]
    assert records.reuse.copies.of(owner.id, types=[]) == ()


def test_many_papers_take_as_many_questions_as_one(records: Records, owner: Owner) -> None:
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    lay(records, owner)
    sa.event.listen(records.engine, "before_cursor_execute", note)
    records.reuse.copies.of(owner.id)
    few = len(asked)
    sa.event.remove(records.engine, "before_cursor_execute", note)
    for _ in range(5):
        lay(records, owner)
    asked.clear()
    sa.event.listen(records.engine, "before_cursor_execute", note)
    assert len(records.reuse.copies.of(owner.id)) == 6
    sa.event.remove(records.engine, "before_cursor_execute", note)
    assert len(asked) == few


def mark(reason: NotDigitizedReason, note: str = "") -> NotDigitized:
    return NotDigitized(
        id=NotDigitizedId(f"n-{next(_numbers)}"),
        dossier=DOSSIER,
        component="to_khai",
        reason=reason,
        note=note,
        agency="H42.12",
        marked_at=NOW,
        marked_by="lan",
    )


def test_a_component_has_one_reason_at_a_time_and_those_before_stay_on_record(records: Records) -> None:
    marks = records.reuse.marks
    first = marks.mark(mark(NotDigitizedReason.PRESENT_ONLY, "hộ chiếu"))
    assert marks.mark(mark(NotDigitizedReason.PRESENT_ONLY, "hộ chiếu")) == first
    second = marks.mark(replace(mark(NotDigitizedReason.SECRET), marked_at=NOW + dt.timedelta(hours=1), marked_by="an"))
    ended = replace(first, ended_at=second.marked_at, ended_by="an")
    assert marks.marks(DOSSIER) == (ended, second)
    later = NOW + dt.timedelta(hours=2)
    assert marks.clear(DOSSIER, "to_khai", at=later, by="lan") == second
    assert marks.clear(DOSSIER, "to_khai", at=later, by="lan") is None
    assert [each.stands for each in marks.marks(DOSSIER)] == [False, False]
    told = [each.deed.action.value for each in records.trail.entries(limit=20)]  # type: ignore[union-attr] # all readable
    assert told == ["component.not_digitized", "component.not_digitized", "component.to_digitize"]


def test_whose_dossier_it_is_is_known_from_who_said_of_which_procedure(records: Records) -> None:
    assert records.reuse.marks.agency(DOSSIER) is None
    records.dossiers.choose(DOSSIER, "1.000894", at=NOW, by="he-thong", agency="H42.12")  # type: ignore[arg-type]
    assert records.reuse.marks.agency(DOSSIER) == "H42.12"
