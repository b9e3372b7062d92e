"""What was found about a page reaches batch.json, and asks for a person where one has to look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.document import DocumentState
from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, PageState, RecognisedPage, Word
from pipeline.domain.page_notes import needs_look, notes_of
from pipeline.domain.signature import CopyVersion
from pipeline.understand.catalogue import load_types
from pipeline.usecases.batch_json import batch_json
from tests.usecases.bench import open_bench, picture, read

TYPE = """
code = "giay_trang"
title = "Giấy trắng"
family = "form"
titles = ["GIẤY TRẮNG"]
"""
"""a paper that says nothing, so that nothing about it is doubtful"""


def _noting(*warnings: str) -> Any:  # noqa: ANN401 - what the bench calls a reader
    def noting(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        box = Box(10, 30, 50, 34)
        lines = (Line((Word("GIẤY", box, 0.99), Word("TRẮNG", box, 0.99)), box),)
        return replace(read(task), lines=lines, confidence=0.99, warnings=warnings)

    return noting


@pytest.mark.parametrize(
    ("warnings", "asks"),
    [(("orientation_unsure",), True), (("scan_again", "cut_off", "blurred"), True), (("bilevel",), False), ((), False)],
)
def test_notes_reach_the_file_and_the_clerk(
    tmp_path: Path, scans: Path, warnings: tuple[str, ...], *, asks: bool
) -> None:
    picture(scans / "a.png")
    types = tmp_path / "types"
    types.mkdir()
    (types / "giay_trang.toml").write_text(TYPE, encoding="utf-8")
    with open_bench(tmp_path, reader=_noting(*warnings)) as bench:
        bench.services = replace(bench.services, catalogue=load_types(types))
        batch = bench.digitize(scans)
        newest = {
            each.understood.id: CopyVersion(
                number=1, sha256=each.copy.sha256, size=each.copy.size, created_at=batch.created_at
            )
            for each in batch.documents
        }
        (page,) = batch_json(batch, newest=newest)["pages"]
        assert page["state"] == "kept"
        assert page["reason"] == (",".join(warnings) or None)
        assert notes_of(batch.pages[0]) == warnings
        assert needs_look(batch.pages[0]) is asks
        expected = DocumentState.NEEDS_REVIEW if asks else DocumentState.DIGITIZED
        assert [each.understood.state for each in batch.documents] == [expected]
        assert bench.services.batches.load(batch.id) == batch


def test_other_reasons_are_no_notes(tmp_path: Path, scans: Path) -> None:
    picture(scans / "a.png")
    picture(scans / "b.png")
    with open_bench(tmp_path, reader=_noting("orientation_unsure")) as bench:
        batch = bench.digitize(scans)
    first, twin = batch.pages
    assert twin.reason is not None
    assert twin.reason.startswith("duplicate_of:")
    assert notes_of(twin) == ()
    failed = replace(first, state=PageState.FAILED, reason="source.damaged")
    assert notes_of(failed) == ()
    assert not needs_look(failed)
