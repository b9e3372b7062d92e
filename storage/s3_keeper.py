"""Care for the objects of a bucket: lists, versions, locks, tags, removal, links.

Three servers were seen to answer 200 to calls for retention, holds and tags and to overwrite the object with the request:
such calls are sent only where the server was proved to do what they say.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final
from urllib.parse import quote

from minio import time as client_time
from minio.commonconfig import CopySource, Tags
from minio.datatypes import Object
from minio.error import S3Error
from minio.retention import Retention
from minio.sse import SseCustomerKey

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectAltered, ObjectLocked, ObjectMissing, StoreLacks, StoreRefused
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept, check_tags
from pipeline.ports import Area
from storage.objects_s3 import area_prefix, object_key
from storage.s3_client import NOT_IMPLEMENTED, S3Access, s3_client, s3_errors

_KEY: Final = re.compile(r".*/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
_NANOSECONDS: Final = re.compile(r"(\.\d{6})\d+")
_NO_VERSION: Final = "null"
"""how S3 calls the only state of a name in a bucket without versions"""
_WEEK: Final = 7 * 24 * 3600
_MODES: Final = {LockMode.GOVERNANCE: Capability.GOVERNANCE, LockMode.COMPLIANCE: Capability.COMPLIANCE}
_NO_VERSIONS: Final = frozenset({NOT_IMPLEMENTED, "MethodNotAllowed"})


class S3Keeper:
    """Implements `pipeline.object_ports.ObjectCare` for the bucket that `storage.objects_s3.S3Objects` writes.

    `proven` is what the server was seen to do (`storage.prove`).

    Raises (constructor):
        BadSettings: see `storage.s3_client.s3_client`.
    """

    def __init__(self, access: S3Access, *, proven: Collection[Capability]) -> None:
        self._access = access
        self._bucket = access.bucket
        self._proven = frozenset(proven)
        self._client = s3_client(access)
        self._encryption = access.encryption.method()
        self._customer_key = self._encryption if isinstance(self._encryption, SseCustomerKey) else None

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        """List the bucket a thousand keys at a time."""
        prefix = area_prefix(area)
        start = object_key(area, after) if after else None
        with self._errors():
            for each in self._client.list_objects(self._bucket, prefix, recursive=True, start_after=start):
                found = _KEY.fullmatch(each.object_name or "")
                if found:
                    yield KeptObject(sha256=ContentHash(found[3]), size=each.size or 0, modified=_time(each))

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        """Ask for the object's head."""
        head = self._head(area, sha256)
        return KeptObject(sha256=sha256, size=head.size or 0, modified=_time(head))

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        """List the versions of one key; a server that knows none has at most one state of it."""
        key = object_key(area, sha256)
        with self._errors():
            listed = list(self._listed(key))
        states = (
            ObjectVersion(
                id="" if each.version_id in {None, _NO_VERSION} else str(each.version_id),
                size=each.size or 0,
                modified=_time(each),
                newest=each.is_latest != "false",
                marker=each.is_delete_marker,
            )
            for each in listed
            if each.object_name == key
        )
        # the client puts those that hold nothing behind the others
        return sorted(states, key=lambda each: (each.newest, each.modified), reverse=True)

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        """Look at the locks of all that is to go, then remove it: what holds bytes first, the oldest before the newest."""
        doomed = [each for each in self.versions(area, sha256) if version is None or each.id == version]
        for each in doomed:
            self._refuse_if_locked(area, sha256, each)
        for each in sorted(doomed, key=lambda each: (each.marker, each.modified)):
            try:
                with self._errors():
                    self._client.remove_object(self._bucket, object_key(area, sha256), each.id or None)
            except StoreRefused:
                # locked in the meantime, or in a way that its head did not show
                self._refuse_if_locked(area, sha256, each)
                raise

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        """Give up old uploads in parts, and remove all versions of old incoming objects."""
        now = client_time.utcnow()  # the server refuses whoever is off by fifteen minutes
        left = 0
        with self._errors():
            for each in list(self._client.unfinished(self._bucket, "")):
                if now - each.since > unfinished:
                    with contextlib.suppress(S3Error):  # ended in the meantime
                        self._client.drop_parts(self._bucket, each.key, each.upload)
                        left += 1
        expired = 0
        for sha256, since in list(self._incoming()):
            if now - since > incoming:
                with contextlib.suppress(ObjectLocked):
                    self.remove(Area.INCOMING, sha256)
                    expired += 1
        return Swept(unfinished=left, expired=expired)

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        """Ask the server to retain the newest version; a shorter retention is not even asked for."""
        self._require(_MODES[mode])
        lock = self.lock(area, sha256)
        if not lock.allows(until, mode):
            raise lock.error(area.value, sha256)
        with self._errors(area, sha256):
            self._client.set_object_retention(
                self._bucket, object_key(area, sha256), Retention(mode.value.upper(), until)
            )

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        """Ask the server to hold the newest version, or to hold it no longer."""
        self._require(Capability.LEGAL_HOLD)
        change = self._client.enable_object_legal_hold if on else self._client.disable_object_legal_hold
        with self._errors(area, sha256):
            change(self._bucket, object_key(area, sha256))

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        """Read the object's head: some servers answer the calls for locks in a form that the client cannot read."""
        return _lock(self._head(area, sha256))

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        """Send the tags."""
        check_tags(tags)
        self._require(Capability.TAGS)
        sent = Tags.new_object_tags()
        sent.update(tags)
        with self._errors(area, sha256):
            self._client.set_object_tags(self._bucket, object_key(area, sha256), sent)

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        """Ask for the tags."""
        self._head(area, sha256)
        if Capability.TAGS not in self._proven:
            return {}
        with self._errors(area, sha256):
            return dict(self._client.get_object_tags(self._bucket, object_key(area, sha256)) or {})

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        """Let the server copy, in parts where the object is larger than 5 GiB."""
        size = self._head(source, sha256).size
        with contextlib.suppress(ObjectMissing):
            if self._head(target, sha256).size != size:
                raise ObjectAltered(area=target.value, sha256=sha256)
            return
        origin = CopySource(self._bucket, object_key(source, sha256), ssec=self._customer_key)
        try:
            with self._errors(source, sha256):
                self._client.copy_object(self._bucket, object_key(target, sha256), origin, sse=self._encryption)
        except StoreRefused as error:
            if error.details.get("reason") != NOT_IMPLEMENTED:
                raise
            # some servers do not copy what they cannot open by themselves
            raise StoreLacks(ability=Capability.OBJECTS.value) from error

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        """Sign an address; nothing is sent."""
        self._require(Capability.PRESIGN)
        if self._customer_key is not None:
            raise StoreLacks(ability=Capability.PRESIGN.value)  # whoever has the address lacks the key
        if not 1 <= seconds <= _WEEK:
            raise StoreRefused(endpoint=self._access.endpoint, bucket=self._bucket, reason="link_too_long")
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        with self._errors():
            return self._client.presigned_get_object(
                self._bucket,
                object_key(area, sha256),
                dt.timedelta(seconds=seconds),
                {"response-content-disposition": disposition},
            )

    def _listed(self, prefix: str) -> Iterator[Object]:
        """Yield all states of all names under a prefix; a server that knows no versions has one of each."""
        try:
            yield from self._client.list_objects(self._bucket, prefix, recursive=True, include_version=True)
        except S3Error as error:
            if error.code not in _NO_VERSIONS:
                raise
            yield from self._client.list_objects(self._bucket, prefix, recursive=True)

    def _incoming(self) -> Iterator[tuple[ContentHash, dt.datetime]]:
        """Yield what came in and when its newest state did: what a rule of the server's has only hidden, too."""
        with self._errors():
            for each in self._listed(area_prefix(Area.INCOMING)):
                found = _KEY.fullmatch(each.object_name or "")
                if found and each.is_latest != "false":
                    yield ContentHash(found[3]), _time(each)

    def _require(self, capability: Capability) -> None:
        if capability not in self._proven:
            raise StoreLacks(ability=capability.value)

    def _head(self, area: Area, sha256: ContentHash, version: str | None = None) -> Object:
        with self._errors(area, sha256):
            return self._client.stat_object(
                self._bucket, object_key(area, sha256), self._customer_key, version_id=version
            )

    def _refuse_if_locked(self, area: Area, sha256: ContentHash, version: ObjectVersion) -> None:
        if version.marker:
            return
        with contextlib.suppress(ObjectMissing):
            lock = _lock(self._head(area, sha256, version.id or None))
            if lock.protects(client_time.utcnow()):
                raise lock.error(area.value, sha256)

    def _errors(self, area: Area | None = None, sha256: ContentHash | None = None) -> AbstractContextManager[None]:
        missing = None if area is None or sha256 is None else ObjectMissing(area=area.value, sha256=sha256)
        return s3_errors(self._access, missing=missing)


def _lock(head: Object) -> Lock:
    told = head.metadata or {}
    mode, until = told.get("x-amz-object-lock-mode"), told.get("x-amz-object-lock-retain-until-date")
    return Lock(
        until=dt.datetime.fromisoformat(_NANOSECONDS.sub(r"\1", until)) if until else None,
        mode=LockMode(mode.lower()) if mode else None,
        hold=told.get("x-amz-object-lock-legal-hold") == "ON",
    )


def _time(each: Object) -> dt.datetime:
    """Return when the server got it; what it does not tell is taken for new, so that nothing expires by it."""
    return each.last_modified or client_time.utcnow()
