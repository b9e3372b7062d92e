"""Objects on their way to a bucket, large ones part by part. An upload that broke off stays, and whoever puts the same object again goes on with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from minio.error import S3Error
from minio.sse import Sse, SseCustomerKey

from storage.s3_calls import S3Client
from storage.s3_client import arrived_whole
from storage.spool import Spool

PART_SIZE: Final = 16 << 20
"""Bytes of a part. A smaller object goes in one request. S3 takes 5 MiB to 5 GiB, and at most 10,000 parts: 156 GiB."""

_AT_ONCE: Final = 3
"""parts on their way at the same time, as the client itself does"""
_GONE: Final = "NoSuchUpload"


class S3Sender:
    """Puts objects whose digest is known: small ones in one request, large ones in parts."""

    def __init__(self, client: S3Client, bucket: str, encryption: Sse | None) -> None:
        self._client = client
        self._bucket = bucket
        self._put_headers = encryption.headers() if encryption else {}
        self._customer_key = encryption if isinstance(encryption, SseCustomerKey) else None

    def send(self, key: str, spool: Spool, *, headers: Mapping[str, str] | None = None) -> None:
        """Put an object, over another one of its key. `headers` go with an object of one part only.

        Raises:
            S3Error: nothing is visible; parts that arrived stay for the next try, or for the sweep.
        """
        if len(spool.parts) > 1:
            self._send_in_parts(key, spool)
            return
        body, sent = spool.read(0), {**self._put_headers, **(headers or {})}
        arrived_whole(lambda: self._client.put_bytes(self._bucket, key, body, sha256=spool.sha256, headers=sent))

    def _send_in_parts(self, key: str, spool: Spool) -> None:
        try:
            upload, known = self._begun(key)
            etags = self._send_parts(key, spool, upload, known)
            self._client.finish_parts(self._bucket, key, upload, etags, customer_key=self._customer_key)
        except S3Error as error:
            # another process made the object of the same parts in the meantime
            if (
                error.code != _GONE
                or self._client.stat_object(self._bucket, key, self._customer_key).size != spool.size
            ):
                raise

    def _begun(self, key: str) -> tuple[str, dict[int, str]]:
        """Return the upload to go on with, and the ETags of the parts that are there."""
        begun = [each for each in self._client.unfinished(self._bucket, key) if each.key == key]
        if not begun:
            return self._client.begin_parts(self._bucket, key, headers=self._put_headers), {}
        newest = max(begun, key=lambda each: each.since)
        parts = self._client.parts(self._bucket, key, newest.upload)
        return newest.upload, {number: etag for number, _, etag in parts}

    def _send_parts(self, key: str, spool: Spool, upload: str, known: Mapping[int, str]) -> list[str]:
        numbers = range(1, len(spool.parts) + 1)
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sohoa-part")
        try:
            return list(
                pool.map(lambda number: self._send_part(key, spool, upload, number, known.get(number)), numbers)
            )
        finally:
            # after an error the parts that wait are not sent any more
            pool.shutdown(cancel_futures=True)

    def _send_part(self, key: str, spool: Spool, upload: str, number: int, etag: str | None) -> str:
        body = spool.read(number - 1)
        # the ETag of a part is its MD5, unless the server encrypts: then it is sent again
        if etag is not None and hashlib.md5(body, usedforsecurity=False).hexdigest() == etag:
            return etag
        headers = self._customer_key.headers() if self._customer_key else None
        sha256 = spool.parts[number - 1]
        return arrived_whole(
            lambda: self._client.put_part(self._bucket, key, upload, number, body, sha256=sha256, headers=headers)
        )
