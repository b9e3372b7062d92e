"""An object store in memory that behaves as the real ones do; run under the same contract suite."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import ObjectMissing
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.ports import Area, StoredObject
from storage.checked import CHUNK, checked_reader


class MemoryObjects:
    """Implements `pipeline.ports.ObjectStore`; `kept` may be looked at and tampered with."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Area, ContentHash], bytes] = {}

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        data = b"".join(iter(lambda: stream.read(CHUNK), b""))
        sha256 = content_hash(data)
        self.kept.setdefault((area, sha256), data)
        return StoredObject(sha256=sha256, size=len(data))

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        if (area, sha256) not in self.kept:
            raise ObjectMissing(area=area.value, sha256=sha256)
        data = self.kept[area, sha256]
        with checked_reader(io.BytesIO(data).read, size=len(data), area=area, sha256=sha256) as stream:
            yield stream

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        with self.open(area, sha256) as stream, tempfile.TemporaryDirectory() as folder:
            path = Path(folder, sha256)
            path.write_bytes(stream.read())
            path.chmod(0o400)
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        return (area, sha256) in self.kept
