"""Objects on any S3 server, through the minio client. Keys: `<area>/sha256/ab/cd/<hash>`, as in the folder store.

Nothing is sent that a server may misunderstand: no retention, no holds, no tags. Three servers were seen to answer 200 to
such calls and to overwrite the object with the request (docs/decisions), so they wait for a probe of the endpoint.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name

from pipeline.domain.errors import BadSettings, ObjectAltered, ObjectMissing, StoreRefused, StoreUnavailable
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from storage.checked import CHUNK, checked_reader

PART_SIZE = 16 << 20
"""Bytes; a larger object goes up in parts of this size, a smaller one waits in memory for its digest."""

_MISSING = frozenset({"NoSuchKey", "NoSuchObject"})
_SERVER_AT_FAULT = 500
_TRY_LATER = frozenset({408, 429})


class S3Objects:
    """Implements `pipeline.ports.ObjectStore` in one bucket.

    `endpoint` is `host:port`; `region` is what the server expects, asked from it if None;
    `scratch` is a folder for files on their way; times are seconds. A call is tried
    `1 + retries` times when the server cannot be reached or answers 500, 502, 503, 504.

    Raises (constructor):
        BadSettings: the endpoint is not `host[:port]`, or the bucket's name is not one.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        region: str | None,
        secure: bool,
        scratch: Path | None = None,
        connect_seconds: float = 5.0,
        read_seconds: float = 60.0,
        retries: int = 3,
        certificates: Path | None = None,
    ) -> None:
        self._bucket = bucket
        self._region = region
        self._endpoint = endpoint
        self._scratch = None if scratch is None else str(scratch)
        self._bucket_seen = False
        http = urllib3.PoolManager(
            maxsize=10,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            retries=urllib3.Retry(
                total=retries,
                backoff_factor=0.2,
                status_forcelist=[500, 502, 503, 504],
                allowed_methods=None,  # every call here may be repeated: names follow from contents
                raise_on_status=False,
            ),
            ca_certs=None if certificates is None else str(certificates),
        )
        try:
            check_bucket_name(bucket, strict=True)
            self._client = Minio(
                endpoint, access_key=access_key, secret_key=secret_key, secure=secure, region=region, http_client=http
            )
        except ValueError as error:
            raise BadSettings(value=f"{endpoint}/{bucket}", problem=str(error)) from error

    def ensure_bucket(self) -> None:
        """Make the bucket where it is missing.

        Raises:
            StoreUnavailable, StoreRefused
        """
        with self._store_errors():
            if not self._client.bucket_exists(self._bucket):
                try:
                    self._client.make_bucket(self._bucket, location=self._region)
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
                with self._store_errors():
                    spool.write(piece)
            stored = StoredObject(sha256=ContentHash(digest.hexdigest()), size=spool.tell())
            spool.seek(0)
            with self._store_errors():
                size = self._size(area, stored.sha256)
                if size is None:
                    self._upload(_key(area, stored.sha256), cast("BinaryIO", spool), stored.size)
                elif size != stored.size:
                    raise ObjectAltered(area=area.value, sha256=stored.sha256)
        return stored

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; its digest is checked on the way."""
        with self._store_errors(area, sha256):
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
                    with self._store_errors():
                        file.write(piece)
            path.chmod(0o400)
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Ask the server for the object's head."""
        with self._store_errors():
            return self._size(area, sha256) is not None

    def _size(self, area: Area, sha256: ContentHash) -> int | None:
        try:
            return cast("int", self._client.stat_object(self._bucket, _key(area, sha256)).size)
        except S3Error as error:
            if error.code not in _MISSING:
                raise
        # an answer without a body does not tell a missing object from a missing bucket
        if not self._bucket_seen and not self._client.bucket_exists(self._bucket):
            raise StoreRefused(endpoint=self._endpoint, bucket=self._bucket, reason="NoSuchBucket")
        self._bucket_seen = True
        return None

    def _upload(self, key: str, stream: BinaryIO, size: int) -> None:
        self._client.put_object(self._bucket, key, stream, size, part_size=PART_SIZE)

    def _mapped(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def guarded(size: int) -> bytes:
            with self._store_errors():
                return read(size)

        return guarded

    @contextlib.contextmanager
    def _store_errors(self, area: Area | None = None, sha256: ContentHash | None = None) -> Iterator[None]:
        """Translate the client's errors; only reading a named object can find it missing."""
        try:
            yield
        except S3Error as error:
            if error.code in _MISSING and area is not None and sha256 is not None:
                raise ObjectMissing(area=area.value, sha256=sha256) from error
            self._fail(error.response.status, error.code or "", error)
        except InvalidResponseError as error:
            # the client keeps the status to itself
            self._fail(error._code, "answer is not XML", error)  # noqa: SLF001
        except ServerError as error:
            self._fail(error.status_code, str(error), error)
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise StoreUnavailable(endpoint=self._endpoint, reason=_first_line(error)) from error

    def _fail(self, status: int, reason: str, error: Exception) -> NoReturn:
        later = status >= _SERVER_AT_FAULT or status in _TRY_LATER
        raise (StoreUnavailable if later else StoreRefused)(
            endpoint=self._endpoint, bucket=self._bucket, status=status, reason=reason
        ) from error


def _key(area: Area, sha256: ContentHash) -> str:
    return f"{area.value}/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
