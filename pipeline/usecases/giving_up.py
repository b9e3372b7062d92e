"""When the other pages of a file are not tried any more, because those before them cost all the time there is.

Each page has its limit, and a file may have thousands that are made to reach it: days of work for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from pipeline.domain.errors import ReaderCrashed, SourceTooSlow
from pipeline.domain.ids import ContentHash
from pipeline.domain.page import PageRef
from pipeline.domain.page_errors import PagesGivenUp
from pipeline.domain.source import InspectedSource

_IN_A_ROW = 3
_IN_ALL = 20
"""costly pages of a file; at the usual limit of a minute for each they took a third of an hour"""

_Item = TypeVar("_Item")


class Tried(Generic[_Item]):
    """Goes through items, each of a file, and leaves out those of files that were given up meanwhile.

    Costly is a page that takes too long or kills who reads it: 3 in a row, or 20 in all, and its file is given up.
    """

    def __init__(self, items: Sequence[tuple[ContentHash, _Item]], *, given_up: Collection[ContentHash] = ()) -> None:
        """Begin before the first item; of the files in `given_up` none is tried."""
        self._items = items
        self._given_up = set(given_up)
        self._in_a_row: Counter[ContentHash] = Counter()
        self._in_all: Counter[ContentHash] = Counter()
        self._begun: list[tuple[ContentHash, _Item]] = []
        self._left_out: list[tuple[ContentHash, _Item]] = []

    def __iter__(self) -> Iterator[_Item]:
        """Yield the items that are tried, as late as they are asked for."""
        for file, item in self._items:
            if file in self._given_up:
                self._left_out.append((file, item))
            else:
                self._begun.append((file, item))
                yield item

    def hear(self, index: int, result: object) -> tuple[ContentHash, _Item]:
        """Hear what came of the `index`th item that was yielded, and return it with its file."""
        file, item = self._begun[index]
        if _is_costly(result):
            self._in_a_row[file] += 1
            self._in_all[file] += 1
            if self._in_a_row[file] >= _IN_A_ROW or self._in_all[file] >= _IN_ALL:
                self._given_up.add(file)
        else:
            self._in_a_row[file] = 0
        return file, item

    def left_out(self) -> Iterable[tuple[ContentHash, _Item]]:
        """Return the items that were left out since this was last asked."""
        left, self._left_out = self._left_out, []
        return left


def files_given_up(sources: Sequence[InspectedSource], failed: Mapping[PageRef, str]) -> frozenset[ContentHash]:
    """Return the files of which pages were left out or too many were too slow, by the codes of the pages that failed."""
    names = {ref.source for ref, code in failed.items() if code == PagesGivenUp.code}
    slow = Counter(ref.source for ref, code in failed.items() if code == SourceTooSlow.code)
    names |= {name for name, count in slow.items() if count >= _IN_ALL}
    return frozenset(source.sha256 for source in sources if source.name in names)


def _is_costly(result: object) -> bool:
    """Say whether a page took all its time, or its process with it; an error that is raised comes soon and costs nothing."""
    if isinstance(result, ReaderCrashed):
        return "exit_code" in result.details
    return isinstance(result, SourceTooSlow)
