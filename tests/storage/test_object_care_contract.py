"""What `ObjectCare` promises, kept by the folder, a real S3 server with object lock, and the fake."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
import random
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectLocked, ObjectMissing, StoreLacks, StoreRefused
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.domain.kept_object import Lock, LockMode
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, ObjectStore
from storage.encrypted_care import EncryptedCare
from storage.encrypted_objects import EncryptedObjects
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access, s3_client
from storage.s3_keeper import S3Keeper
from tests.fakes.objects import MemoryKeeper, MemoryObjects
from tests.servers.rados_gateway import S3Server
from tests.storage.conftest import SEALING_KEYS, SERVER, sealed_names

ABC = content_hash(b"abc")
LONG = dt.timedelta(days=3650)
SECOND = dt.timedelta(seconds=1)
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Kept:
    """A store and its keeper."""

    objects: ObjectStore
    care: ObjectCare
    is_s3: bool = False

    def put(self, data: bytes, area: Area = Area.ARCHIVE) -> ContentHash:
        return self.objects.put(area, io.BytesIO(data)).sha256


class SystemNow:
    """The machine's clock, by which folders tell the age of objects."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


def locked_bucket(server: S3Server, name: str = "care") -> S3Access:
    """A new bucket with object lock; nothing in it is ever removed, the server goes with the tests."""
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=f"{name}-{next(_numbers)}",
        region=server.region,
        secure=server.secure,
    )
    s3_client(access).make_bucket(access.bucket, location=access.region, object_lock=True)
    return access


@pytest.fixture(params=["memory", "folder", pytest.param("s3", marks=SERVER), "sealed-folder"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    if request.param == "sealed-folder":
        inner, care = FolderObjects(tmp_path / "archive"), FolderKeeper(tmp_path / "archive")
        with sealed_names(tmp_path_factory.mktemp("names")) as names:
            store = EncryptedObjects(inner, names=names, keys=SEALING_KEYS, random_bytes=random.Random(7).randbytes)
            yield Kept(store, EncryptedCare(care, objects=store, inner=inner, names=names, clock=SystemNow()))
    elif request.param == "memory":
        memory = MemoryObjects()
        yield Kept(memory, MemoryKeeper(memory))
    elif request.param == "folder":
        yield Kept(FolderObjects(tmp_path / "archive"), FolderKeeper(tmp_path / "archive"))
    else:
        access = locked_bucket(request.getfixturevalue("s3_server"))
        # this server overlooks conditions in a bucket with versions, as its probe finds
        proven = frozenset(Capability) - {Capability.CONDITIONAL_PUT}
        yield Kept(S3Objects(access, proven=proven), S3Keeper(access, proven=proven), is_s3=True)


def moment(kept: Kept) -> dt.timedelta:
    """Return a while that is longer than what is done within it: each question to a server takes its time."""
    return 8 * SECOND if kept.is_s3 else 2 * SECOND


def later() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0) + 60 * SECOND


def test_objects_are_listed_in_order_of_their_names(kept: Kept) -> None:
    names = sorted(kept.put(str(number).encode()) for number in range(20))
    kept.put(b"elsewhere", Area.DERIVED)
    assert [each.sha256 for each in kept.care.objects(Area.ARCHIVE)] == names
    assert [each.sha256 for each in kept.care.objects(Area.ARCHIVE, after=names[7])] == names[8:]
    assert [each.sha256 for each in kept.care.objects(Area.ARCHIVE, after=names[-1])] == []
    assert [each.size for each in kept.care.objects(Area.DERIVED)] == [9]
    assert list(kept.care.objects(Area.INCOMING)) == []


def test_a_list_is_asked_for_as_it_is_taken(kept: Kept) -> None:
    names = sorted(kept.put(str(number).encode()) for number in range(5))
    listed = kept.care.objects(Area.ARCHIVE)
    assert next(listed).sha256 == names[0]


def test_the_head_says_size_and_time(kept: Kept) -> None:
    before = dt.datetime.now(dt.UTC) - 2 * SECOND
    kept.put(b"abc")
    seen = kept.care.stat(Area.ARCHIVE, ABC)
    assert (seen.sha256, seen.size) == (ABC, 3)
    assert before <= seen.modified <= dt.datetime.now(dt.UTC) + 2 * SECOND


def test_what_is_not_there_is_missing_everywhere(kept: Kept) -> None:
    asked: list[Callable[[], object]] = [
        lambda: kept.care.stat(Area.ARCHIVE, ABC),
        lambda: kept.care.lock(Area.ARCHIVE, ABC),
        lambda: kept.care.retain(Area.ARCHIVE, ABC, until=later(), mode=LockMode.GOVERNANCE),
        lambda: kept.care.hold(Area.ARCHIVE, ABC, on=True),
        lambda: kept.care.tag(Area.ARCHIVE, ABC, {"kind": "none"}),
        lambda: kept.care.tags(Area.ARCHIVE, ABC),
        lambda: kept.care.copy(ABC, source=Area.INCOMING, target=Area.ARCHIVE),
    ]
    for ask in asked:
        with pytest.raises(ObjectMissing):
            ask()
    assert list(kept.care.versions(Area.ARCHIVE, ABC)) == []
    kept.care.remove(Area.ARCHIVE, ABC)
    assert not kept.objects.has(Area.ARCHIVE, ABC)


def test_a_removed_object_is_gone_with_all_its_versions(kept: Kept) -> None:
    kept.put(b"abc")
    other = kept.put(b"other")
    kept.care.remove(Area.ARCHIVE, ABC)
    assert not kept.objects.has(Area.ARCHIVE, ABC)
    assert list(kept.care.versions(Area.ARCHIVE, ABC)) == []
    assert [each.sha256 for each in kept.care.objects(Area.ARCHIVE)] == [other]
    kept.care.remove(Area.ARCHIVE, ABC)
    # and may come back
    kept.put(b"abc")
    assert kept.objects.has(Area.ARCHIVE, ABC)


def test_putting_again_makes_no_second_version(kept: Kept) -> None:
    kept.put(b"abc")
    first = kept.care.versions(Area.ARCHIVE, ABC)
    kept.put(b"abc")
    assert list(kept.care.versions(Area.ARCHIVE, ABC)) == list(first)
    assert [(each.size, each.newest, each.marker) for each in first] == [(3, True, False)]


@pytest.mark.parametrize("mode", list(LockMode))
def test_what_is_retained_is_not_removed(kept: Kept, mode: LockMode) -> None:
    kept.put(b"abc")
    until = later()
    kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=mode)
    assert kept.care.lock(Area.ARCHIVE, ABC) == Lock(until=until, mode=mode)
    (version,) = kept.care.versions(Area.ARCHIVE, ABC)
    with pytest.raises(ObjectLocked) as raised:
        kept.care.remove(Area.ARCHIVE, ABC)
    assert raised.value.details["reason"] == "retained"
    assert dt.datetime.fromisoformat(str(raised.value.details["until"])) == until
    with pytest.raises(ObjectLocked):
        kept.care.remove(Area.ARCHIVE, ABC, version=version.id)
    with kept.objects.open(Area.ARCHIVE, ABC) as stream:
        assert stream.read() == b"abc"


@pytest.mark.parametrize("mode", list(LockMode))
def test_a_retention_grows_and_never_shrinks(kept: Kept, mode: LockMode) -> None:
    kept.put(b"abc")
    until = later()
    kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=mode)
    kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=mode)
    kept.care.retain(Area.ARCHIVE, ABC, until=until + 60 * SECOND, mode=mode)
    longer = Lock(until=until + 60 * SECOND, mode=mode)
    with pytest.raises(ObjectLocked):
        kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=mode)
    (other,) = set(LockMode) - {mode}
    with pytest.raises(ObjectLocked):
        kept.care.retain(Area.ARCHIVE, ABC, until=until + 90 * SECOND, mode=other)
    assert kept.care.lock(Area.ARCHIVE, ABC) == longer


def test_a_retention_that_has_run_out_protects_no_more(kept: Kept) -> None:
    kept.put(b"abc")
    until = dt.datetime.now(dt.UTC) + moment(kept)
    kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=LockMode.COMPLIANCE)
    with pytest.raises(ObjectLocked):
        kept.care.remove(Area.ARCHIVE, ABC)
    time.sleep(max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds()) + 1)
    kept.care.remove(Area.ARCHIVE, ABC)
    assert not kept.objects.has(Area.ARCHIVE, ABC)


def test_a_hold_protects_until_it_is_lifted(kept: Kept) -> None:
    kept.put(b"abc")
    kept.care.hold(Area.ARCHIVE, ABC, on=True)
    assert kept.care.lock(Area.ARCHIVE, ABC) == Lock(hold=True)
    with pytest.raises(ObjectLocked) as raised:
        kept.care.remove(Area.ARCHIVE, ABC)
    assert raised.value.details["reason"] == "on_hold"
    kept.care.hold(Area.ARCHIVE, ABC, on=False)
    assert kept.care.lock(Area.ARCHIVE, ABC) == Lock()
    kept.care.remove(Area.ARCHIVE, ABC)
    assert not kept.objects.has(Area.ARCHIVE, ABC)


def test_hold_and_retention_do_not_touch_each_other(kept: Kept) -> None:
    kept.put(b"abc")
    until = later()
    kept.care.hold(Area.ARCHIVE, ABC, on=True)
    kept.care.retain(Area.ARCHIVE, ABC, until=until, mode=LockMode.GOVERNANCE)
    kept.care.tag(Area.ARCHIVE, ABC, {"kind": "source"})
    kept.care.hold(Area.ARCHIVE, ABC, on=False)
    assert kept.care.lock(Area.ARCHIVE, ABC) == Lock(until=until, mode=LockMode.GOVERNANCE)
    assert dict(kept.care.tags(Area.ARCHIVE, ABC)) == {"kind": "source"}


def test_a_lock_binds_one_area_only(kept: Kept) -> None:
    kept.put(b"abc")
    kept.put(b"abc", Area.DERIVED)
    kept.care.hold(Area.ARCHIVE, ABC, on=True)
    kept.care.remove(Area.DERIVED, ABC)
    assert kept.objects.has(Area.ARCHIVE, ABC)


def test_a_locked_object_can_be_put_again(kept: Kept) -> None:
    kept.put(b"abc")
    kept.care.hold(Area.ARCHIVE, ABC, on=True)
    kept.put(b"abc")
    assert len(kept.care.versions(Area.ARCHIVE, ABC)) == 1
    assert kept.care.lock(Area.ARCHIVE, ABC).hold


def test_tags_are_replaced_as_a_whole(kept: Kept) -> None:
    kept.put(b"abc")
    assert dict(kept.care.tags(Area.ARCHIVE, ABC)) == {}
    kept.care.tag(Area.ARCHIVE, ABC, {"kind": "source", "term": "10 y"})
    kept.care.tag(Area.ARCHIVE, ABC, {"kind": "copy"})
    assert dict(kept.care.tags(Area.ARCHIVE, ABC)) == {"kind": "copy"}
    with kept.objects.open(Area.ARCHIVE, ABC) as stream:
        assert stream.read() == b"abc", "the object itself is untouched"
    with pytest.raises(ValueError, match="11 tags"):
        kept.care.tag(Area.ARCHIVE, ABC, {str(number): "" for number in range(11)})


@pytest.mark.parametrize("size", [3, 17 << 20], ids=["small", "large"])
def test_an_accepted_object_is_copied_to_the_archive(kept: Kept, size: int) -> None:
    data = hashlib.shake_128(b"copied").digest(size)
    sha256 = kept.put(data, Area.INCOMING)
    kept.care.copy(sha256, source=Area.INCOMING, target=Area.ARCHIVE)
    kept.care.copy(sha256, source=Area.INCOMING, target=Area.ARCHIVE)
    kept.care.remove(Area.INCOMING, sha256)
    with kept.objects.open(Area.ARCHIVE, sha256) as stream:
        assert stream.read() == data
    assert len(kept.care.versions(Area.ARCHIVE, sha256)) == 1


def test_old_incoming_objects_are_swept_and_nothing_else(kept: Kept) -> None:
    kept.put(b"abc", Area.INCOMING)
    kept.put(b"abc", Area.ARCHIVE)
    swept = kept.care.sweep(unfinished=LONG, incoming=LONG)
    assert (swept.unfinished, swept.expired) == (0, 0)
    time.sleep(moment(kept).total_seconds() + 0.1)
    young = kept.put(b"young", Area.INCOMING)
    swept = kept.care.sweep(unfinished=LONG, incoming=moment(kept))
    assert swept.expired == 1
    assert not kept.objects.has(Area.INCOMING, ABC)
    assert list(kept.care.versions(Area.INCOMING, ABC)) == []
    assert kept.objects.has(Area.INCOMING, young)
    assert kept.objects.has(Area.ARCHIVE, ABC)


def test_an_incoming_object_that_is_put_again_is_young_again(kept: Kept) -> None:
    kept.put(b"abc", Area.INCOMING)
    time.sleep(moment(kept).total_seconds() + 0.1)
    kept.put(b"abc", Area.INCOMING)
    assert kept.care.sweep(unfinished=LONG, incoming=moment(kept)).expired == 0
    assert kept.objects.has(Area.INCOMING, ABC)


def test_a_link_gives_the_file_under_its_name_or_is_named_as_lacking(kept: Kept) -> None:
    kept.put(b"abc")
    name = "Quyết định 12.pdf"
    if not kept.is_s3:
        with pytest.raises(StoreLacks) as raised:
            kept.care.link(Area.ARCHIVE, ABC, seconds=60, name=name)
        assert raised.value.details["ability"] == "presign"
        return
    address = kept.care.link(Area.ARCHIVE, ABC, seconds=60, name=name)
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"abc"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%2012.pdf"
        )
    with pytest.raises(StoreRefused):
        kept.care.link(Area.ARCHIVE, ABC, seconds=8 * 24 * 3600, name=name)
