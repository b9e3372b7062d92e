"""Putting right the objects of a bucket: altered bytes stay as an older version, or are copied aside below `altered/`."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from typing import BinaryIO, Final

from minio.commonconfig import ENABLED, CopySource
from minio.error import S3Error
from minio.sse import SseCustomerKey

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.objects_s3 import object_key
from storage.s3_client import MISSING, S3Access, s3_client, s3_errors
from storage.s3_parts import PART_SIZE, S3Sender
from storage.spool import spooled

_NO_VERSIONS: Final = frozenset({"NotImplemented", "MethodNotAllowed"})


class S3Mender:
    """Implements `pipeline.archive_ports.ObjectMender` for the bucket that `storage.objects_s3.S3Objects` writes.

    `scratch` is a folder for files on their way.

    Raises (constructor):
        BadSettings: see `storage.s3_client.s3_client`.
    """

    def __init__(self, access: S3Access, *, scratch: Path | None = None) -> None:
        self._access = access
        self._bucket = access.bucket
        self._scratch = scratch
        self._client = s3_client(access)
        self._encryption = access.encryption.method()
        self._customer_key = self._encryption if isinstance(self._encryption, SseCustomerKey) else None

    def put_right(self, area: Area, sha256: ContentHash, stream: BinaryIO, *, at: dt.datetime) -> str:
        """Check the bytes, secure what stands there, and put a new state over it, whatever the conditions are otherwise."""

        def errors() -> contextlib.AbstractContextManager[None]:
            return s3_errors(self._access, missing=None)

        key = object_key(area, sha256)
        with spooled(stream, part_size=PART_SIZE, scratch=self._scratch, writing=errors) as spool:
            if spool.sha256 != sha256:
                raise ObjectAltered(area=area.value, sha256=sha256)
            with errors():
                aside = self._set_aside(key, at)
                S3Sender(self._client, self._bucket, self._encryption).send(key, spool)
        return aside

    def _set_aside(self, key: str, at: dt.datetime) -> str:
        """Return where what stands under a key can be found when something else stands there."""
        try:
            head = self._client.stat_object(self._bucket, key, self._customer_key)
        except S3Error as error:
            if error.code in MISSING:
                return ""
            raise
        if self._keeps_versions() and head.version_id:
            return f"{key}?versionId={head.version_id}"
        aside = f"altered/{key}.{at.astimezone(dt.UTC):%Y%m%dT%H%M%S%fZ}"
        source = CopySource(self._bucket, key, ssec=self._customer_key)
        self._client.copy_object(self._bucket, aside, source, sse=self._encryption)
        return aside

    def _keeps_versions(self) -> bool:
        try:
            return self._client.get_bucket_versioning(self._bucket).status == ENABLED
        except S3Error as error:
            if error.code in _NO_VERSIONS:
                return False
            raise
