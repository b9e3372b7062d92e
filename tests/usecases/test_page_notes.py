"""What was found about a page reaches batch.json, and asks for a person where one has to look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.document import DocumentState
from pipeline.domain.page import PageState, RecognisedPage
from pipeline.domain.page_notes import needs_look, notes_of
from pipeline.usecases.batch_json import batch_json
from tests.usecases.bench import open_bench, picture, read


def _noting(*warnings: str) -> Any:  # noqa: ANN401 - what the bench calls a reader
    def noting(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        page = read(task)
        words = tuple(replace(word, confidence=0.99) for line in page.lines for word in line.words)
        return replace(page, lines=(replace(page.lines[0], words=words),), confidence=0.99, warnings=warnings)

    return noting


@pytest.mark.parametrize(
    ("warnings", "asks"),
    [(("orientation_unsure",), True), (("scan_again", "cut_off", "blurred"), True), (("bilevel",), False), ((), False)],
)
def test_notes_reach_the_file_and_the_clerk(
    tmp_path: Path, scans: Path, warnings: tuple[str, ...], *, asks: bool
) -> None:
    picture(scans / "a.png")
    with open_bench(tmp_path, reader=_noting(*warnings)) as bench:
        batch = bench.digitize(scans)
        newest = {each.understood.id: each.copy for each in batch.documents}
        (page,) = batch_json(batch, newest=newest)["pages"]
        assert page["state"] == "kept"
        assert page["reason"] == (",".join(warnings) or None)
        assert notes_of(batch.pages[0]) == warnings
        assert needs_look(batch.pages[0]) is asks
        if asks:
            assert [each.understood.state for each in batch.documents] == [DocumentState.NEEDS_REVIEW]
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
