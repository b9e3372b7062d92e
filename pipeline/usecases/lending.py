"""Files of the store for tasks that want a path, each there only while a task needs it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore


class LentFiles:
    """Lends archived objects as local files, from the first task that wants one to the end of the last.

    With a store on another machine a file is a download: a batch of thousands of sources must not lie on the local disk
    as a whole. Everything still lent is given back when the `with` ends.
    """

    def __init__(self, objects: ObjectStore, wanted: Iterable[ContentHash] = (), *, spared: int = 0) -> None:
        """Take note of how often each object will be lent: once for every time it is named in `wanted`.

        Of those that nobody wants any more the last `spared` stay: whoever reads a file in parts wants it again.
        """
        self._objects = objects
        self._left = Counter(wanted)
        self._open: dict[ContentHash, tuple[contextlib.ExitStack, Path]] = {}
        self._spared = spared
        self._unwanted: list[ContentHash] = []
        """that lie here nevertheless, the last at the end"""

    def expect(self, wanted: Iterable[ContentHash]) -> None:
        """Take note of further objects that will be lent."""
        self._left.update(wanted)

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what is still lent."""
        with contextlib.ExitStack() as all_files:
            for files, _ in self._open.values():
                all_files.push(files)
            self._open.clear()

    def path(self, sha256: ContentHash) -> Path:
        """Return the local file of an object, fetched when it is not there yet.

        Raises:
            ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
        """
        if sha256 in self._unwanted:
            self._unwanted.remove(sha256)
        if sha256 not in self._open:
            with contextlib.ExitStack() as files:
                path = files.enter_context(self._objects.local(Area.ARCHIVE, sha256))
                self._open[sha256] = files.pop_all(), path
        return self._open[sha256][1]

    def done(self, sha256: ContentHash) -> None:
        """Note that one task is through with an object; after the last one its file goes."""
        self._left[sha256] -= 1
        if self._left[sha256] <= 0 and sha256 in self._open and sha256 not in self._unwanted:
            self._unwanted.append(sha256)
        while len(self._unwanted) > self._spared:
            files, _ = self._open.pop(self._unwanted.pop(0))
            files.close()
