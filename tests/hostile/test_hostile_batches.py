"""Hostile files within good batches: each ends as it should, nothing crashes or hangs, and every good file is digitized."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pytest

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.page_notes import ActiveNote, notes_of
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.imaging.pdf_active import active_content
from pipeline.specimens.batch import write_batch
from tests.hostile.archives import OPENED, archives
from tests.hostile.batches import Watched, digitize, watching
from tests.hostile.costs import costs
from tests.hostile.drawings import drawings
from tests.hostile.holding import every_page_is_accounted_for, good_files_are_whole, limits_were_kept
from tests.hostile.making import PAGES, Hostile
from tests.hostile.naming import MEMBERS, NAMES, write_badly_named
from tests.hostile.pictures import pictures
from tests.hostile.structures import structures
from tests.usecases.bench import open_bench

pytestmark = [pytest.mark.tools, pytest.mark.slow]


def _run(tmp_path: Path, files: Sequence[Hostile]) -> tuple[DigitizedBatch, Watched]:
    """Digitize hostile files between those of a good batch; check what holds for each batch."""
    folder = tmp_path / "lo"
    truth = write_batch(folder, seed=4, dossiers=1, dpi=120)
    for each in files:
        each.write(folder)
    with watching() as watched:
        batch = digitize([folder], tmp_path / "home")
    good_files_are_whole(batch, {page.ref.source: page.state for page in truth.pages})
    every_page_is_accounted_for(batch)
    limits_were_kept(watched)
    return batch, watched


def _end(source: SourceOutcome) -> str:
    if source.state is SourceState.REFUSED:
        return str(source.error)
    return OPENED if source.media_type is MediaType.ZIP else PAGES


def _ended_otherwise(batch: DigitizedBatch, files: Sequence[Hostile]) -> dict[str, str]:
    ends = {str(source.name): _end(source) for source in batch.sources}
    return {each.name: ends[each.name] for each in files if ends[each.name] not in each.ends}


ALL = (*structures(), *drawings(), *pictures(), *archives())


def test_hostile_files_end_as_they_should(tmp_path: Path) -> None:
    quick = [each for each in ALL if not each.heavy]
    batch, _ = _run(tmp_path, quick)
    assert _ended_otherwise(batch, quick) == {}


@pytest.mark.long
def test_files_that_cost_end_as_they_should(tmp_path: Path) -> None:
    files = [each for each in costs() if not each.heavy]
    batch, _ = _run(tmp_path, files)
    assert _ended_otherwise(batch, files) == {}


@pytest.mark.long
@pytest.mark.parametrize("file", [each for each in (*ALL, *costs()) if each.heavy], ids=lambda each: each.name)
def test_heavy_files_end_as_they_should(tmp_path: Path, file: Hostile) -> None:
    batch, _ = _run(tmp_path, [file])
    assert _ended_otherwise(batch, [file]) == {}


def test_what_acts_is_told_and_not_copied(tmp_path: Path) -> None:
    acting = {
        "script.pdf": {ActiveNote.SCRIPT, ActiveNote.AUTOMATIC, ActiveNote.ADDRESS},
        "launch.pdf": {ActiveNote.LAUNCH, ActiveNote.AUTOMATIC, ActiveNote.ADDRESS},
        "sends data.pdf": {ActiveNote.SUBMISSION},
        "attachment.pdf": {ActiveNote.ATTACHMENT},
    }
    files = [each for each in structures() if each.name in acting]
    folder = tmp_path / "lo"
    for each in files:
        each.write(folder)
    batch = digitize([folder], tmp_path / "home")
    told = {page.ref.source: set(notes_of(page)) & set(map(str, ActiveNote)) for page in batch.pages}
    assert told == acting
    copies = [each.copy.sha256 for each in batch.documents]
    assert {ref.source for each in batch.documents for ref in each.understood.pages} == set(acting)
    for copy in copies:
        (file,) = (tmp_path / "home").rglob(copy)
        with pikepdf.open(file) as pdf:
            assert active_content(pdf) == (set(), True)


def test_bad_names_are_names_like_any_other(tmp_path: Path) -> None:
    files = write_badly_named(tmp_path / "lo")
    (tmp_path / "records").mkdir()
    with open_bench(tmp_path / "records") as bench:  # names are no matter of reading
        batch = bench.digitize(tmp_path / "lo")
    taken = [source for source in batch.sources if source.state is SourceState.DIGITIZED]
    # on the disk one name is a hidden file, within the archive too
    assert len(taken) == len(files) - 1 - 1 + 1 + len(MEMBERS) - 1
    assert len({source.name for source in batch.sources}) == len(batch.sources)
    for source in batch.sources:
        source.name.encode()  # no surrogates
        assert not {"..", ""} & set(source.name.split("/"))
    assert {each.name for each in tmp_path.iterdir()} == {"lo", "records"}
    assert len(NAMES) + 2 == len(files)


def _cut_off(file: Path, hundredth: int, suffix: str) -> Hostile:
    data = file.read_bytes()
    part = data[: len(data) * hundredth // 100]
    return Hostile(f"cut/{hundredth}{suffix}", lambda: part, frozenset({"source.truncated", "source.damaged"}))


@pytest.mark.long
def test_wherever_a_file_is_cut_off_it_ends_as_it_should(tmp_path: Path) -> None:
    """At every hundredth of its length; a picture and a paper of the good batch, and a page that is text."""
    folder = tmp_path / "whole"
    write_batch(folder, seed=4, dossiers=3, dpi=100)
    largest = {
        suffix: max(folder.rglob(f"*{suffix}"), key=lambda file: file.stat().st_size)
        for suffix in (".pdf", ".jpg", ".png", ".tif")
    }
    files = []
    for suffix, file in largest.items():
        files += [_cut_off(file, hundredth, suffix) for hundredth in range(1, 100)]
    batch, _ = _run(tmp_path, files)
    assert _ended_otherwise(batch, files) == {}


@pytest.mark.long
def test_a_file_of_five_gigabytes_without_any_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "lo"
    write_batch(folder, seed=4, dossiers=1, dpi=120)
    with (folder / "thua.pdf").open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(5_000_000_000)
    with watching() as watched:
        batch = digitize([folder], tmp_path / "home")
    assert {source.error for source in batch.sources if source.name == "thua.pdf"} == {"source.too_large"}
    limits_were_kept(watched)
