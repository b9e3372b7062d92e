"""What holds for each batch with hostile files in it, whatever they are."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.every_error import all_errors
from pipeline.domain.page import PageState
from pipeline.domain.source import SourceState
from tests.hostile.batches import MEMORY_MIB, Watched

_OWN_BYTES = 400 << 20
"""by which the process that runs the batch may grow: it opens none of the files"""


def good_files_are_whole(batch: DigitizedBatch, expected: Mapping[str, PageState]) -> None:
    """Check that each page of the good files was read, and is in a copy unless it is blank or a separator."""
    ends = {source.name: source.state for source in batch.sources if source.name in expected}
    assert ends == dict.fromkeys(expected, SourceState.DIGITIZED), ends
    lost = [page for page in batch.pages if page.ref.source in expected and page.state is PageState.FAILED]
    assert lost == [], lost
    copied = {ref for each in batch.documents for ref in each.understood.pages}
    kept = {page.ref for page in batch.pages if page.ref.source in expected and page.state is PageState.KEPT}
    assert kept <= copied, kept - copied


def every_page_is_accounted_for(batch: DigitizedBatch) -> None:
    """Check that each source has as many pages as were counted, and each that failed says why."""
    codes = {error.code for error in all_errors()}
    for source in batch.sources:
        pages = [page for page in batch.pages if page.ref.source == source.name]
        assert len(pages) == source.pages, source
        if source.state is SourceState.REFUSED:
            assert source.error in codes, source
            assert {page.state for page in pages} <= {PageState.FAILED}, source
    assert all(page.reason in codes for page in batch.pages if page.state is PageState.FAILED)


def limits_were_kept(watched: Watched) -> None:
    """Check that no process had more memory than it may, and that none is left."""
    assert watched.largest <= MEMORY_MIB << 20, watched
    assert watched.own - watched.own_before <= _OWN_BYTES, watched
    assert watched.left == [], watched
