"""Papers that are ready while their batch is read: seen before the end, and nothing of the end is different for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import DocumentState
from pipeline.domain.early_paper import EarlyPaper
from pipeline.domain.errors import DamagedSource, StoreUnavailable, ToolFailed
from pipeline.domain.ids import BatchId, DossierCode
from pipeline.domain.page import Line, PageState, RecognisedPage, Word
from pipeline.ports import Area
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.digitize_batch import finish_batch, read_batch
from pipeline.usecases.early_papers import EarlyPapers
from pipeline.usecases.read_parts import read_parts
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.usecases import bench as plain
from tests.usecases.bench import Bench, FixedClock, open_bench, pdf
from tests.usecases.test_secret_papers import HEAD, STAMP

Reader = Callable[[Any], RecognisedPage]


def read(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
    """Read a page; each file begins with the first page of a paper."""
    page = plain.read(task)
    return replace(page, lines=(HEAD, *page.lines)) if task.ref.number == 1 else page


@dataclass
class Seen:
    """What could be seen of a batch whenever a page was about to be read."""

    records: Records
    batch: BatchId
    looks: list[tuple[str, ...]]

    def now(self) -> Sequence[EarlyPaper]:
        return self.records.intake.watch.early(self.batch, limit=100)

    def reader(self, inner: Reader = read) -> Reader:
        def reading(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
            self.looks.append(tuple(_named(each) for each in self.now()))
            return inner(task)

        return reading


@pytest.fixture
def papers(scans: Path) -> Path:
    """Three papers in files of their own, of two, one and three pages, and one whose bytes came before."""
    first = pdf(scans / "a.pdf", pages=2, mark="a")
    pdf(scans / "b.pdf", pages=1, mark="b")
    (scans / "b2.pdf").write_bytes(first.read_bytes())
    pdf(scans / "c.pdf", pages=3, mark="c")
    return scans


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with office(tmp_path / "office") as opened:
        opened.workers.instead["_read"] = read
        yield opened


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Bench]:
    folder.mkdir()
    with open_bench(folder) as opened:
        yield opened


@contextlib.contextmanager
def watched(bench: Bench, folder: Path, papers: Path) -> Iterator[Seen]:
    records = open_records(f"sqlite:///{folder / 'records.db'}", clock=FixedClock(), author=CLERK)
    try:
        yield Seen(records, bench.receive(papers).id, [])
    finally:
        records.close()


def _named(paper: EarlyPaper) -> str:
    return f"{paper.first.source}#{paper.first.number}+{paper.pages}"


def without_early(folder: Path, papers: Path, reader: Reader = read) -> tuple[DigitizedBatch, dict[Any, bytes]]:
    """Return a batch, and all objects, as they come out where nothing is done ahead."""
    with office(folder) as bench, pytest.MonkeyPatch.context() as patched:
        patched.setattr(EarlyPapers, "look", lambda _: None)
        bench.workers.instead["_read"] = reader
        return bench.digitize(papers), bench.objects.kept


def test_each_paper_is_seen_as_soon_as_the_next_one_begins(bench: Bench, papers: Path, tmp_path: Path) -> None:
    with watched(bench, tmp_path / "office", papers) as seen:
        bench.workers.instead["_read"] = seen.reader()
        batch = bench.digitize(papers)
        # a page is put into a paper when the page behind it, or the end of its file, is known
        assert seen.looks == [
            (),
            (),
            (),
            ("a.pdf#1+2",),
            ("a.pdf#1+2",),
            ("a.pdf#1+2", "b.pdf#1+1"),
        ]
        assert seen.now() == ()
    assert [len(each.understood.pages) for each in batch.documents] == [2, 1, 3]


def test_what_is_seen_is_what_it_becomes(bench: Bench, papers: Path, tmp_path: Path) -> None:
    with watched(bench, tmp_path / "office", papers) as seen:
        early: list[EarlyPaper] = []

        def reading(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
            early[:] = seen.now()
            return read(task)

        bench.workers.instead["_read"] = reading
        batch = bench.digitize(papers)
    assert [each.id for each in early] == [each.understood.id for each in batch.documents[:2]]
    for shown, document in zip(early, batch.documents, strict=False):
        assert (shown.copy, shown.type) == (document.copy, document.understood.type)
        assert shown.state is document.understood.state is DocumentState.NEEDS_REVIEW
        assert bench.kept(shown.copy.sha256).startswith(b"%PDF-")
    assert [each.place for each in early] == [0, 2]


def test_the_end_is_the_same_byte_for_byte_and_no_work_is_done_twice(
    bench: Bench, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, objects = without_early(tmp_path / "other", papers)
    understood: list[tuple[str, ...]] = []
    for module in ("early_papers", "understand_batch"):
        name = f"pipeline.usecases.{module}.understand"
        monkeypatch.setattr(name, _counting(understood, f"pipeline.usecases.{module}"))
    assert bench.digitize(papers) == expected
    assert bench.objects.kept == objects
    assert bench.services.batches.load(expected.id) == expected
    assert bench.workers.count("_assemble") == 3
    assert len(understood) == len(set(understood)) == 3


def _counting(calls: list[tuple[str, ...]], module: str) -> Callable[..., Any]:
    from importlib import import_module  # noqa: PLC0415 - beside its only use

    real = import_module(module).understand

    def understand(document: Any, *inputs: Any, **policy: Any) -> Any:  # noqa: ANN401 - whatever it takes
        calls.append(tuple(map(str, document.pages)))
        return real(document, *inputs, **policy)

    return understand


def test_an_interrupted_run_loses_and_doubles_nothing(bench: Bench, papers: Path, tmp_path: Path) -> None:
    expected, objects = without_early(tmp_path / "other", papers)
    with watched(bench, tmp_path / "office", papers) as seen:
        left = [4]

        def interrupted(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
            left[0] -= 1
            if left[0] < 0:
                raise StoreUnavailable(reason="cut off")
            return read(task)

        bench.workers.instead["_read"] = interrupted
        with pytest.raises(StoreUnavailable):
            bench.digitize(papers)
        assert [_named(each) for each in seen.now()] == ["a.pdf#1+2"]

        bench.workers.instead["_read"] = seen.reader()
        assert bench.digitize(papers) == expected
        assert seen.looks == [("a.pdf#1+2",), ("a.pdf#1+2", "b.pdf#1+1")]
        assert seen.now() == ()
    assert bench.objects.kept == objects
    assert bench.workers.count("_assemble") == 3


def test_a_secret_paper_is_never_seen_and_no_copy_of_it_is_made(bench: Bench, papers: Path, tmp_path: Path) -> None:
    def stamped(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        page = read(task)
        stamp = Line((Word("MẬT", STAMP, 0.9),), STAMP)
        return replace(page, lines=(*page.lines, stamp)) if task.ref.source == "a.pdf" else page

    with watched(bench, tmp_path / "office", papers) as seen:
        bench.workers.instead["_read"] = seen.reader(stamped)
        batch = bench.digitize(papers)
        assert seen.looks[-1] == ("b.pdf#1+1",)
        assert all("a.pdf" not in name for look in seen.looks for name in look)
    archived = {sha256 for area, sha256 in bench.objects.kept if area is Area.ARCHIVE}
    copies = {each.copy.sha256 for each in batch.documents}
    assert archived == {source.sha256 for source in batch.sources} | copies
    assert len(copies) == 2


@pytest.mark.parametrize("error", [DamagedSource(problem="scripted"), ToolFailed(tool="qpdf")])
def test_a_paper_of_which_no_copy_can_be_made_does_not_stop_the_batch(
    bench: Bench, papers: Path, tmp_path: Path, error: Exception
) -> None:
    from pipeline.usecases.assemble_copies import _assemble  # noqa: PLC0415 - replaced and called

    def assemble(task: Any) -> str:  # noqa: ANN401 - a private task of the use case
        if len(task.pages) == 2:
            raise error
        return _assemble(task)

    bench.workers.instead["_assemble"] = assemble
    with watched(bench, tmp_path / "office", papers) as seen:
        bench.workers.instead["_read"] = seen.reader()
        batch = bench.digitize(papers)
        assert seen.looks[-1] == ("b.pdf#1+1",)
    # alone each page can be written, so that nothing is known to be spoilt: the paper has failed
    assert [page.state for page in batch.pages if page.ref.source == "a.pdf"] == [PageState.FAILED] * 2
    assert len(batch.documents) == 2


def test_a_store_that_fails_is_told_as_when_a_page_is_read(bench: Bench, papers: Path) -> None:
    def assemble(_: object) -> str:
        raise StoreUnavailable(reason="cut off")

    bench.workers.instead["_assemble"] = assemble
    with pytest.raises(StoreUnavailable):
        bench.digitize(papers)
    assert bench.workers.count("_read") < 6
    del bench.workers.instead["_assemble"]
    assert len(bench.digitize(papers).documents) == 3


def test_a_page_that_cannot_be_read_holds_nothing_up(bench: Bench, papers: Path, tmp_path: Path) -> None:
    def reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        if task.ref.source == "b.pdf":
            raise DamagedSource(problem="scripted")
        return read(task)

    with watched(bench, tmp_path / "office", papers) as seen:
        bench.workers.instead["_read"] = seen.reader(reader)
        bench.digitize(papers)
        assert seen.looks[-1] == ("a.pdf#1+2",)


def test_pages_that_others_read_are_taken_in(bench: Bench, papers: Path, tmp_path: Path) -> None:
    """Whoever holds the batch reads its first part; the others are read before he begins, one page of them in vain."""

    def reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        if (task.ref.source, task.ref.number) == ("c.pdf", 2):
            raise DamagedSource(problem="scripted")
        return read(task)

    pdf(papers / "e.pdf", pages=2, mark="e")
    expected, _ = without_early(tmp_path / "other", papers, reader)
    bench.policy = replace(bench.policy, part_pages=2)
    with watched(bench, tmp_path / "office", papers) as seen:
        batch = bench.receive(papers)
        seen.batch = batch.id
        bench.workers.instead["_read"] = reader
        others = bench.services.reader(bench.policy)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with bench.services.parts.claim(batch.id, holder="first", seconds=60):
                read_parts(batch.id, parts=bench.services.parts, reader=others, on_page=note_page)
            bench.workers.instead["_read"] = seen.reader(reader)
            yield

        half = read_batch(batch, services=bench.services, policy=bench.policy, on_progress=_hear, share=share)
        # the last paper ends with the batch
        assert [_named(each) for each in seen.now()] == ["a.pdf#1+2", "b.pdf#1+1", "c.pdf#1+2"]
        assert [each for each in seen.looks if each] == []
        done = finish_batch(half, services=bench.services, policy=bench.policy, on_progress=_hear)
        assert seen.now() == ()
    assert done == expected


def _hear(*_: object) -> None:
    """Progress."""


def test_a_code_that_a_clerk_gave_is_theirs_from_the_beginning(bench: Bench, papers: Path) -> None:
    given = DossierCode("H42.12-260105-0001")
    batch = replace(bench.receive(papers), dossier=given)
    read_half = read_batch(batch, services=bench.services, policy=bench.policy, on_progress=_hear)
    assert {each.dossier for each in read_half.early} == {given}
    assert len(read_half.early) == 2
