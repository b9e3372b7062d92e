"""Calls of S3 that the minio client makes for itself only: conditional puts, parts one by one, what was left unfinished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from minio import Minio
from minio.credentials.credentials import Credentials
from minio.datatypes import Part
from minio.helpers import DictType
from minio.sse import SseCustomerKey

_DIGEST = "x-amz-content-sha256"
ONLY_NEW: Mapping[str, str] = {"If-None-Match": "*"}
"""header of a put that must not overwrite (RFC 9110, 13.1.2); only some servers know it"""


class Unfinished(NamedTuple):
    """An upload in parts that was begun."""

    key: str
    upload: str
    since: dt.datetime


class S3Client(Minio):
    """The minio client and the calls that it has no public method for. Its own methods work as ever."""

    def put_bytes(
        self, bucket: str, key: str, body: bytes, *, sha256: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Put an object in one request. `sha256` (hexadecimal) is signed with it: the server refuses other bytes."""
        sent: DictType = {"Content-Type": "application/octet-stream", _DIGEST: sha256, **(headers or {})}
        self._execute("PUT", bucket, key, body=body, headers=sent, no_body_trace=True)

    def begin_parts(self, bucket: str, key: str, *, headers: Mapping[str, str] | None = None) -> str:
        """Begin an upload in parts and return its id."""
        return str(self._create_multipart_upload(bucket, key, dict(headers or {})))

    def put_part(
        self,
        bucket: str,
        key: str,
        upload: str,
        number: int,
        body: bytes,
        *,
        sha256: str,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Put a part and return its ETag. `sha256` (hexadecimal) is signed with it: the server refuses other bytes."""
        sent: DictType = {_DIGEST: sha256, **(headers or {})}
        return str(self._upload_part(bucket, key, body, sent, upload, number))

    def finish_parts(
        self, bucket: str, key: str, upload: str, etags: Sequence[str], *, customer_key: SseCustomerKey | None = None
    ) -> None:
        """Make an object of all parts."""
        parts = [Part(number, etag) for number, etag in enumerate(etags, 1)]
        self._complete_multipart_upload(bucket, key, upload, parts, customer_key)

    def drop_parts(self, bucket: str, key: str, upload: str) -> None:
        """Give an upload up; its parts are removed."""
        self._abort_multipart_upload(bucket, key, upload)

    def parts(self, bucket: str, key: str, upload: str) -> Iterator[tuple[int, int, str]]:
        """Yield number, size and ETag of the parts that are there."""
        marker: str | None = None
        while True:
            page = self._list_parts(bucket, key, upload, part_number_marker=marker)
            for part in page.parts:
                yield part.part_number, part.size or 0, (part.etag or "").strip('"')
            if not page.is_truncated:
                return
            marker = page.next_part_number_marker

    def unfinished(self, bucket: str, prefix: str) -> Iterator[Unfinished]:
        """Yield the uploads under a prefix that were begun and not ended."""
        key: str | None = None
        upload: str | None = None
        while True:
            page = self._list_multipart_uploads(bucket, prefix=prefix, key_marker=key, upload_id_marker=upload)
            for each in page.uploads:
                if each.upload_id is not None and each.initiated_time is not None:
                    yield Unfinished(each.object_name, each.upload_id, each.initiated_time)
            if not page.is_truncated:
                return
            key, upload = page.next_key_marker, page.next_upload_id_marker

    def _build_headers(
        self,
        host: str,
        headers: DictType | None = None,
        body: bytes | None = None,
        creds: Credentials | None = None,
    ) -> tuple[DictType, dt.datetime]:
        """Sign a digest that is known: the client would hash the body again, and over TLS would sign none at all."""
        known = (headers or {}).get(_DIGEST)
        if known is None or body is None:
            return super()._build_headers(host, headers, body, creds)
        built, date = super()._build_headers(host, headers, None, creds)
        built["Content-Length"] = str(len(body))
        built[_DIGEST] = known
        return built, date
