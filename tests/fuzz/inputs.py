"""What targets are given: anything, and seeds that are cut, joined, doubled and changed in places."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from tests.fuzz.targets import CORPUS, TARGETS


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Return the seeds of a target."""
    return tuple(file.read_bytes() for file in sorted((CORPUS / name).glob("*")))


def inputs(name: str) -> st.SearchStrategy[bytes]:
    """Return what a target is given."""
    anything = st.text(max_size=300).map(str.encode) if TARGETS[name].text else st.binary(max_size=300)
    known = seeds(name)
    return st.one_of(anything, _changed(st.sampled_from(known), anything)) if known else anything


@st.composite
def _changed(draw: st.DrawFn, seed: st.SearchStrategy[bytes], anything: st.SearchStrategy[bytes]) -> bytes:
    data = draw(seed)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        put = draw(st.one_of(anything, st.just(b""), st.just(data[start:end] * 2), seed))
        data = (data[:start] + put + data[end:])[: 1 << 16]
    return data
