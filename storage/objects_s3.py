"""Objects on any S3 server, through the minio client. Keys: `<area>/sha256/ab/cd/<hash>`, as in the folder store.

A name is never written over: by a conditional put where the server was proved to know it, by looking first elsewhere. The
name is the digest of the bytes and is signed with the put, so the server refuses bytes that do not have it.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final

from minio.error import S3Error
from minio.sse import SseCustomerKey

from pipeline.domain.capability import Capability
from pipeline.domain.errors import BucketMissing, ObjectAltered, ObjectMissing, StoreRefused
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from storage.checked import CHUNK, checked_reader
from storage.s3_calls import ONLY_NEW
from storage.s3_client import MISSING, S3Access, s3_client, s3_errors
from storage.s3_parts import PART_SIZE, S3Sender
from storage.spool import Spool, spooled

_PRECONDITION_FAILED: Final = "PreconditionFailed"
_BUSY: Final = "ConditionalRequestConflict"
_NO_SUCH_RANGE: Final = "InvalidRange"
_PARTIAL_CONTENT: Final = 206


def object_key(area: Area, sha256: ContentHash) -> str:
    """Return the key of an object in its bucket."""
    return f"{area_prefix(area)}{sha256[:2]}/{sha256[2:4]}/{sha256}"


def area_prefix(area: Area) -> str:
    """Return what the keys of an area begin with."""
    return f"{area.value}/sha256/"


class S3Objects:
    """Implements `pipeline.ports.ObjectStore` in one bucket. `scratch` is a folder for files on their way.

    `proven` is what the server was seen to do (`storage.prove`); nothing else is relied upon.

    Raises (constructor):
        BadSettings: see `storage.s3_client.s3_client`.
    """

    def __init__(
        self, access: S3Access, *, proven: Collection[Capability] = frozenset(), scratch: Path | None = None
    ) -> None:
        self._access = access
        self._bucket = access.bucket
        self._only_new = Capability.CONDITIONAL_PUT in proven
        self._scratch = scratch
        self._bucket_seen = False
        self._client = s3_client(access)
        encryption = access.encryption.method()
        self._sender = S3Sender(self._client, access.bucket, encryption)
        self._customer_key = encryption if isinstance(encryption, SseCustomerKey) else None

    def ensure_bucket(self) -> None:
        """Make the bucket where it is missing.

        Raises:
            StoreUnavailable, StoreRefused
        """
        with self._errors():
            if not self._client.bucket_exists(self._bucket):
                try:
                    self._client.make_bucket(self._bucket, location=self._access.region)
                except S3Error as error:
                    # somebody else was quicker
                    if error.code != "BucketAlreadyOwnedByYou":
                        raise
        self._bucket_seen = True

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Keep the bytes of `stream`. They are read twice, or spooled: the key is their digest."""
        with spooled(stream, part_size=PART_SIZE, scratch=self._scratch, writing=self._errors) as spool, self._errors():
            stored = StoredObject(sha256=spool.sha256, size=spool.size)
            # in the incoming area a name's age counts from the last put, so there it is put anew
            if area is Area.INCOMING or not self._there(area, stored, sending=spool):
                self._sender.send(object_key(area, spool.sha256), spool)
        return stored

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; its digest is checked on the way."""
        with self._errors(area, sha256):
            response = self._client.get_object(self._bucket, object_key(area, sha256), ssec=self._customer_key)
        try:
            size = int(response.headers["Content-Length"])
            read = self._mapped(response.read)
            with checked_reader(read, size=size, area=area, sha256=sha256) as stream:
                yield stream
        finally:
            response.close()
            response.release_conn()

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        """Yield a checked copy in the scratch folder, which is removed at the end."""
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="sohoa-") as folder:
            path = Path(folder, sha256)
            with self.open(area, sha256) as stream, path.open("wb") as file:
                while piece := stream.read(CHUNK):
                    with self._errors():
                        file.write(piece)
            path.chmod(0o400)
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Ask the server for the object's head."""
        with self._errors():
            return self._size(area, sha256) is not None

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Ask the server for a range."""
        if not length:
            return b""
        try:
            with self._errors(area, sha256):
                response = self._client.get_object(
                    self._bucket, object_key(area, sha256), start, length, ssec=self._customer_key
                )
        except StoreRefused as error:
            if error.details.get("reason") == _NO_SUCH_RANGE:
                raise ObjectAltered(area=area.value, sha256=sha256) from error
            raise
        try:
            if response.status != _PARTIAL_CONTENT:
                raise StoreRefused(endpoint=self._access.endpoint, bucket=self._bucket, reason="range ignored")
            with self._errors():
                piece = response.read()
        finally:
            response.close()
            response.release_conn()
        if len(piece) != length:
            raise ObjectAltered(area=area.value, sha256=sha256)
        return piece

    def _there(self, area: Area, stored: StoredObject, *, sending: Spool) -> bool:
        """Say whether the object need not be sent any more; with a conditional put it is sent in order to know."""
        if self._only_new and len(sending.parts) == 1:
            try:
                self._sender.send(object_key(area, stored.sha256), sending, headers=ONLY_NEW)
            except S3Error as error:
                if error.code not in {_PRECONDITION_FAILED, _BUSY}:
                    raise
            else:
                return True
        size = self._size(area, stored.sha256)
        if size is not None and size != stored.size:
            raise ObjectAltered(area=area.value, sha256=stored.sha256)
        return size is not None

    def _size(self, area: Area, sha256: ContentHash) -> int | None:
        try:
            head = self._client.stat_object(self._bucket, object_key(area, sha256), ssec=self._customer_key)
        except S3Error as error:
            if error.code not in MISSING:
                raise
        else:
            return head.size
        # an answer without a body does not tell a missing object from a missing bucket
        if not self._bucket_seen and not self._client.bucket_exists(self._bucket):
            raise BucketMissing(endpoint=self._access.endpoint, bucket=self._bucket, reason="NoSuchBucket")
        self._bucket_seen = True
        return None

    def _mapped(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def guarded(size: int) -> bytes:
            with self._errors():
                return read(size)

        return guarded

    def _errors(self, area: Area | None = None, sha256: ContentHash | None = None) -> AbstractContextManager[None]:
        """Translate the client's errors; only reading a named object can find it missing."""
        missing = None if area is None or sha256 is None else ObjectMissing(area=area.value, sha256=sha256)
        return s3_errors(self._access, missing=missing)
