"""Care for the objects of a folder: lists, locks, tags, removal.

What is locked is not removed by this program; whoever administers the folder can remove anything, so it is not write-once
storage.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectAltered, ObjectLocked, ObjectMissing, StoreLacks, StoreRefused
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept, check_tags
from pipeline.ports import Area
from pipeline.values import from_json, to_json
from storage.folder_layout import (
    alone,
    folder_errors,
    make_durable_folders,
    marks_path,
    object_path,
    seconds_now,
    sweep_unfinished,
    sync_folder,
    write_durably,
)

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_UNLOCKED: Final = Lock()


@dataclass(frozen=True, slots=True)
class _Marks:
    lock: Lock = _UNLOCKED
    tags: Mapping[str, str] = field(default_factory=dict)


class FolderKeeper:
    """Implements `pipeline.object_ports.ObjectCare` for a folder that `storage.objects_folder.FolderObjects` writes.

    One process at a time locks, tags or removes; putting and reading go on meanwhile.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        """Walk through the folders in order; each is listed when the walk comes to it."""
        start = after or ""
        top = self._root / area.value / "sha256"
        for first in self._names(top, start[:2]):
            for second in self._names(top / first, start[2:4] if first == start[:2] else ""):
                for name in self._names(top / first / second, start):
                    if name > start and _HASH.fullmatch(name) and name.startswith(first + second):
                        with contextlib.suppress(ObjectMissing):  # removed since it was listed
                            yield self.stat(area, ContentHash(name))

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        """Look at the object's file."""
        path = object_path(self._root, area, sha256)
        with folder_errors(path):
            try:
                status = path.stat()
            except FileNotFoundError as error:
                raise ObjectMissing(area=area.value, sha256=sha256) from error
        return KeptObject(sha256=sha256, size=status.st_size, modified=_moment(status.st_mtime))

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        """Return the one state that a folder keeps."""
        try:
            kept = self.stat(area, sha256)
        except ObjectMissing:
            return ()
        return (ObjectVersion(id="", size=kept.size, modified=kept.modified, newest=True),)

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        """Remove the object and its marks, unless it is locked."""
        if version:
            return  # a folder has none of that name
        with contextlib.suppress(ObjectMissing), self._alone(area, sha256):
            self._unlink(area, sha256)

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        """Remove old files of both kinds; their age is told by the file system's clock."""
        with folder_errors(self._root):
            left = sweep_unfinished(self._root, older=unfinished.total_seconds())
        return Swept(unfinished=left, expired=sum(self._expire(each, incoming) for each in self.objects(Area.INCOMING)))

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        """Write the retention down beside the object."""
        with self._alone(area, sha256):
            marks = self._marks(area, sha256)
            if not marks.lock.allows(until, mode):
                raise marks.lock.error(area.value, sha256)
            self._write(area, sha256, replace(marks, lock=replace(marks.lock, until=until, mode=mode)))

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        """Write the hold down beside the object."""
        with self._alone(area, sha256):
            marks = self._marks(area, sha256)
            self._write(area, sha256, replace(marks, lock=replace(marks.lock, hold=on)))

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        """Read what is written beside the object."""
        self.stat(area, sha256)
        return self._marks(area, sha256).lock

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        """Write the tags down beside the object."""
        check_tags(tags)
        with self._alone(area, sha256):
            self._write(area, sha256, replace(self._marks(area, sha256), tags=dict(tags)))

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        """Read what is written beside the object."""
        self.stat(area, sha256)
        return self._marks(area, sha256).tags

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        """Give the object's file a second name: no byte is copied."""
        there = object_path(self._root, target, sha256)
        size = self.stat(source, sha256).size
        with folder_errors(there):
            make_durable_folders(there.parent)
            try:
                os.link(object_path(self._root, source, sha256), there)
            except FileExistsError:
                if there.stat().st_size != size:
                    raise ObjectAltered(area=target.value, sha256=sha256) from None
            except FileNotFoundError as error:
                raise ObjectMissing(area=source.value, sha256=sha256) from error
            sync_folder(there.parent)

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        """Refuse: nobody serves a folder."""
        raise StoreLacks(ability=Capability.PRESIGN.value, area=area.value, sha256=sha256, seconds=seconds, name=name)

    def _expire(self, listed: KeptObject, age: dt.timedelta) -> bool:
        """Remove an incoming object if it is as old as that; whoever puts it again makes it young."""
        with contextlib.suppress(ObjectMissing, ObjectLocked), self._alone(Area.INCOMING, listed.sha256):
            if self._now() - self.stat(Area.INCOMING, listed.sha256).modified > age:
                self._unlink(Area.INCOMING, listed.sha256)
                return True
        return False

    def _unlink(self, area: Area, sha256: ContentHash) -> None:
        """Remove the marks, then the file: where that is cut off between them, removing again removes the rest."""
        lock = self._marks(area, sha256).lock
        if lock.protects(self._now()):
            raise lock.error(area.value, sha256)
        for path in (marks_path(self._root, area, sha256), object_path(self._root, area, sha256)):
            with folder_errors(path), contextlib.suppress(FileNotFoundError):
                path.unlink()
                sync_folder(path.parent)

    def _now(self) -> dt.datetime:
        return _moment(seconds_now(self._root))

    def _names(self, folder: Path, start: str) -> Sequence[str]:
        with folder_errors(folder):
            try:
                return sorted(each.name for each in folder.iterdir() if each.name >= start)
            except (FileNotFoundError, NotADirectoryError):
                return ()

    @contextlib.contextmanager
    def _alone(self, area: Area, sha256: ContentHash) -> Iterator[None]:
        """Keep others from changing or removing the object meanwhile; it has to be there."""
        with folder_errors(self._root), alone(self._root):
            self.stat(area, sha256)
            yield

    def _marks(self, area: Area, sha256: ContentHash) -> _Marks:
        path = marks_path(self._root, area, sha256)
        with folder_errors(path):
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                return _Marks()
        try:
            return from_json(text, _Marks)
        except ValueError as error:
            # what cannot be read may be a lock
            raise StoreRefused(path=str(path), reason="marks_damaged") from error

    def _write(self, area: Area, sha256: ContentHash, marks: _Marks) -> None:
        path = marks_path(self._root, area, sha256)
        with folder_errors(path):
            write_durably(path, to_json(marks), root=self._root)


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
