"""Large objects, part by part. An upload that broke off stays, and whoever puts the same object again goes on with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from minio.error import S3Error
from minio.sse import SseCustomerKey

from storage.s3_calls import S3Client
from storage.s3_client import arrived_whole
from storage.spool import Spool

PART_SIZE: Final = 16 << 20
"""Bytes of a part. A smaller object goes in one request. S3 takes 5 MiB to 5 GiB, and at most 10,000 parts: 156 GiB."""

_AT_ONCE: Final = 3
"""parts on their way at the same time, as the client itself does"""
_GONE: Final = "NoSuchUpload"


class PartedUpload:
    """Sends one object in parts. `put_headers` go with the beginning, the customer's key with every part."""

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        *,
        put_headers: Mapping[str, str],
        customer_key: SseCustomerKey | None,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._put_headers = put_headers
        self._customer_key = customer_key

    def send(self, spool: Spool, *, is_there: Callable[[], bool]) -> None:
        """Send what the server does not have yet, and make the object of it. `is_there` asks whether it is made.

        Raises:
            S3Error: nothing is visible; the parts that arrived stay for the next try, or for the sweep.
        """
        try:
            upload, known = self._begun()
            etags = self._send_parts(spool, upload, known)
            self._client.finish_parts(self._bucket, self._key, upload, etags, customer_key=self._customer_key)
        except S3Error as error:
            # another process made the object of the same parts in the meantime
            if error.code != _GONE or not is_there():
                raise

    def _begun(self) -> tuple[str, dict[int, str]]:
        """Return the upload to go on with, and the ETags of the parts that are there."""
        begun = [each for each in self._client.unfinished(self._bucket, self._key) if each.key == self._key]
        if not begun:
            return self._client.begin_parts(self._bucket, self._key, headers=self._put_headers), {}
        newest = max(begun, key=lambda each: each.since)
        parts = self._client.parts(self._bucket, self._key, newest.upload)
        return newest.upload, {number: etag for number, _, etag in parts}

    def _send_parts(self, spool: Spool, upload: str, known: Mapping[int, str]) -> list[str]:
        numbers = range(1, -(-spool.size // PART_SIZE) + 1)
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sohoa-part")
        try:
            return list(pool.map(lambda number: self._send_part(spool, upload, number, known.get(number)), numbers))
        finally:
            # after an error the parts that wait are not sent any more
            pool.shutdown(cancel_futures=True)

    def _send_part(self, spool: Spool, upload: str, number: int, etag: str | None) -> str:
        body = spool.read((number - 1) * PART_SIZE, PART_SIZE)
        # the ETag of a part is its MD5, unless the server encrypts: then it is sent again
        if etag is not None and hashlib.md5(body, usedforsecurity=False).hexdigest() == etag:
            return etag
        headers = self._customer_key.headers() if self._customer_key else None
        return arrived_whole(
            lambda: self._client.put_part(self._bucket, self._key, upload, number, body, headers=headers)
        )
