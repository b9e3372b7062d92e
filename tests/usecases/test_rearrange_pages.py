"""Pages put right: whatever a person does with them, none is lost, and what was there before stays for the record."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.arrangement_ports import ArrangedBatch, Arrangements
from pipeline.domain.arrange_errors import ArrangementRefused, ArrangementUnsound
from pipeline.domain.arrangement import Arrangement, WantedPaper, arrangement_of
from pipeline.domain.audit import SubjectKind
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.correction import Correction
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.errors import DocumentReplaced
from pipeline.domain.ids import DossierCode, FieldName, TypeCode
from pipeline.domain.page import PageRef, PageState, RecognisedPage
from pipeline.domain.search import SearchQuery
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.ports import Area, DocumentFilter, silent
from pipeline.usecases.correct_fields import correct_fields
from pipeline.usecases.prove_records import unproven_records
from pipeline.usecases.rearrange_pages import Rearranged, rearrange_pages
from pipeline.usecases.retype_document import retype_document
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.usecases.bench import POLICY, Bench, FixedClock, open_bench, pdf

SUBJECT = FieldName("subject")


@pytest.fixture
def records(tmp_path: Path, bench: Bench) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{tmp_path / 'records.db'}", clock=FixedClock(), author=CLERK)
    yield opened
    opened.close()


def arrange(
    bench: Bench, arrangements: Arrangements, batch: DigitizedBatch, wanted: Arrangement, *, by: str = "lan"
) -> Rearranged:
    return rearrange_pages(
        batch.id,
        wanted,
        by=by,
        services=bench.services,
        arrangements=arrangements,
        policy=bench.policy,
        on_progress=silent,
    )


def now(bench: Bench, batch: DigitizedBatch) -> DigitizedBatch:
    loaded = bench.services.batches.load(batch.id)
    assert isinstance(loaded, DigitizedBatch)
    return loaded


def pages_of(batch: DigitizedBatch) -> list[list[int]]:
    return [[ref.number for ref in each.understood.pages] for each in batch.documents]


def refuse_lost(batch: DigitizedBatch, count: int) -> None:
    """Count every page: it is in one paper that says so, or in none and says so."""
    assert len(batch.pages) == len({page.ref for page in batch.pages}) == count
    placed = Counter(ref for each in batch.documents for ref in each.understood.pages)
    owner = {ref: each.understood.id for each in batch.documents for ref in each.understood.pages}
    for page in batch.pages:
        kept = page.state is PageState.KEPT
        assert (placed[page.ref], page.document) == ((1, owner[page.ref]) if kept else (0, None))


def one_paper(bench: Bench, scans: Path, pages: int = 4) -> tuple[DigitizedBatch, list[PageRef]]:
    batch = bench.digitize(pdf(scans / "one.pdf", pages=pages))
    return batch, [page.ref for page in batch.pages]


def test_a_paper_that_is_cut_is_replaced_by_two_and_stays_for_the_record(
    bench: Bench, records: Records, scans: Path
) -> None:
    batch, refs = one_paper(bench, scans)
    (old,) = batch.documents
    assert old.understood.pages == tuple(refs)
    wanted = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))
    made = arrange(bench, records.arrangements, batch, wanted)
    after = now(bench, batch)
    refuse_lost(after, 4)
    assert pages_of(after) == [[1, 2], [3, 4]]
    assert made.replaced == {old.understood.id: made.new}
    assert {each.understood.id for each in after.documents} == set(made.new)
    for each in after.documents:
        with pikepdf.open(io.BytesIO(bench.kept(each.copy.sha256))) as copy:
            assert len(copy.pages) == 2
    # what was there before is what it was, but for its state, and nobody finds it by looking for it
    found = records.library.document(old.understood.id)
    assert found is not None
    before, then = old.understood, found[1].understood
    assert then == replace(before, state=DocumentState.REPLACED)
    assert bench.services.objects.has(Area.ARCHIVE, old.copy.sha256)
    listed = [each.understood.id for each in records.library.documents(DocumentFilter())]
    assert listed == list(made.new)
    hits = [each.document.understood.id for each in records.library.search(SearchQuery(words="trang1")).hits]
    assert hits == [made.new[0]]
    (told,) = records.arrangements.replacements([old.understood.id]).values()
    assert (told.successors, told.by) == (made.new, "lan")
    assert list(unproven_records(records.proofs)) == []


def test_putting_pages_back_makes_a_paper_like_the_first_one(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    cut = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))
    arrange(bench, records.arrangements, batch, cut)
    joined = Arrangement(papers=(WantedPaper(pages=tuple(refs)),))
    arrange(bench, records.arrangements, batch, joined)
    after = now(bench, batch)
    refuse_lost(after, 4)
    (old,), (new,) = batch.documents, after.documents
    assert new.understood.id != old.understood.id
    assert new.copy == old.copy
    assert new.understood.fields == old.understood.fields
    # the same again changes nothing: who was killed behind the end runs it once more
    assert arrange(bench, records.arrangements, batch, joined).new == ()


def test_a_blank_page_comes_back_and_a_separator_goes(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    out = Arrangement(papers=(WantedPaper(pages=(refs[0], refs[3])),), blank=(refs[1],), separators=(refs[2],))
    arrange(bench, records.arrangements, batch, out)
    after = now(bench, batch)
    refuse_lost(after, 4)
    assert [page.state for page in after.pages] == ["kept", "blank", "separator", "kept"]
    assert [page.reason for page in after.pages] == [None, "blank_by_hand", "separator_by_hand", None]
    back = Arrangement(
        papers=(WantedPaper(pages=(refs[0], refs[3])), WantedPaper(pages=(refs[1],))), separators=(refs[2],)
    )
    made = arrange(bench, records.arrangements, batch, back)
    again = now(bench, batch)
    refuse_lost(again, 4)
    assert (len(made.new), made.replaced) == (1, {})
    # a paper that stands for nothing counts as a round too: the next one gets an id of its own
    split = replace(back, papers=(WantedPaper(pages=(refs[1], refs[0])), WantedPaper(pages=(refs[3],))))
    assert not set(arrange(bench, records.arrangements, batch, split).new) & set(made.new)
    refuse_lost(now(bench, batch), 4)
    assert list(unproven_records(records.proofs)) == []


def test_a_turned_page_is_read_again_as_the_person_says(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans, pages=2)
    asked: list[int | None] = []
    reader = bench.workers.instead["_read"]

    def turning(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        asked.append(task.rotation)
        found: RecognisedPage = reader(task)
        return replace(found, rotation=task.rotation or 0)

    bench.workers.instead["_read"] = turning
    turn = Arrangement(papers=(WantedPaper(pages=tuple(refs)),), turns={refs[1]: 90})
    arrange(bench, records.arrangements, batch, turn)
    assert asked == [90]
    after = now(bench, batch)
    assert [(page.rotation, page.turned) for page in after.pages] == [(0, False), (90, True)]
    # from then on it lies so, without being said or read again
    cut = Arrangement(papers=(WantedPaper(pages=(refs[1],)), WantedPaper(pages=(refs[0],))))
    arrange(bench, records.arrangements, batch, cut)
    assert asked == [90]
    assert [page.rotation for page in now(bench, batch).pages] == [0, 90]


def test_what_a_person_confirmed_goes_with_the_page_that_shows_it(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    (old,) = batch.documents
    corrected = correct_fields(
        old.understood.id,
        Correction(values={SUBJECT: "Về việc cấp phép"}),
        by="lan",
        library=records.library,
        corrections=records.corrections,
        catalogue=bench.services.catalogue,
        clock=FixedClock(),
    )
    assert corrected.understood.fields[SUBJECT].page == 1
    cut = Arrangement(papers=(WantedPaper(pages=(refs[2], refs[3])), WantedPaper(pages=(refs[1], refs[0]))))
    arrange(bench, records.arrangements, batch, cut)
    without, with_ = now(bench, batch).documents
    assert SUBJECT not in without.understood.fields
    carried = with_.understood.fields[SUBJECT]
    assert (carried.value, carried.state, carried.page) == ("Về việc cấp phép", FieldState.CONFIRMED, 2)


def test_a_page_in_two_papers_or_in_none_is_refused(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    whole = WantedPaper(pages=tuple(refs))
    stranger = PageRef(refs[0].source, 9)
    for wanted, reason in (
        (Arrangement(papers=(WantedPaper(pages=tuple(refs[:3])),)), "left_out"),
        (Arrangement(papers=(whole,), blank=(refs[0],)), "twice"),
        (Arrangement(papers=(WantedPaper(pages=(*refs, stranger)),)), "not_movable"),
        (Arrangement(papers=(whole,), turns={refs[0]: 45}), "no_such_turn"),
        (Arrangement(papers=(whole, WantedPaper(pages=()))), "empty_paper"),
    ):
        with pytest.raises(ArrangementUnsound) as raised:
            arrange(bench, records.arrangements, batch, wanted)
        assert raised.value.details["reason"] == reason
    assert now(bench, batch) == batch


def test_a_signed_copy_keeps_its_pages(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    (old,) = batch.documents
    signed = CopyVersion(
        number=2,
        sha256=old.copy.sha256,
        size=1,
        created_at=FixedClock().now(),
        role=SignerRole.CLERK,
        level=SignatureLevel.B_B,
    )
    records.versions.add(old.understood.id, signed)
    cut = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))
    with pytest.raises(ArrangementRefused) as raised:
        arrange(bench, records.arrangements, batch, cut)
    assert raised.value.details["reason"] == "signed"
    assert now(bench, batch) == batch


def test_a_file_that_came_in_signed_is_one_paper(bench: Bench, records: Records, scans: Path) -> None:
    batch = bench.digitize(pdf(scans / "signed.pdf", pages=2, signed=True), pdf(scans / "plain.pdf", pages=2))
    assert arrangement_of(batch).papers == tuple(
        WantedPaper(pages=each.understood.pages) for each in batch.documents if each.signed_source is None
    )
    first = batch.documents[0].understood.pages[0]
    with pytest.raises(ArrangementUnsound):
        arrange(bench, records.arrangements, batch, Arrangement(papers=(WantedPaper(pages=(first,)),)))


def test_nobody_corrects_or_signs_a_paper_that_was_replaced(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    (old,) = batch.documents
    cut = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))
    made = arrange(bench, records.arrangements, batch, cut)
    gone = records.library.document(old.understood.id)
    assert gone is not None
    with pytest.raises(DocumentReplaced) as raised:
        records.corrections.apply(gone[1], (), seen=gone[1].version)
    assert raised.value.details["successors"] == ", ".join(made.new)
    version = CopyVersion(number=2, sha256=old.copy.sha256, size=1, created_at=FixedClock().now())
    with pytest.raises(DocumentReplaced):
        records.versions.add(old.understood.id, version)


def test_what_somebody_changed_meanwhile_is_not_overwritten(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    cut = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))

    class Late:
        """Somebody else is faster."""

        def __getattr__(self, name: str) -> object:
            return getattr(records.arrangements, name)

        def apply(self, arranged: ArrangedBatch) -> None:
            arrange(bench, records.arrangements, batch, Arrangement(papers=(WantedPaper(pages=tuple(reversed(refs))),)))
            records.arrangements.apply(arranged)

    with pytest.raises(RecordChanged):
        arrange(bench, Late(), batch, cut)  # type: ignore[arg-type]
    assert pages_of(now(bench, batch)) == [[4, 3, 2, 1]]
    refuse_lost(now(bench, batch), 4)


def test_a_file_that_came_twice_follows_the_first_one(bench: Bench, records: Records, scans: Path) -> None:
    batch = bench.digitize(pdf(scans / "a.pdf", pages=2), pdf(scans / "b.pdf", pages=2))
    refs = [page.ref for page in batch.pages if page.ref.source == "a.pdf"]
    cut = Arrangement(papers=(WantedPaper(pages=(refs[0],)),), blank=(refs[1],))
    (new,) = arrange(bench, records.arrangements, batch, cut).new
    ends = {(str(page.ref.source), page.ref.number): (page.state, page.document) for page in now(bench, batch).pages}
    assert ends["b.pdf", 1] == ends["a.pdf", 1] == (PageState.KEPT, new)
    assert ends["b.pdf", 2] == ends["a.pdf", 2] == (PageState.BLANK, None)
    assert list(unproven_records(records.proofs)) == []


def test_the_type_that_a_person_says_stays_also_with_other_pages(bench: Bench, records: Records, scans: Path) -> None:
    batch, refs = one_paper(bench, scans)
    (old,) = batch.documents
    told = retype_document(
        old.understood.id,
        TypeCode("quyet_dinh"),
        by="lan",
        seen=1,
        services=bench.services,
        arrangements=records.arrangements,
        policy=POLICY,
    )
    assert (told.document, told.is_new) == (old.understood.id, False)
    (after,) = now(bench, batch).documents
    assert (after.understood.type, after.type_by, after.version) == ("quyet_dinh", "lan", 2)
    with pytest.raises(RecordChanged):
        retype_document(
            old.understood.id,
            TypeCode("cong_van"),
            by="minh",
            seen=1,
            services=bench.services,
            arrangements=records.arrangements,
            policy=POLICY,
        )
    first, *others = arrangement_of(now(bench, batch)).papers
    assert not others
    less = Arrangement(papers=(replace(first, pages=tuple(refs[:3])),), blank=(refs[3],))
    arrange(bench, records.arrangements, batch, less, by="minh")
    (shorter,) = now(bench, batch).documents
    assert (shorter.understood.type, shorter.type_by) == ("quyet_dinh", "lan")
    assert list(unproven_records(records.proofs)) == []


def test_a_change_of_pages_is_in_the_trail_under_the_papers_it_touched(
    bench: Bench, records: Records, scans: Path
) -> None:
    batch, refs = one_paper(bench, scans)
    cut = Arrangement(papers=(WantedPaper(pages=tuple(refs[:2])), WantedPaper(pages=tuple(refs[2:]))))
    made = arrange(bench, records.arrangements, batch, cut)
    told: set[tuple[SubjectKind, str]] = {(SubjectKind.BATCH, batch.id)}
    told |= {(SubjectKind.DOCUMENT, each) for each in (*made.new, *made.replaced)}
    told |= {(SubjectKind.COPIES, each) for each in made.new}
    entries = [each for each in records.trail.entries(after=0, limit=1000) if each.deed.action == "pages.arranged"]  # type: ignore[union-attr]
    assert {(each.deed.subject.kind, each.deed.subject.id) for each in entries} == told  # type: ignore[union-attr]


# --- any number of arrangements, one after the other ----------------------------------------------------------------------

_DOSSIERS = st.sampled_from([None, DossierCode("H42.12-220801-0001"), DossierCode("H42.12-220801-0002")])


@st.composite
def _arrangements(draw: st.DrawFn, refs: list[PageRef]) -> Arrangement:
    order = draw(st.permutations(refs))
    fates = draw(st.lists(st.sampled_from("kkkkbs"), min_size=len(refs), max_size=len(refs)))
    cuts = draw(st.lists(st.booleans(), min_size=len(refs), max_size=len(refs)))
    papers: list[list[PageRef]] = []
    for ref, fate, cut in zip(order, fates, cuts, strict=True):
        if fate == "k":
            if cut or not papers:
                papers.append([])
            papers[-1].append(ref)
    return Arrangement(
        papers=tuple(WantedPaper(pages=tuple(each), dossier=draw(_DOSSIERS)) for each in papers),
        blank=tuple(ref for ref, fate in zip(order, fates, strict=True) if fate == "b"),
        separators=tuple(ref for ref, fate in zip(order, fates, strict=True) if fate == "s"),
        turns=draw(st.dictionaries(st.sampled_from(refs), st.sampled_from([0, 90, 180, 270]), max_size=2)),
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_is_done_one_after_the_other_no_page_is_lost(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name, open_bench(Path(name)) as bench:
        records = open_records(f"sqlite:///{Path(name) / 'records.db'}", clock=FixedClock(), author=CLERK)
        batch = bench.digitize(
            pdf(Path(name) / "a.pdf", pages=3, mark="a"), pdf(Path(name) / "b.pdf", pages=2, mark="b")
        )
        refs = [page.ref for page in batch.pages]
        for _ in range(data.draw(st.integers(1, 3))):
            wanted = data.draw(_arrangements(refs))
            arrange(bench, records.arrangements, batch, wanted)
            after = now(bench, batch)
            refuse_lost(after, 5)
            assert [each.understood.pages for each in after.documents] == [each.pages for each in wanted.papers]
            assert [each.understood.dossier for each in after.documents] == [each.dossier for each in wanted.papers]
            assert {ref for page in after.pages if page.state is PageState.BLANK for ref in [page.ref]} == set(
                wanted.blank
            )
        assert list(unproven_records(records.proofs)) == []
        records.close()
