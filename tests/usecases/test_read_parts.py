"""A large batch is read in parts by several processes: each page once, the end as if one had read everything."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.batch import Stage
from pipeline.domain.errors import (
    DamagedSource,
    ReaderDiffers,
    SourceTooSlow,
    StoreUnavailable,
    ToolFailed,
)
from pipeline.domain.ids import BatchId
from pipeline.domain.page import PageState, RecognisedPage
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.digitize_means import Tools
from pipeline.usecases.read_parts import part_sizes, read_parts
from tests.usecases.bench import Bench, open_bench, pdf, picture, read
from tests.usecases.part_office import IN_PARTS, in_parts, lay_papers, office, undisturbed
from tests.usecases.part_reader import LEASE_SECONDS, holder, reads

ROOT = Path(__file__).parents[2]


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return lay_papers(tmp_path / "papers")


def numbers(bench: Bench, batch: BatchId) -> list[int]:
    return [each.number for each in bench.services.parts.standing(batch)]


def helper(folder: Path, batch: BatchId) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.usecases.part_reader", str(folder), batch]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_for_reads(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    while sum(pid == process.pid for pid, *_ in reads(folder)) < count:
        assert process.poll() is None, "it ended before it read so much"
        time.sleep(0.01)


# --- one process ----------------------------------------------------------------------------------------------------------


def test_one_process_reads_all_parts_and_the_end_is_the_same(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        called: list[list[int]] = []

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            called.append(numbers(bench, batch.id))
            yield
            assert [each.failed for each in bench.services.parts.standing(batch.id)] == [{}] * 4

        batch = bench.receive(papers)
        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)
        assert called == [[1, 2, 3, 4]]
        assert bench.services.parts.standing(batch.id) == ()
        done = [progress.done for stage, progress in bench.stages if stage is Stage.READ]
        assert done == sorted(done)
        assert done[-1] == 14
    assert Counter(reads(tmp_path / "office")).most_common(1)[0][1] == 1


def test_a_small_batch_is_not_cut(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    pdf(papers / "a.pdf", pages=4)

    def share() -> contextlib.AbstractContextManager[None]:
        pytest.fail("others were called")

    with office(tmp_path / "office") as bench:
        in_parts(bench, papers, share)


def test_what_was_read_before_belongs_to_no_part(tmp_path: Path, papers: Path) -> None:
    called: list[list[int]] = []

    with office(tmp_path / "office") as bench:

        def share() -> contextlib.AbstractContextManager[None]:
            called.append(numbers(bench, bench.receive(papers).id))
            return contextlib.nullcontext()

        bench.digitize(papers / "a.pdf")
        before = len(reads(tmp_path / "office"))
        whole = in_parts(bench, papers, share)
        assert called == [[1, 2]]  # of eight pages
        assert len(reads(tmp_path / "office")) - before == 8
    assert whole == undisturbed(tmp_path, papers)


def test_pages_that_cannot_be_read_are_told_and_not_tried_again(tmp_path: Path, papers: Path) -> None:
    tried: list[Any] = []

    def reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        tried.append(task.ref)
        if task.ref.number == 3:
            raise ToolFailed(tool="tesseract")
        if task.ref.number == 5:
            raise DamagedSource
        return read(task)

    with open_bench(tmp_path, reader=reader) as bench:
        bench.policy = IN_PARTS
        batch = bench.digitize(papers)
    assert len(tried) == len(set(tried)) == 14
    failed = {(page.ref.source, page.ref.number): page.reason for page in batch.pages if page.state is PageState.FAILED}
    assert failed == {
        (source, number): code
        for source in ("a.pdf", "c.pdf")
        for number, code in ((3, ToolFailed.code), (5, DamagedSource.code))
    }


def test_a_file_that_was_given_up_is_not_tried_in_the_parts_behind(tmp_path: Path) -> None:
    tried: list[Any] = []

    def reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        tried.append(task.ref)
        if task.ref.source == "a.pdf" and task.ref.number > 1:
            raise SourceTooSlow(limit="seconds", allowed=1)
        return read(task)

    folder = tmp_path / "papers"
    folder.mkdir()
    pdf(folder / "a.pdf", pages=30, mark="a")
    picture(folder / "b.png")
    with open_bench(tmp_path, reader=reader) as bench:
        bench.policy = IN_PARTS
        batch = bench.digitize(folder)
    assert len(tried) == 1 + 2 * 3 + 1, "in the first part no page was left when it was given up"
    assert Counter(page.reason for page in batch.pages) == {None: 2, "source.too_slow": 6, "source.given_up": 23}


def test_slow_pages_count_in_all_parts_of_a_file(tmp_path: Path) -> None:
    def reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        if task.ref.number % 2:
            raise SourceTooSlow(limit="seconds", allowed=1)
        return read(task)

    with open_bench(tmp_path, reader=reader) as bench:
        bench.policy = IN_PARTS
        batch = bench.digitize(pdf(tmp_path / "a.pdf", pages=60))
    assert Counter(page.reason for page in batch.pages) == {None: 20, "source.too_slow": 20, "source.given_up": 20}


def test_a_tool_that_fails_on_every_page_is_broken_and_no_page_is_given_up(tmp_path: Path, papers: Path) -> None:
    def broken(_: object) -> RecognisedPage:
        raise ToolFailed(tool="tesseract")

    with open_bench(tmp_path, reader=broken) as bench:
        bench.policy = IN_PARTS
        with pytest.raises(ToolFailed):
            bench.digitize(papers)
        bench.workers.instead["_read"] = read
        assert all(page.state is PageState.KEPT for page in bench.digitize(papers).pages)


def test_a_run_that_was_interrupted_goes_on_with_its_parts(tmp_path: Path, papers: Path) -> None:
    left = 6

    def interrupted(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreUnavailable(reason="cut off")
        return read(task)

    with open_bench(tmp_path, reader=interrupted) as bench:
        bench.policy = IN_PARTS
        with pytest.raises(StoreUnavailable):
            bench.digitize(papers)
        first = bench.workers.count("_read")
        bench.workers.instead["_read"] = read
        again = bench.digitize(papers)
        assert bench.workers.count("_read") - first == 14 - 6
    (tmp_path / "other").mkdir()
    assert again == undisturbed(tmp_path / "other", papers)


# --- several processes ----------------------------------------------------------------------------------------------------


def test_two_processes_read_one_batch_and_each_page_is_read_once(tmp_path: Path, papers: Path) -> None:
    folder = tmp_path / "office"
    with office(folder) as bench:
        batch = bench.receive(papers)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with helper(folder, batch.id) as process:
                wait_for_reads(folder, 1, process)
                yield
                assert process.wait(60) == 0

        digitized = in_parts(bench, papers, share)
    assert Counter(each[1:] for each in reads(folder)).most_common(1)[0][1] == 1
    assert len({pid for pid, *_ in reads(folder)}) == 2
    assert digitized == undisturbed(tmp_path, papers)


def test_a_part_whose_reader_was_killed_is_taken_up_when_its_lease_is_over(tmp_path: Path, papers: Path) -> None:
    folder = tmp_path / "office"
    with office(folder) as bench:
        batch = bench.receive(papers)
        killed: list[float] = []

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with helper(folder, batch.id) as process:
                wait_for_reads(folder, 2, process)
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed.append(time.monotonic())
            yield

        digitized = in_parts(bench, papers, share)
        assert time.monotonic() - killed[0] < LEASE_SECONDS + 60
    again = Counter(each[1:] for each in reads(folder))
    # at most the page that it had read and not yet kept
    assert sum(again.values()) - len(again) <= 1
    assert len(again) == 14
    assert digitized == undisturbed(tmp_path, papers)


def test_a_part_whose_reader_is_known_to_be_dead_is_taken_up_at_once(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        bench.services = replace(
            bench.services, holder=replace(holder("the first"), is_dead=lambda name: name == "the dead")
        )

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            dead = bench.services.parts.claim(batch.id, holder="the dead", seconds=600)
            dead.__enter__()
            yield
            dead.__exit__(None, None, None)

        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)


def test_a_helper_that_comes_too_late_does_nothing(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        reader = bench.services.reader(bench.policy)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with contextlib.ExitStack() as others:
                for each in numbers(bench, batch.id):
                    others.enter_context(bench.services.parts.claim(batch.id, holder=f"reader {each}", seconds=60))
                assert read_parts(batch.id, parts=bench.services.parts, reader=reader) == {}
            yield
            count = len(reads(tmp_path / "office"))
            assert read_parts(batch.id, parts=bench.services.parts, reader=reader) == {}
            assert len(reads(tmp_path / "office")) == count

        in_parts(bench, papers, share)
        assert read_parts(batch.id, parts=bench.services.parts, reader=reader) == {}


def test_a_helper_begins_with_any_part_that_nobody_has(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        reader = bench.services.reader(bench.policy)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with bench.services.parts.claim(batch.id, holder="other", seconds=60):
                done = read_parts(batch.id, parts=bench.services.parts, reader=reader)
            assert set(done) == set(numbers(bench, batch.id)) - {1}
            yield

        in_parts(bench, papers, share)


def test_a_helper_that_reads_otherwise_reads_nothing(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        other = bench.services.reader(replace(bench.policy, tools=Tools(read="reader 2", copy="copier 1")))

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with pytest.raises(ReaderDiffers):
                read_parts(batch.id, parts=bench.services.parts, reader=other, on_page=note_page)
            yield

        in_parts(bench, papers, share)
    assert Counter(reads(tmp_path / "office")).most_common(1)[0][1] == 1


# --- how large parts are --------------------------------------------------------------------------------------------------


@given(pages=st.integers(0, 3000), most=st.integers(1, 64))
def test_parts_are_all_of_it_and_none_is_too_large(pages: int, most: int) -> None:
    sizes = list(part_sizes(pages, most=most))
    assert sum(sizes) == pages
    assert sizes == sorted(sizes, reverse=True)
    assert all(0 < each <= most for each in sizes)
    assert all(each >= min(4, most) for each in sizes[:-1])


@pytest.mark.parametrize(
    ("machines", "pages"), [(2, 300), (2, 1000), (3, 300), (4, 1000)]
)  # of a machine that begins ten pages later than the first
def test_machines_end_together(machines: int, pages: int) -> None:
    """Play it through: who is free takes the next part; a page takes one unit of time."""
    free = [0.0, *[10.0] * (machines - 1)]
    for size in part_sizes(pages, most=32):
        free.sort()
        free[0] += size
    assert max(free) - min(free) <= 4
