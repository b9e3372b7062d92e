"""What enters the archive is locked before anybody is told that it is kept."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectLocked, StoreLacks
from pipeline.domain.kept_object import LockMode
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, ObjectStore
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.retained_objects import RetainedObjects
from storage.s3_client import S3Access, s3_client
from storage.s3_keeper import S3Keeper
from tests.servers.rados_gateway import S3Server

PAPER = "Giấy khai sinh, bản quét".encode()
SHORT = dt.timedelta(minutes=10)


class Now:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


def _retained(store: ObjectStore, care: ObjectCare, *, retention: dt.timedelta = SHORT) -> RetainedObjects:
    return RetainedObjects(store, care, clock=Now(), retention=retention, mode=LockMode.GOVERNANCE)


def _access(server: S3Server, bucket: str) -> S3Access:
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=bucket,
        region=server.region,
        secure=server.secure,
    )
    s3_client(access).make_bucket(bucket, object_lock=True)
    return access


def _is_locked_once_it_is_kept(store: ObjectStore, care: ObjectCare) -> None:
    begun = Now().now()
    stored = _retained(store, care).put(Area.ARCHIVE, io.BytesIO(PAPER))
    lock = care.lock(Area.ARCHIVE, stored.sha256)
    assert lock.until is not None
    assert begun + SHORT - dt.timedelta(seconds=1) <= lock.until <= Now().now() + SHORT
    with pytest.raises(ObjectLocked):
        care.remove(Area.ARCHIVE, stored.sha256)
    # settings that ask for less later do not shorten what was promised
    again = _retained(store, care, retention=dt.timedelta(minutes=1)).put(Area.ARCHIVE, io.BytesIO(PAPER))
    assert again == stored
    assert care.lock(Area.ARCHIVE, stored.sha256).until == lock.until
    with store.open(Area.ARCHIVE, stored.sha256) as stream:
        assert stream.read() == PAPER


def _leaves_alone_what_can_be_made_again(store: ObjectStore, care: ObjectCare) -> None:
    stored = _retained(store, care).put(Area.DERIVED, io.BytesIO(PAPER))
    assert care.lock(Area.DERIVED, stored.sha256).until is None
    care.remove(Area.DERIVED, stored.sha256)
    assert not store.has(Area.DERIVED, stored.sha256)


def test_in_a_folder(tmp_path: Path) -> None:
    store, care = FolderObjects(tmp_path), FolderKeeper(tmp_path)
    _is_locked_once_it_is_kept(store, care)
    _leaves_alone_what_can_be_made_again(store, care)


@pytest.mark.services
@pytest.mark.enable_socket
def test_on_a_server(s3_server: S3Server) -> None:
    access = _access(s3_server, "retained")
    store, care = S3Objects(access), S3Keeper(access, proven=frozenset(Capability))
    _is_locked_once_it_is_kept(store, care)
    _leaves_alone_what_can_be_made_again(store, care)


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_server_that_was_not_seen_to_lock_is_not_asked(s3_server: S3Server) -> None:
    access = _access(s3_server, "unproven")
    store, care = S3Objects(access), S3Keeper(access, proven=())
    with pytest.raises(StoreLacks):
        _retained(store, care).put(Area.ARCHIVE, io.BytesIO(PAPER))
