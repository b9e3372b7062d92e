"""A bucket to be thrown away, on which a server shows what it does: never the bucket that holds papers."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import InvalidResponseError, S3Error, ServerError

LOCK_SECONDS = 15
"""How long a canary is locked: long enough for the questions on a slow line, short enough to wait for the end."""

REFUSALS = (S3Error, InvalidResponseError, ServerError)
"""how the client says that a server answered no: in S3's own words, in words that are no S3, or as a fault of its own"""

_CLEANING_TRIES = 30
_NO_RIGHTS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"})


@dataclass(frozen=True, slots=True)
class Canary:
    """A bucket of its own on the server that is looked at."""

    client: Minio
    http: urllib3.PoolManager
    bucket: str
    region: str | None

    def put(self, key: str, data: bytes) -> str | None:
        """Put an object; return its version, if the server gives one."""
        version = self.client.put_object(self.bucket, key, io.BytesIO(data), len(data)).version_id
        return None if version is None else str(version)

    def get(self, key: str, version: str | None = None, *, start: int = 0, length: int = 0) -> bytes:
        """Return an object's bytes."""
        answer = self.client.get_object(self.bucket, key, offset=start, length=length, version_id=version)
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    def holds(self, key: str, data: bytes, version: str | None = None) -> bool:
        """Say whether an object is there with these very bytes."""
        try:
            return self.get(key, version) == data
        except REFUSALS:
            return False

    def remove(self, key: str, version: str | None, *, bypass: bool = False) -> bool:
        """Ask for a version's removal; say whether the server claims to have done it."""
        doomed = [DeleteObject(key, version)]
        return not list(self.client.remove_objects(self.bucket, doomed, bypass_governance_mode=bypass))

    def send(
        self, method: str, key: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Send a request with headers that the client does not know of, through an address that it signed."""
        wait = dt.timedelta(minutes=5)
        address = self.client.get_presigned_url(
            method, self.bucket, key, expires=wait, extra_query_params=dict(query or {})
        )
        return self.http.request(method, address, body=body, headers=dict(headers), retries=False)


@contextlib.contextmanager
def canary(client: Minio, http: urllib3.PoolManager, *, bucket: str, region: str | None, own: bool) -> Iterator[Canary]:
    """Make the bucket with object lock, or without where the server refuses that, and remove it with all in it.

    With `own` False the bucket exists already, is used as it is and only emptied: for accounts that may not make any.

    Raises:
        S3Error: the bucket cannot be made.
    """
    if own:
        try:
            client.make_bucket(bucket, location=region, object_lock=True)
        except S3Error as error:
            if error.code in _NO_RIGHTS:
                raise
            client.make_bucket(bucket, location=region)
    bird = Canary(client, http, bucket, region)
    try:
        yield bird
    finally:
        with contextlib.suppress(*REFUSALS, urllib3.exceptions.HTTPError):
            _clean(bird)
            if own:
                client.remove_bucket(bucket)


def _clean(bird: Canary) -> None:
    """Remove every version; what is locked is waited for, as long as locks can last."""
    for _ in range(_CLEANING_TRIES):
        left = _versions(bird)
        if not left:
            return
        for key, version in left:
            with contextlib.suppress(*REFUSALS):
                if version is not None:
                    bird.client.disable_object_legal_hold(bird.bucket, key, version)
        doomed = (DeleteObject(key, version) for key, version in left)
        if list(bird.client.remove_objects(bird.bucket, doomed, bypass_governance_mode=True)):
            time.sleep(LOCK_SECONDS / _CLEANING_TRIES * 2)


def _versions(bird: Canary) -> list[tuple[str, str | None]]:
    try:
        return [
            (str(each.object_name), each.version_id)
            for each in bird.client.list_objects(bird.bucket, recursive=True, include_version=True)
        ]
    except REFUSALS:  # a server without versions
        return [(str(each.object_name), None) for each in bird.client.list_objects(bird.bucket, recursive=True)]
