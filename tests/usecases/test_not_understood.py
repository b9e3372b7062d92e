"""A paper whose text no rule foresaw ends by name, alone: its batch goes on, and no log quotes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, PageRef, PageState, RecognisedPage, Word
from pipeline.domain.source import SourceState
from pipeline.understand import cutting, secrecy, understand
from pipeline.usecases import read_pages
from tests.usecases.bench import Bench, pdf, read

NATION = Box(5, 5, 55, 9)
NAME = ("CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM")
HEAD = Line(tuple(Word(word, NATION, 0.9) for word in NAME), NATION)
"""where a paper begins"""
TRAP = "bẫy"
SECRET_NAME = "Trần Văn Mẫu"


def _reader(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
    page = read(task)
    trap = (Line((Word(TRAP, Box(5, 16, 30, 22), 0.9),), Box(5, 16, 30, 22)),) if task.ref.source == "b.pdf" else ()
    return replace(page, lines=(HEAD, *page.lines, *trap))


def _trapped(rule: Callable[..., object]) -> Callable[..., object]:
    """Return a rule of reading that has a fault of which nobody knows."""

    def faulty(*given: Any, **named: Any) -> object:  # noqa: ANN401 - whatever the rule takes
        if TRAP in str(given):
            raise ValueError(f"invalid literal: {SECRET_NAME}")
        return rule(*given, **named)

    return faulty


@pytest.mark.parametrize(
    ("module", "rule"),
    [
        (understand, "classify"),
        (understand, "_readings"),
        (secrecy, "_on"),
        (cutting, "printed_page_number"),
        (cutting, "dossier_sign"),
        (cutting, "card_side"),
    ],
)
def test_a_rule_that_fails_costs_the_paper_on_which_it_does(
    bench: Bench,
    scans: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    module: object,
    rule: str,
) -> None:
    for name in "abc":
        pdf(scans / f"{name}.pdf", mark=name)
    bench.workers.instead["_read"] = _reader
    monkeypatch.setattr(module, rule, _trapped(getattr(module, rule)))

    with caplog.at_level(logging.ERROR):
        batch = bench.digitize(scans)

    assert [(page.ref.source, page.state, page.reason) for page in batch.pages] == [
        ("a.pdf", PageState.KEPT, None),
        ("b.pdf", PageState.FAILED, "paper.not_understood"),
        ("c.pdf", PageState.KEPT, None),
    ]
    assert [source.state for source in batch.sources] == [
        SourceState.DIGITIZED,
        SourceState.REFUSED,
        SourceState.DIGITIZED,
    ]
    assert [paper.understood.pages[0].source for paper in batch.documents] == ["a.pdf", "c.pdf"]
    assert "ValueError" in caplog.text
    assert "in faulty" in caplog.text, "where it happened is told"
    assert SECRET_NAME not in caplog.text
    assert TRAP not in caplog.text


@pytest.mark.parametrize("rule", ["beginning", "lacks_first_page"])
def test_a_page_of_which_nobody_knows_whether_it_begins_a_paper_is_one_of_its_own(
    bench: Bench, scans: Path, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    for name in "abc":
        pdf(scans / f"{name}.pdf", mark=name)
    bench.workers.instead["_read"] = _reader
    monkeypatch.setattr(cutting, rule, _trapped(getattr(cutting, rule)))
    batch = bench.digitize(scans)
    assert [page.state for page in batch.pages] == [PageState.KEPT] * 3
    assert [paper.understood.pages[0].source for paper in batch.documents] == ["a.pdf", "b.pdf", "c.pdf"]


def test_a_machine_that_fails_is_no_fault_of_the_papers(
    bench: Bench, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    pdf(scans / "a.pdf")
    bench.workers.instead["_read"] = _reader
    monkeypatch.setattr(understand, "classify", full)
    with pytest.raises(OSError, match="No space"):
        bench.digitize(scans)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"lines": (Line((Word("\ud83d", NATION, 0.9),), NATION),)},
        {"lines": (Line((Word("a", NATION, float("nan")),), NATION),)},
        {"width": float("inf")},
    ],
    ids=["half a character", "no number", "no end"],
)
def test_a_reading_that_cannot_be_kept_is_an_error_where_it_was_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoilt: dict[str, Any]
) -> None:
    task = read_pages._Read(tmp_path, "application/pdf", PageRef("a.pdf", 1), None, None)  # type: ignore[arg-type]
    monkeypatch.setattr(read_pages, "read_page", lambda *_, **__: replace(read(task), **spoilt))
    with pytest.raises(ValueError, match=r".+"):
        read_pages._read(task)
