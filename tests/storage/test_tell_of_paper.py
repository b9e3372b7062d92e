"""All that is known of a paper, told from the records of both databases, within the bounds of whoever asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.archive_ports import FixityCheck
from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind
from pipeline.domain.errors import NotFound, SecretPaper
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.retention import HoldKind
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import CopyVersion, FileVerdict, SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from pipeline.usecases.look_up import Looker, look_at_document
from pipeline.usecases.place_hold import place_hold
from pipeline.usecases.tell_of_paper import PaperServices, PaperStory, tell_of_paper
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.disposal_office import TEN_YEARS
from tests.storage.samples import PICTURE, SCAN, digest, digitized_batch, received_batch

LETTER, DECISION = DocumentId("b-1-letter"), DocumentId("b-1-decision")


def keep(records: Records, *, agency: str = "H42.12", pages: Sequence[PageOutcome] = ()) -> None:
    records.batches.open(replace(received_batch(), agency=agency))
    whole = digitized_batch()
    papers = [each.understood.id for each in whole.documents]
    records.batches.complete(
        replace(whole, pages=(*whole.pages, *pages)), texts=dict.fromkeys(papers, "Kính gửi Ủy ban")
    )


def tell(records: Records, document: DocumentId = DECISION, scope: Scope = EVERYTHING) -> PaperStory:
    services = PaperServices(
        versions=records.versions,
        verdicts=records.verdicts,
        depository=records.depository,
        owners=records.owners,
        results=records.results,
        corrections=records.corrections,
        holds=records.holds,
        papers=records.kept_papers,
        files=records.officer.files,
        trail=records.officer.trail,
    )
    looker = Looker(trail=records.trail, purpose="Tra cứu")
    batch, found = look_at_document(document, part="all", library=records.library, looker=looker, scope=scope)
    return tell_of_paper(batch, found, services=services, rules=[TEN_YEARS])


def test_each_file_comes_with_what_is_known_of_it(records: Records, clock: SetClock) -> None:
    keep(records)
    signed = digest("signed copy")
    version = CopyVersion(
        number=2,
        sha256=signed,
        size=7,
        created_at=clock.now(),
        role=SignerRole.CLERK,
        level=SignatureLevel.B_LT,
        signer="Lan",
    )
    records.versions.add(DECISION, version)
    for hour, said in enumerate((Verdict.INDETERMINATE, Verdict.VALID)):
        clock.time = dt.datetime(2026, 2, 1, hour, tzinfo=dt.UTC)
        verdict = FileVerdict(verdict=said, reason="", signatures=())
        records.verdicts.keep({signed: verdict}, as_of=clock.now())
    check = FixityCheck(area=Area.ARCHIVE, sha256=signed, checked_at=clock.now(), outcome=CheckOutcome.SOUND)
    records.fixity.note(StoreName.STORE, [check])
    story = tell(records)
    (_, first), (newest, of_newest) = story.versions
    assert (newest.number, story.newest.sha256) == (2, signed)
    assert [each.verdict for each in of_newest.verdicts] == [Verdict.VALID, Verdict.INDETERMINATE]
    assert of_newest.check == check
    assert (first.verdicts, first.check) == ((), None)
    assert story.signed_source is not None


def test_a_source_says_how_large_it_is_and_whose_papers_it_shows(records: Records) -> None:
    keep(records)
    (source, _), *others = tell(records).sources
    assert not others
    assert (source.name, source.size, source.pages, source.papers) == (SCAN, 5 << 32, 3, 2)
    assert not source.is_secret
    assert source.name != PICTURE


def test_a_source_with_a_secret_page_says_so(records: Records) -> None:
    keep(records, pages=[PageOutcome(ref=PageRef(SCAN, 4), state=PageState.FAILED, reason=SecretPaper.code)])
    assert tell(records).sources[0][0].is_secret


def test_what_happened_is_told_in_order_and_the_look_itself_comes_last(records: Records, clock: SetClock) -> None:
    keep(records)
    records.results.issue(DossierCode("H42.12-220801-0001"), DECISION, at=clock.now())
    entries = [each for each in tell(records).entries if isinstance(each, AuditEntry)]
    assert [each.deed.action for each in entries] == [
        Action.BATCH_RECEIVED,
        Action.BATCH_COMPLETED,
        Action.BATCH_COMPLETED,
        Action.RESULT_ISSUED,
        Action.READ,
    ]
    look = entries[-1].deed
    assert (look.subject, look.reason) == (Subject(SubjectKind.DOCUMENT, DECISION), "Tra cứu")


def test_what_was_done_to_another_paper_of_the_batch_is_not_told(records: Records) -> None:
    keep(records)
    batch = Subject(SubjectKind.BATCH, "b-1")
    records.trail.note([Deed(action=Action.DISPOSED, subject=batch), Deed(action=Action.READ, subject=batch)])
    told = [each.deed.action for each in tell(records).entries if isinstance(each, AuditEntry)]
    assert Action.DISPOSED not in told
    assert told.count(Action.READ) == 2  # a look at the batch is one at its papers


def test_holds_and_retention_are_told(records: Records, clock: SetClock) -> None:
    keep(records)
    hold = place_hold(
        HoldKind.DOSSIER,
        "H42.12-220801-0001",
        by="lan",
        reason="Thanh tra",
        holds=records.holds,
        clock=clock,
        random_bytes=bytes,
    )
    story = tell(records)
    assert story.holds == (hold,)
    assert story.retention is not None
    assert story.retention.rule.id == "permanent"
    assert tell(records, LETTER).retention is None  # it still needs a look


def test_of_another_agency_there_is_nothing_and_no_entry(records: Records) -> None:
    keep(records)
    before = records.trail.last()
    with pytest.raises(NotFound):
        tell(records, scope=Scope(frozenset({"H42.13"})))
    assert records.trail.last() == before
