"""Objects that say nothing to whoever takes the disk or the bucket: sealed before they reach the store that keeps them.

The sealed bytes are objects of the inner store, named by the digest of what is sealed: whether they are whole can be
checked without any key, and their names tell nothing. Which of them stands for which object, and its data key wrapped by a
master key, are rows of the records; the master keys are in a file apart from both.

What was kept before encryption was switched on stays as it is and readable.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from pipeline.domain.errors import MasterKeyMissing, ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore, StoredObject
from storage.checked import CHUNK, checked_reader
from storage.master_keys import MasterKeys
from storage.sealed_sql import SealedNames, SealedObject
from storage.sealing import KEY_SIZE, Cipher, cipher_of, opened_range, opening, sealing


class EncryptedObjects:
    """Implements `pipeline.ports.ObjectStore` over another store.

    `scratch` is a folder for the plain files that `local` lends: each is removed when its context ends.
    """

    def __init__(
        self,
        inner: ObjectStore,
        *,
        names: SealedNames,
        keys: MasterKeys,
        random_bytes: Callable[[int], bytes],
        scratch: Path | None = None,
    ) -> None:
        self._inner = inner
        self._names = names
        self._keys = keys
        self._random_bytes = random_bytes
        self._scratch = None if scratch is None else str(scratch)

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Keep the bytes of `stream` sealed, under a new data key.

        A stream that can be read twice is hashed first: what is there is not sealed again. Of two who put the same at
        once one is first; the other's sealed object stands for nothing, and goes with the next sweep.
        """
        if stream.seekable():
            start = stream.tell()
            known = self._kept(area, _digest(stream))
            if known is not None:
                self._make_young(area, known.sha256)
                return known
            stream.seek(start)
        return self._seal(area, stream)

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; every chunk and the digest of all are checked on the way.

        Raises:
            MasterKeyMissing: the key file lacks the master key of this object.
        """
        name = self._names.find(area, sha256)
        if name is None:
            with self._inner.open(area, sha256) as stream:
                yield stream
            return
        cipher = self._cipher(name)
        with _naming(name), self._inner.open(area, name.sealed_sha256) as sealed:
            pieces = opening(sealed, cipher, size=name.size)

            def read(size: int) -> bytes:
                with _naming(name):
                    return pieces(size)

            with checked_reader(read, size=name.size, area=area, sha256=sha256) as stream:
                yield stream

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        """Yield a plain, checked file in the scratch folder, which is removed at the end."""
        if self._names.find(area, sha256) is None:
            with self._inner.local(area, sha256) as kept:
                yield kept
            return
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="sohoa-") as folder:
            path = Path(folder, sha256)
            with self.open(area, sha256) as stream, path.open("wb") as file:
                while piece := stream.read(CHUNK):
                    file.write(piece)
            path.chmod(0o400)
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Say whether the object is there, sealed or as it was kept before; whether its key is there is not asked."""
        name = self._names.find(area, sha256)
        return self._inner.has(area, sha256 if name is None else name.sealed_sha256)

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Open the chunks that hold the part. Each is authenticated: a part of a sealed object is checked after all."""
        name = self._names.find(area, sha256)
        if name is None:
            return self._inner.part(area, sha256, start=start, length=length)

        def sealed(first: int, count: int) -> bytes:
            return self._inner.part(area, name.sealed_sha256, start=first, length=count)

        with _naming(name):
            piece = opened_range(sealed, self._cipher(name), size=name.size, start=start, length=length)
        if len(piece) != length:
            raise ObjectAltered(area=area.value, sha256=sha256)
        return piece

    def _kept(self, area: Area, plain: StoredObject) -> StoredObject | None:
        """Return an object that is there and can be read."""
        name = self._names.find(area, plain.sha256)
        if name is None:
            return plain if self._inner.has(area, plain.sha256) else None
        return plain if self._readable(name) else None

    def _make_young(self, area: Area, sha256: ContentHash) -> None:
        """Put the sealed bytes of an incoming object again: it expires by when it was put last."""
        name = self._names.find(area, sha256) if area is Area.INCOMING else None
        if name is not None:
            with _naming(name), self._inner.open(area, name.sealed_sha256) as sealed:
                self._inner.put(area, sealed)

    def _readable(self, name: SealedObject) -> bool:
        try:
            self._cipher(name)
        except MasterKeyMissing:
            return False
        return self._inner.has(name.area, name.sealed_sha256)

    def _seal(self, area: Area, stream: BinaryIO) -> StoredObject:
        data_key = self._random_bytes(KEY_SIZE)
        plain = _Hashing(stream)
        sealed = self._inner.put(area, sealing(plain.read, cipher_of(data_key)))
        key, wrapped = self._keys.wrap(data_key)
        stored = plain.so_far()
        new = SealedObject(
            area=area,
            sha256=stored.sha256,
            sealed_sha256=sealed.sha256,
            size=stored.size,
            key=key,
            wrapped_key=wrapped,
        )
        if not self._names.add(new):
            there = self._names.find(area, stored.sha256)
            if there is not None and not self._readable(there):
                # lost or unreadable: these bytes are the cure
                self._names.add(new, instead_of=there.sealed_sha256)
        return stored

    def _cipher(self, name: SealedObject) -> Cipher:
        try:
            return cipher_of(self._keys.unwrap(name.key, name.wrapped_key))
        except InvalidUnwrap as error:
            raise MasterKeyMissing(area=name.area.value, sha256=name.sha256, key=name.key) from error


class _Hashing:
    """Reads a stream and knows the digest of what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._size = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._digest.update(piece)
        self._size += len(piece)
        return piece

    def so_far(self) -> StoredObject:
        return StoredObject(sha256=ContentHash(self._digest.hexdigest()), size=self._size)


def _digest(stream: BinaryIO) -> StoredObject:
    hashing = _Hashing(stream)
    while hashing.read(CHUNK):
        pass
    return hashing.so_far()


@contextlib.contextmanager
def _naming(name: SealedObject) -> Iterator[None]:
    """Name the object that was asked for, and with it the one in which the fault is."""
    area, sha256, sealed = name.area.value, name.sha256, name.sealed_sha256
    try:
        yield
    except ObjectMissing as error:
        if error.details.get("sha256") != sealed:
            raise
        raise ObjectMissing(area=area, sha256=sha256, sealed=sealed) from error
    except (ObjectAltered, InvalidTag) as error:
        raise ObjectAltered(area=area, sha256=sha256, sealed=sealed) from error
