"""A paper with a degree of secrecy stops there: no copy, nothing of its text kept for searching; all others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, PageState, RecognisedPage, Word
from pipeline.domain.source import SourceState
from pipeline.ports import Area
from pipeline.usecases.read_pages import _Read
from tests.usecases.bench import Bench, pdf, read

NATION = Box(5, 5, 55, 9)
NAME = ("CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM")
HEAD = Line(tuple(Word(word, NATION, 0.9) for word in NAME), NATION)
"""where a paper begins"""
STAMP = Box(5, 16, 30, 22)


def _stamped(name: str) -> Callable[[_Read], RecognisedPage]:
    def reader(task: _Read) -> RecognisedPage:
        stamp = (Line((Word("MẬT", STAMP, 0.9),), STAMP),) if task.ref.source == name else ()
        return replace(read(task), lines=(HEAD, *stamp))

    return reader


def test_no_copy_and_no_text_of_a_secret_paper(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", mark="plain")
    pdf(scans / "b.pdf", mark="secret")
    bench.workers.instead["_read"] = _stamped("b.pdf")

    batch = bench.digitize(scans)

    assert [(page.ref.source, page.state, page.reason, page.document is None) for page in batch.pages] == [
        ("a.pdf", PageState.KEPT, None, False),
        ("b.pdf", PageState.FAILED, "paper.secret", True),
    ]
    assert [(source.state, source.error) for source in batch.sources] == [
        (SourceState.DIGITIZED, None),
        (SourceState.REFUSED, "paper.secret"),
    ]
    (kept,) = batch.documents
    assert [ref.source for ref in kept.understood.pages] == ["a.pdf"]
    archived = {sha256 for area, sha256 in bench.objects.kept if area is Area.ARCHIVE}
    assert archived == {*(source.sha256 for source in batch.sources), kept.copy.sha256}, "originals, and one copy"
    assert all(each.documents == (kept.understood.id,) for each in batch.dossiers)


def test_what_was_read_on_a_secret_paper_is_removed(bench: Bench, scans: Path) -> None:
    pdf(scans / "a.pdf", mark="plain")
    pdf(scans / "b.pdf", mark="secret")
    bench.workers.instead["_read"] = _stamped("b.pdf")

    plain, secret = (source.sha256 for source in bench.digitize(scans).sources)

    derived = b"".join(data for (area, _), data in bench.objects.kept.items() if area is Area.DERIVED).decode()
    assert "MẬT" not in derived
    readings = [
        [key for key in bench.services.traces.about([each]) if key.startswith("read-")] for each in (plain, secret)
    ]
    assert [len(each) for each in readings] == [1, 0]
