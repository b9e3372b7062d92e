"""Machines that help and cannot: nothing that they have no room or no strength for is given up for good."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import (
    DamagedSource,
    ReaderCrashed,
    SohoaError,
    SourceTooSlow,
    ToolFailed,
)
from pipeline.domain.page import PageState, RecognisedPage
from pipeline.domain.part import PartState
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.read_parts import read_parts
from tests.usecases.bench import read
from tests.usecases.part_office import helping, in_parts, lay_papers, office, undisturbed
from tests.usecases.part_reader import holder, reads


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return lay_papers(tmp_path / "papers")


@pytest.mark.parametrize("error", [ToolFailed(tool="tesseract"), ReaderCrashed(exit_code=-9), SourceTooSlow()])
def test_a_machine_on_which_nothing_can_be_read_is_sent_away(tmp_path: Path, papers: Path, error: SohoaError) -> None:
    """It fails faster than others read: it would get most parts, and their pages would have failed for good."""
    tried: list[object] = []

    def sick(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        tried.append(task.ref)
        raise error

    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            with pytest.raises(ToolFailed, match="none of 4 pages"):
                read_parts(batch.id, parts=bench.services.parts, reader=helping(bench, sick), on_page=note_page)
            assert 0 < len(tried) <= 4
            assert {(each.state, each.holder) for each in bench.services.parts.standing(batch.id)} == {
                (PartState.OPEN, "")
            }
            yield

        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)


@pytest.mark.parametrize("error", [ToolFailed(tool="tesseract"), ReaderCrashed(exit_code=-9), SourceTooSlow()])
def test_what_another_machine_could_not_read_is_read_once_more(tmp_path: Path, papers: Path, error: SohoaError) -> None:
    def sickening(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        if task.ref.source == "a.pdf" and task.ref.number < 4:
            return read(task)
        raise error

    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            reader = helping(bench, sickening)
            assert len(read_parts(batch.id, parts=bench.services.parts, reader=reader, on_page=note_page)) == 4
            assert sum(len(each.failed) for each in bench.services.parts.standing(batch.id)) == 11
            yield

        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)
    assert len(reads(tmp_path / "office")) == 11


def test_what_another_machine_found_damaged_is_not_tried_again(tmp_path: Path, papers: Path) -> None:
    def honest(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        if task.ref.number == 3:
            raise DamagedSource
        return read(task)

    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            read_parts(batch.id, parts=bench.services.parts, reader=helping(bench, honest), on_page=note_page)
            yield

        digitized = in_parts(bench, papers, share)
    assert reads(tmp_path / "office") == []
    assert [page.reason for page in digitized.pages if page.state is PageState.FAILED] == [DamagedSource.code] * 2


def test_a_machine_without_room_takes_no_further_part(tmp_path: Path, papers: Path) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        room = iter([True, True, False])

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            reader = helping(bench, read)
            short = replace(reader, holder=replace(reader.holder, has_room=lambda: next(room)))
            assert list(read_parts(batch.id, parts=bench.services.parts, reader=short, on_page=note_page)) == [1, 2]
            yield

        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)
    assert len(reads(tmp_path / "office")) == 14 - 8


def test_who_has_no_room_leaves_parts_to_others_and_finishes_alone_what_nobody_reads(
    tmp_path: Path, papers: Path
) -> None:
    with office(tmp_path / "office") as bench:
        batch = bench.receive(papers)
        others = contextlib.ExitStack()
        waited: list[int] = []

        def wait(_: float) -> None:
            """Have somebody else read the first part after a long time, and go away."""
            waited.append(len(reads(tmp_path / "office")))
            if len(waited) == 100:
                others.close()
                reader = helping(bench, read)
                read_parts(
                    batch.id,
                    parts=bench.services.parts,
                    reader=replace(reader, holder=replace(reader.holder, has_room=iter([True, False]).__next__)),
                )

        bench.services = replace(bench.services, holder=replace(holder("the first"), wait=wait, has_room=lambda: False))

        @contextlib.contextmanager
        def share() -> Iterator[None]:
            others.enter_context(bench.services.parts.claim(batch.id, holder="other", seconds=60))
            yield

        assert in_parts(bench, papers, share) == undisturbed(tmp_path, papers)
    assert set(waited) == {0}
    assert len(waited) == 100 + 1 + 60  # at the first look behind it something is done
    assert len(reads(tmp_path / "office")) == 14 - 4
