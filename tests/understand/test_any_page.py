"""Whatever a page says and wherever: it is cut, understood and written down, without an error that nobody foresaw."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.assemble.text import document_text
from pipeline.domain.page import PageState, RecognisedPage
from pipeline.understand.corroborate import SignatureTrace
from pipeline.understand.separate import separate
from pipeline.understand.understand import understand
from pipeline.values import to_json, writable
from tests.understand.any_page import any_pages
from tests.understand.papers import BATCH, POLICY, catalogue, line, page

_TRACES = st.lists(
    st.builds(SignatureTrace, st.text(max_size=20), st.datetimes(timezones=st.just(dt.UTC)) | st.none()), max_size=2
)


def _is_writable(read: RecognisedPage) -> bool:
    with contextlib.suppress(ValueError):
        writable(read)
        return True
    return False


def go_through(pages: Sequence[RecognisedPage], traces: Sequence[SignatureTrace]) -> None:
    """Cut pages into papers and understand each; of what can be written down the end can be as well."""
    cut = separate(pages, batch=BATCH, catalogue=catalogue(), given=None, hints={}, signed=())
    assert [each.ref for each in cut.pages if each.state is PageState.FAILED] == [], (
        "a rule met what it did not foresee"
    )
    assert {ref for paper in cut.documents for ref in paper.pages} == {
        each.ref for each in cut.pages if each.state is PageState.KEPT
    }
    by_ref = {each.ref: each for each in pages}
    for paper in cut.documents:
        own = [by_ref[ref] for ref in paper.pages]
        understood = understand(paper, own, catalogue=catalogue(), policy=POLICY, signatures=traces)
        text = document_text(own)
        if all(map(_is_writable, own)):
            to_json(understood)
            text.encode()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.tuples(any_pages(number=1), any_pages(number=2), any_pages(source="b.pdf")), _TRACES)
def test_any_pages_are_understood(pages: Sequence[RecognisedPage], traces: Sequence[SignatureTrace]) -> None:
    go_through(pages, traces)


def test_a_title_at_the_edge_of_the_page_is_no_fault() -> None:
    for left in (-40.0, 0.0, 560.0, 700.0):
        go_through([page([line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", left, 40), line("QUYẾT ĐỊNH", 100, 130)])], [])
