"""Objects on any S3 server, through the minio client. Keys: `<area>/sha256/ab/cd/<hash>`, as in the folder store.

Nothing is sent that a server may misunderstand: no retention, no holds, no tags. Three servers were seen to answer 200 to
such calls and to overwrite the object with the request (docs/decisions), so they wait for a probe of the endpoint.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, cast

from minio.error import S3Error

from pipeline.domain.errors import BucketMissing, ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from storage.checked import CHUNK, checked_reader
from storage.s3_client import MISSING, S3Access, s3_client, s3_errors

PART_SIZE = 16 << 20
"""Bytes; a larger object goes up in parts of this size, a smaller one waits in memory for its digest."""


class S3Objects:
    """Implements `pipeline.ports.ObjectStore` in one bucket. `scratch` is a folder for files on their way.

    Raises (constructor):
        BadSettings: see `storage.s3_client.s3_client`.
    """

    def __init__(self, access: S3Access, *, scratch: Path | None = None) -> None:
        self._access = access
        self._bucket = access.bucket
        self._scratch = None if scratch is None else str(scratch)
        self._bucket_seen = False
        self._client = s3_client(access)

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
        """Keep the bytes of `stream`. They are spooled first: the key is their digest."""
        with tempfile.SpooledTemporaryFile(max_size=PART_SIZE, dir=self._scratch) as spool:
            digest = hashlib.sha256()
            while piece := stream.read(CHUNK):
                digest.update(piece)
                with self._errors():
                    spool.write(piece)
            stored = StoredObject(sha256=ContentHash(digest.hexdigest()), size=spool.tell())
            spool.seek(0)
            with self._errors():
                size = self._size(area, stored.sha256)
                if size is None:
                    self._upload(_key(area, stored.sha256), cast("BinaryIO", spool), stored.size)
                elif size != stored.size:
                    raise ObjectAltered(area=area.value, sha256=stored.sha256)
        return stored

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; its digest is checked on the way."""
        with self._errors(area, sha256):
            response = self._client.get_object(self._bucket, _key(area, sha256))
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

    def _size(self, area: Area, sha256: ContentHash) -> int | None:
        try:
            return cast("int", self._client.stat_object(self._bucket, _key(area, sha256)).size)
        except S3Error as error:
            if error.code not in MISSING:
                raise
        # an answer without a body does not tell a missing object from a missing bucket
        if not self._bucket_seen and not self._client.bucket_exists(self._bucket):
            raise BucketMissing(endpoint=self._access.endpoint, bucket=self._bucket, reason="NoSuchBucket")
        self._bucket_seen = True
        return None

    def _upload(self, key: str, stream: BinaryIO, size: int) -> None:
        self._client.put_object(self._bucket, key, stream, size, part_size=PART_SIZE)

    def _mapped(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def guarded(size: int) -> bytes:
            with self._errors():
                return read(size)

        return guarded

    def _errors(self, area: Area | None = None, sha256: ContentHash | None = None) -> AbstractContextManager[None]:
        """Translate the client's errors; only reading a named object can find it missing."""
        missing = None if area is None or sha256 is None else ObjectMissing(area=area.value, sha256=sha256)
        return s3_errors(self._access, missing=missing)


def _key(area: Area, sha256: ContentHash) -> str:
    return f"{area.value}/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"
