"""Several questions to a store at once: a distant one answers each after some hundredths of a second, in which there is nothing else to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AT_ONCE = 4

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def at_once(ask: Callable[[_Item], _Answer], items: Iterable[_Item]) -> list[_Answer]:
    """Return the answers in the order of `items`; of several errors the one that comes first in it is raised."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, items))
