"""Large objects on a real server: what broke off goes on, what nobody comes back for goes; what the server checks."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from minio.error import S3Error

from pipeline.domain.capability import Capability
from pipeline.domain.errors import (
    BadSettings,
    MachineExhausted,
    ObjectAltered,
    ObjectLocked,
    StoreLacks,
    StoreRefused,
    StoreUnavailable,
)
from pipeline.domain.ids import content_hash
from pipeline.domain.kept_object import LockMode
from pipeline.ports import Area
from storage.encryption_kind import EncryptionKind
from storage.objects_s3 import S3Objects, object_key
from storage.s3_bucket import prepare_bucket
from storage.s3_calls import S3Client
from storage.s3_client import S3Access, ServerEncryption, s3_client
from storage.s3_keeper import S3Keeper
from storage.s3_parts import PART_SIZE
from tests.servers.rados_gateway import S3Server

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

LARGE = hashlib.shake_128(b"large").digest(3 * PART_SIZE + 5)
NOW = dt.timedelta(0)
DAY = dt.timedelta(days=1)
ABC = content_hash(b"abc")


def access_to(server: S3Server, bucket: str, encryption: ServerEncryption | None = None) -> S3Access:
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=bucket,
        region=server.region,
        secure=server.secure,
        encryption=encryption or ServerEncryption(),
    )
    if not s3_client(access).bucket_exists(bucket):
        s3_client(access).make_bucket(bucket, location=access.region)
    return access


class Counting:
    """Counts the parts that are sent, and breaks the sending of one off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, breaks_at: int = 0) -> None:
        self.sent: list[int] = []
        whole = S3Client.put_part

        def put_part(*given: object, **more: object) -> str:
            number = cast("int", given[4])
            if number == breaks_at:
                raise ConnectionResetError
            self.sent.append(number)
            return whole(*given, **more)  # type: ignore[arg-type]  # passed on as it came

        monkeypatch.setattr(S3Client, "put_part", put_part)


class OneWay(io.RawIOBase):
    """A stream that cannot be read twice."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


@pytest.mark.parametrize("stream", [io.BytesIO, OneWay], ids=["twice", "once"])
def test_an_upload_that_broke_off_goes_on(
    s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: Callable[[bytes], BinaryIO]
) -> None:
    access = access_to(s3_server, f"goes-on-{len(stream(b'').__class__.__name__)}")
    store, keeper = S3Objects(access, scratch=tmp_path), S3Keeper(access, proven=frozenset())
    with monkeypatch.context() as patched:
        first = Counting(patched, breaks_at=3)
        with pytest.raises(StoreUnavailable):
            store.put(Area.ARCHIVE, stream(LARGE))
    assert not store.has(Area.ARCHIVE, content_hash(LARGE))
    assert list(keeper.objects(Area.ARCHIVE)) == []

    second = Counting(monkeypatch)
    stored = store.put(Area.ARCHIVE, stream(LARGE))
    assert sorted(first.sent + second.sent) == [1, 2, 3, 4], "no part is sent twice"
    with store.open(Area.ARCHIVE, stored.sha256) as kept:
        assert kept.read() == LARGE
    assert keeper.sweep(unfinished=NOW, incoming=DAY).unfinished == 0
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_has_other_bytes_is_sent_again(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    access = access_to(s3_server, "other-bytes")
    client, key = s3_client(access), object_key(Area.ARCHIVE, content_hash(LARGE))
    upload = client.begin_parts(access.bucket, key)
    wrong = bytes(PART_SIZE)
    client.put_part(access.bucket, key, upload, 2, wrong, sha256=hashlib.sha256(wrong).hexdigest())
    counting = Counting(monkeypatch)
    store = S3Objects(access)
    store.put(Area.ARCHIVE, io.BytesIO(LARGE))
    assert sorted(counting.sent) == [1, 2, 3, 4]
    with store.open(Area.ARCHIVE, content_hash(LARGE)) as kept:
        assert kept.read() == LARGE


def test_leftovers_are_given_up_when_they_are_old(s3_server: S3Server) -> None:
    access = access_to(s3_server, "leftovers")
    client, keeper = s3_client(access), S3Keeper(access, proven=frozenset())
    for number in range(3):
        client.begin_parts(access.bucket, object_key(Area.ARCHIVE, content_hash(bytes([number]))))
    assert keeper.sweep(unfinished=DAY, incoming=DAY).unfinished == 0
    assert keeper.sweep(unfinished=NOW, incoming=DAY).unfinished == 3
    assert list(client.unfinished(access.bucket, "")) == []


def test_a_source_that_changes_between_its_two_readings_is_not_kept(s3_server: S3Server, tmp_path: Path) -> None:
    class Changing(io.BytesIO):
        readings = 0

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                self.readings += 1
            piece = super().read(size)
            return piece if self.readings < 2 else piece[:-1] + b"?"

    access = access_to(s3_server, "changing")
    with pytest.raises(StoreUnavailable) as raised:
        S3Objects(access, scratch=tmp_path).put(Area.ARCHIVE, Changing(LARGE))
    assert raised.value.details["reason"] == "XAmzContentSHA256Mismatch"
    assert list(S3Keeper(access, proven=frozenset()).objects(Area.ARCHIVE)) == []


def test_the_server_refuses_bytes_that_do_not_have_the_digest_in_their_name(s3_server: S3Server) -> None:
    access = access_to(s3_server, "digests")
    client = s3_client(access)
    with pytest.raises(S3Error) as raised:
        client.put_bytes(access.bucket, object_key(Area.ARCHIVE, ABC), b"abd", sha256=ABC)
    assert raised.value.code == "XAmzContentSHA256Mismatch"


def test_a_name_is_never_written_over(s3_server: S3Server) -> None:
    access = access_to(s3_server, "conditions")
    store = S3Objects(access, proven=frozenset({Capability.CONDITIONAL_PUT}))
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    before = s3_client(access).stat_object(access.bucket, object_key(Area.ARCHIVE, ABC)).last_modified
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    other = content_hash(b"abcd")
    s3_client(access).put_object(access.bucket, object_key(Area.ARCHIVE, other), io.BytesIO(b"ab"), 2)
    with pytest.raises(ObjectAltered):
        store.put(Area.ARCHIVE, io.BytesIO(b"abcd"))
    assert s3_client(access).stat_object(access.bucket, object_key(Area.ARCHIVE, ABC)).last_modified == before
    assert s3_client(access).stat_object(access.bucket, object_key(Area.ARCHIVE, other)).size == 2


def test_what_was_not_proved_is_not_sent(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    access = access_to(s3_server, "unproven")
    S3Objects(access).put(Area.ARCHIVE, io.BytesIO(b"abc"))
    keeper = S3Keeper(access, proven=frozenset({Capability.GOVERNANCE}))
    for call in ("set_object_retention", "enable_object_legal_hold", "disable_object_legal_hold", "set_object_tags"):
        monkeypatch.delattr(S3Client.__mro__[1], call)
    until = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    for ask, ability in (
        (lambda: keeper.retain(Area.ARCHIVE, ABC, until=until, mode=LockMode.COMPLIANCE), "compliance"),
        (lambda: keeper.hold(Area.ARCHIVE, ABC, on=True), "legal_hold"),
        (lambda: keeper.hold(Area.ARCHIVE, ABC, on=False), "legal_hold"),
        (lambda: keeper.tag(Area.ARCHIVE, ABC, {"a": "b"}), "tags"),
        (lambda: keeper.link(Area.ARCHIVE, ABC, seconds=60, name="a"), "presign"),
    ):
        with pytest.raises(StoreLacks) as raised:
            ask()
        assert raised.value.details == {"ability": ability}
    assert dict(keeper.tags(Area.ARCHIVE, ABC)) == {}
    assert not keeper.lock(Area.ARCHIVE, ABC).hold


def bucket_with_versions(server: S3Server, bucket: str) -> tuple[S3Access, S3Client, S3Keeper]:
    """A bucket with object lock, in which somebody put ABC three times and removed it as S3 does."""
    access = replace(access_to(server, "any"), bucket=bucket)
    client = s3_client(access)
    client.make_bucket(bucket, location=access.region, object_lock=True)
    for _ in range(3):
        client.put_bytes(bucket, object_key(Area.INCOMING, ABC), b"abc", sha256=ABC)
    client.remove_object(bucket, object_key(Area.INCOMING, ABC))
    return access, client, S3Keeper(access, proven=frozenset(Capability) - {Capability.CONDITIONAL_PUT})


def test_all_states_of_a_name_are_seen_and_removed(s3_server: S3Server) -> None:
    _, _, keeper = bucket_with_versions(s3_server, "states")
    states = keeper.versions(Area.INCOMING, ABC)
    assert [(each.newest, each.marker) for each in states] == [
        (True, True),
        (False, False),
        (False, False),
        (False, False),
    ]
    keeper.remove(Area.INCOMING, ABC, version=states[2].id)
    assert [each.id for each in keeper.versions(Area.INCOMING, ABC)] == [states[each].id for each in (0, 1, 3)]
    keeper.remove(Area.INCOMING, ABC)
    assert list(keeper.versions(Area.INCOMING, ABC)) == []


def test_one_locked_state_keeps_them_all(s3_server: S3Server) -> None:
    access, client, keeper = bucket_with_versions(s3_server, "one-locked")
    oldest = keeper.versions(Area.INCOMING, ABC)[-1]
    client.enable_object_legal_hold(access.bucket, object_key(Area.INCOMING, ABC), oldest.id)
    with pytest.raises(ObjectLocked):
        keeper.remove(Area.INCOMING, ABC)
    assert len(keeper.versions(Area.INCOMING, ABC)) == 4
    client.disable_object_legal_hold(access.bucket, object_key(Area.INCOMING, ABC), oldest.id)


def test_what_a_rule_of_the_server_has_only_hidden_is_swept(s3_server: S3Server) -> None:
    _, _, keeper = bucket_with_versions(s3_server, "hidden")
    assert keeper.sweep(unfinished=DAY, incoming=DAY).expired == 0
    assert keeper.sweep(unfinished=DAY, incoming=-DAY).expired == 1
    assert list(keeper.versions(Area.INCOMING, ABC)) == []


def test_incoming_objects_expire_with_all_their_states(s3_server: S3Server) -> None:
    access = replace(access_to(s3_server, "any"), bucket="expiring")
    prepare_bucket(access, proven=frozenset(Capability), incoming_days=5)
    kept = s3_client(access).get_bucket_lifecycle("expiring")
    assert kept is not None
    (rule,) = (each for each in kept.rules if each.rule_id == "sohoa-incoming")
    assert rule.expiration is not None
    assert rule.expiration.days == 5
    assert rule.noncurrent_version_expiration is not None
    assert rule.noncurrent_version_expiration.noncurrent_days == 1


def test_no_room_for_what_cannot_be_read_twice_is_named(
    s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = S3Objects(access_to(s3_server, "no-room"), scratch=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(MachineExhausted):
            store.put(Area.ARCHIVE, cast("BinaryIO", OneWay(LARGE)))
    assert not store.has(Area.ARCHIVE, content_hash(LARGE))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"abc", LARGE], ids=["small", "large"])
def test_an_object_under_our_key_opens_with_it_only(s3_server: S3Server, data: bytes) -> None:
    ours = ServerEncryption(EncryptionKind.CUSTOMER, "01" * 32)
    access = access_to(s3_server, f"our-key-{len(data)}", ours)
    store, keeper = S3Objects(access), S3Keeper(access, proven=frozenset({Capability.PRESIGN}))
    sha256 = store.put(Area.ARCHIVE, io.BytesIO(data)).sha256
    assert keeper.stat(Area.ARCHIVE, sha256).size == len(data)
    with pytest.raises(StoreLacks):  # this server does not copy what it cannot open by itself
        keeper.copy(sha256, source=Area.ARCHIVE, target=Area.DERIVED)
    assert store.part(Area.ARCHIVE, sha256, start=1, length=2) == data[1:3]
    with store.open(Area.ARCHIVE, sha256) as kept:
        assert kept.read() == data
    with pytest.raises(StoreLacks):
        keeper.link(Area.ARCHIVE, sha256, seconds=60, name="a")
    for other in (ServerEncryption(), ServerEncryption(EncryptionKind.CUSTOMER, "02" * 32)):
        stranger = S3Objects(access_to(s3_server, access.bucket, other))
        with pytest.raises(StoreRefused), stranger.open(Area.ARCHIVE, sha256) as kept:
            kept.read()


def test_a_key_that_is_none_is_a_wrong_setting() -> None:
    encryption = ServerEncryption(EncryptionKind.CUSTOMER, "too short")
    assert "too short" not in repr(encryption)
    with pytest.raises(BadSettings):
        S3Objects(S3Access(endpoint="host", access_key="a", secret_key="b", bucket="sohoa", encryption=encryption))
