"""Many small files in one object, of which each can be read alone: an uncompressed ZIP, which any tool opens.

Stores are slow with many small objects and cannot list them quickly. Of a pack, one member costs three short reads. The same
members in the same order give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""the first moment that a ZIP can name: a pack's bytes depend on its members alone"""
_READ_ONLY: Final = 0o100444 << 16
"""a plain file that nobody may write to (APPNOTE.TXT 4.4.15, upper half: Unix mode)"""
_UNIX: Final = 3
_AT_ONCE: Final = 64 << 10
"""bytes asked of the store at a time: the list of 500 members, or a small member, in one go"""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that is kept in the derived area."""

    sha256: ContentHash
    size: int
    """bytes"""


def write_pack(members: Iterable[tuple[str, Path]], target: Path) -> None:
    """Write files under their names, in order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, file in members:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _READ_ONLY
            archive.writestr(entry, file.read_bytes())


def read_member(pack: Pack, name: str, *, objects: ObjectStore) -> bytes:
    """Return one member without reading the others. Its CRC-32 is checked: against accidents, not against forgers.

    Raises:
        KeyError: the pack has no such member.
        ObjectAltered: it is no such pack any more, or the member is not what was packed.
        ObjectMissing, StoreUnavailable, StoreRefused
    """
    try:
        with zipfile.ZipFile(io.BufferedReader(_Ranged(pack, objects), _AT_ONCE)) as archive:
            return archive.read(name)
    except zipfile.BadZipFile as error:
        raise ObjectAltered(area=Area.DERIVED.value, sha256=pack.sha256) from error


class _Ranged(io.RawIOBase):
    """A kept object as a file in which one can seek."""

    def __init__(self, pack: Pack, objects: ObjectStore) -> None:
        super().__init__()
        self._pack = pack
        self._objects = objects
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._pack.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed's Buffer is not importable in 3.11
        length = max(0, min(len(view), self._pack.size - self._at))
        if length:
            view[:length] = self._objects.part(Area.DERIVED, self._pack.sha256, start=self._at, length=length)
        self._at += length
        return length
