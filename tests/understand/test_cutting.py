"""A stack that is cut page after page: what is settled stays, and is known as soon as it can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.document import SeparatedDocument
from pipeline.domain.ids import SourceName
from pipeline.domain.page import RecognisedPage
from pipeline.understand.cutting import Cutting
from tests.understand.papers import BATCH, MIDDLE, body, centred, page, qr
from tests.understand.stacks import ONE, TWO, TYPES, blank, cut, first, further, receipt

PAGES = {
    "first": lambda number, source: first(number, source=source),
    "second": lambda number, source: further(number, source=source),
    "third": lambda number, source: further(number, 3, source=source),
    "blank": lambda number, source: blank(number, source=source),
    "receipt": lambda number, source: receipt(ONE, number=number, source=source),
    "other receipt": lambda number, source: receipt(TWO, number=number, source=source),
    "separator": lambda number, source: page([], number=number, source=source, codes=[qr(TWO)]),
    "plain": lambda number, source: page(body(80), number=number, source=source),
    "title": lambda number, source: page([centred("BÁO CÁO", MIDDLE, 100), *body(150)], number=number, source=source),
    "first of three": lambda number, source: page(
        [*body(80), centred("Trang 1/3", MIDDLE, 800, size=11)], number=number, source=source
    ),
}
SOURCES = st.lists(
    st.tuples(
        st.sampled_from(["{}.pdf", f"{ONE} {{}}.pdf", f"{TWO} {{}}.pdf"]),
        st.lists(st.sampled_from([*PAGES]), min_size=1, max_size=5),
    ),
    max_size=4,
)


def stack(sources: Sequence[tuple[str, Sequence[str]]]) -> list[RecognisedPage]:
    return [
        PAGES[kind](number, name.format(at))
        for at, (name, kinds) in enumerate(sources)
        for number, kind in enumerate(kinds, start=1)
    ]


def begun(pages: Sequence[RecognisedPage], signed: Collection[str] = ()) -> Cutting:
    return Cutting(
        dict.fromkeys(each.ref.source for each in pages).keys(),
        batch=BATCH,
        catalogue=TYPES,
        given=None,
        hints={},
        signed=[SourceName(name) for name in signed],
    )


def settled(cutting: Cutting) -> tuple[SeparatedDocument, ...]:
    return cutting.papers(0, cutting.settled)


@settings(max_examples=60, deadline=None)
@given(SOURCES, st.sets(st.integers(0, 3)))
def test_what_is_settled_is_what_comes_out_in_the_end(
    sources: list[tuple[str, list[str]]], signed_places: set[int]
) -> None:
    pages = stack(sources)
    signed = {name.format(at) for at, (name, _) in enumerate(sources) if at in signed_places}
    whole = cut(pages, signed=signed).documents
    cutting, known = begun(pages, signed), 0
    for place, each in enumerate(pages):
        cutting.take(each)
        if place + 1 == len(pages) or pages[place + 1].ref.source != each.ref.source:
            cutting.end_source()
        now = settled(cutting)
        assert len(now) >= known
        assert now == whole[: len(now)]
        known = len(now)
    assert cutting.papers() == whole
    assert known >= len(whole) - 1


def test_a_paper_is_settled_when_the_page_behind_the_next_first_one_is_known() -> None:
    pages = [first(1), further(2), first(3), further(4)]
    cutting = begun(pages)
    after = []
    for each in pages:
        cutting.take(each)
        after.append(cutting.settled)
    # the second page of the other paper tells that what is before it is not page 2 of anything
    assert after == [0, 0, 0, 1]
    assert [ref.number for ref in settled(cutting)[0].pages] == [1, 2]


def test_the_end_of_a_source_tells_as_much_as_a_further_page() -> None:
    pages = [first(1, source="a.jpg"), first(1, source="b.jpg")]
    cutting = begun(pages)
    cutting.take(pages[0])
    cutting.end_source()
    cutting.take(pages[1])
    assert cutting.settled == 0
    cutting.end_source()
    assert cutting.settled == 1


def test_a_separator_settles_what_is_before_it_at_once() -> None:
    pages = [first(1), page([], number=2, codes=[qr(TWO)]), first(3)]
    cutting = begun(pages)
    cutting.take(pages[0])
    cutting.take(pages[1])
    cutting.end_source()
    assert [[ref.number for ref in each.pages] for each in settled(cutting)] == [[1]]
