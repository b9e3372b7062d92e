"""What encryption at rest promises beside the contract of all stores: nothing is told, harm and lost keys are named."""

from __future__ import annotations

import hashlib
import io
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.domain.errors import MasterKeyMissing, ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from storage.encrypted_objects import EncryptedObjects
from storage.master_keys import MasterKeys, key_id
from storage.objects_folder import FolderObjects
from storage.sealed_sql import SealedNames
from storage.sealing import CHUNK_SIZE, HEADER, TAG_SIZE, sealed_size
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import sealed_names

PLAIN = "Nguyễn Thị Hoa, số định danh 001190012345, sinh ngày 02/03/1990. ".encode() * 3000
NAME = ContentHash(hashlib.sha256(PLAIN).hexdigest())
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ONE_KEY = MasterKeys(keys={key_id(OLD): OLD}, current=key_id(OLD))
BOTH_KEYS = MasterKeys(keys={key_id(OLD): OLD, key_id(NEW): NEW}, current=key_id(NEW))
NEW_KEY = MasterKeys(keys={key_id(NEW): NEW}, current=key_id(NEW))


@pytest.fixture
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedNames]:
    with sealed_names(tmp_path_factory.mktemp("records")) as opened:
        yield opened


@pytest.fixture
def inner() -> MemoryObjects:
    return MemoryObjects()


def store(inner: MemoryObjects | FolderObjects, names: SealedNames, keys: MasterKeys = ONE_KEY) -> EncryptedObjects:
    return EncryptedObjects(inner, names=names, keys=keys, random_bytes=random.Random().randbytes)


def put(objects: EncryptedObjects, data: bytes = PLAIN) -> StoredObject:
    return objects.put(Area.ARCHIVE, io.BytesIO(data))


def read(objects: EncryptedObjects, sha256: ContentHash = NAME) -> bytes:
    with objects.open(Area.ARCHIVE, sha256) as stream:
        return stream.read()


def test_the_stores_files_tell_nothing(tmp_path: Path, names: SealedNames) -> None:
    objects = store(FolderObjects(tmp_path), names)
    put(objects)
    with objects.local(Area.ARCHIVE, NAME) as path:
        assert path.read_bytes() == PLAIN
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    said = b"\n".join([*(str(path).encode() for path in tmp_path.rglob("*")), files[0].read_bytes()])
    for secret in (b"Nguy", b"001190012345", PLAIN[100:116], NAME.encode(), bytes.fromhex(NAME)):
        assert secret not in said
    assert files[0].name == hashlib.sha256(files[0].read_bytes()).hexdigest()  # fixity needs no key
    assert files[0].stat().st_size == sealed_size(len(PLAIN))


def test_the_lent_file_is_gone_afterwards(tmp_path: Path, inner: MemoryObjects, names: SealedNames) -> None:
    objects = EncryptedObjects(
        inner, names=names, keys=ONE_KEY, random_bytes=random.Random().randbytes, scratch=tmp_path
    )
    put(objects)
    with objects.local(Area.ARCHIVE, NAME) as path:
        assert path.is_relative_to(tmp_path)
        assert path.parent.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


def test_equal_objects_of_two_archives_look_different(names: SealedNames, tmp_path: Path) -> None:
    first, second = MemoryObjects(), MemoryObjects()
    put(store(first, names))
    with sealed_names(tmp_path) as others:
        put(store(second, others))
    assert first.kept.keys() != second.kept.keys()


def test_what_was_kept_before_stays_readable(inner: MemoryObjects, names: SealedNames) -> None:
    inner.put(Area.ARCHIVE, io.BytesIO(PLAIN))
    objects = store(inner, names)
    assert objects.has(Area.ARCHIVE, NAME)
    assert read(objects) == PLAIN
    with objects.local(Area.ARCHIVE, NAME) as path:
        assert path.read_bytes() == PLAIN
    assert put(objects) == StoredObject(sha256=NAME, size=len(PLAIN))
    assert len(inner.kept) == 1


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
        lambda data: data[:-TAG_SIZE],
        lambda data: data[: len(HEADER) + CHUNK_SIZE + TAG_SIZE],
        lambda data: data + b"\0",
        lambda data: b"",
    ],
    ids=["flipped", "cut", "cut-at-a-chunk", "longer", "emptied"],
)
def test_harm_is_found_and_both_names_are_told(inner: MemoryObjects, names: SealedNames, harm: object) -> None:
    objects = store(inner, names)
    put(objects)
    ((place, data),) = inner.kept.items()
    inner.kept[place] = harm(data)  # type: ignore[operator]
    with pytest.raises(ObjectAltered) as raised:
        read(objects)
    assert raised.value.details["area"] == "archive"
    assert raised.value.details["sha256"] == NAME
    assert raised.value.details["sealed"] == place[1]


def test_a_sealed_object_put_in_anothers_place_is_found(inner: MemoryObjects, names: SealedNames) -> None:
    objects = store(inner, names)
    put(objects)
    put(objects, b"another")
    first, second = inner.kept
    inner.kept[first] = inner.kept[second]
    with pytest.raises(ObjectAltered):
        read(objects)


def test_a_sealed_object_that_is_gone_is_missing_and_put_again(inner: MemoryObjects, names: SealedNames) -> None:
    objects = store(inner, names)
    put(objects)
    inner.kept.clear()
    assert not objects.has(Area.ARCHIVE, NAME)
    with pytest.raises(ObjectMissing) as raised:
        read(objects)
    assert raised.value.details["sha256"] == NAME
    put(objects)
    assert read(objects) == PLAIN


def test_the_object_of_a_lost_key_is_named_and_cured_by_its_bytes(inner: MemoryObjects, names: SealedNames) -> None:
    put(store(inner, names))
    objects = store(inner, names, NEW_KEY)
    for reading in (lambda: read(objects), lambda: objects.local(Area.ARCHIVE, NAME).__enter__()):
        with pytest.raises(MasterKeyMissing) as raised:
            reading()
        assert raised.value.details == {"area": "archive", "sha256": NAME, "key": key_id(OLD)}
    put(objects)
    assert read(objects) == PLAIN


def test_after_rotation_the_old_key_is_not_needed_and_no_object_was_written(
    inner: MemoryObjects, names: SealedNames
) -> None:
    old = store(inner, names)
    put(old)
    put(old, b"another")
    before = dict(inner.kept)
    assert names.counts() == {key_id(OLD): 2}
    heard: list[int] = []
    rotated = names.rewrap(
        lambda key, wrapped: BOTH_KEYS.wrap(BOTH_KEYS.unwrap(key, wrapped)), to=BOTH_KEYS.current, on_keys=heard.append
    )
    assert (rotated, heard) == (2, [2])
    assert names.counts() == {key_id(NEW): 2}
    assert inner.kept == before
    assert read(store(inner, names, NEW_KEY)) == PLAIN
    with pytest.raises(MasterKeyMissing):
        read(old)


def test_rotation_leaves_the_objects_of_lost_keys(inner: MemoryObjects, names: SealedNames) -> None:
    put(store(inner, names))
    rotated = names.rewrap(
        lambda key, wrapped: NEW_KEY.wrap(NEW_KEY.unwrap(key, wrapped)),
        to=NEW_KEY.current,
        on_keys=lambda _: None,
        lost=frozenset({key_id(OLD)}),
    )
    assert rotated == 0
    assert names.counts() == {key_id(OLD): 1}


def test_a_stream_that_cannot_be_read_twice_is_sealed_once(inner: MemoryObjects, names: SealedNames) -> None:
    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return False

    objects = store(inner, names)
    stored = objects.put(Area.ARCHIVE, Once(PLAIN))
    assert stored == StoredObject(sha256=NAME, size=len(PLAIN))
    assert read(objects) == PLAIN


def test_only_what_is_left_of_a_stream_is_kept(inner: MemoryObjects, names: SealedNames) -> None:
    objects = store(inner, names)
    stream = io.BytesIO(b"head" + PLAIN)
    stream.seek(4)
    assert objects.put(Area.ARCHIVE, stream).sha256 == NAME


def test_of_two_at_once_one_wins_and_both_read_it(inner: MemoryObjects, names: SealedNames) -> None:
    """Both are past the question whether the object is there before either has written its name down."""
    both_sealed = threading.Barrier(2, timeout=10)

    class Meeting(MemoryObjects):
        def put(self, area: Area, stream: BinaryIO) -> StoredObject:
            stored = super().put(area, stream)
            both_sealed.wait()
            return stored

    shared = Meeting()
    sides = [threading.Thread(target=put, args=(store(shared, names),)) for _ in range(2)]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    assert len(shared.kept) == 2
    assert names.counts() == {key_id(OLD): 1}
    assert read(store(shared, names)) == PLAIN
    assert len(names.known(Area.ARCHIVE, [sealed for _, sealed in shared.kept])) == 1


def test_a_process_that_dies_before_the_name_is_written_leaves_nothing_visible(
    inner: MemoryObjects, names: SealedNames
) -> None:
    class Dying(SealedNames):
        def add(self, *_: object, **__: object) -> bool:
            raise KeyboardInterrupt

    dying = Dying(names._book)
    with pytest.raises(KeyboardInterrupt):
        put(store(inner, dying))
    objects = store(inner, names)
    assert not objects.has(Area.ARCHIVE, NAME)
    put(objects)
    assert read(objects) == PLAIN


def test_forgetting_a_name_shreds_the_object(inner: MemoryObjects, names: SealedNames) -> None:
    objects = store(inner, names)
    put(objects)
    names.forget(Area.ARCHIVE, NAME)
    assert not objects.has(Area.ARCHIVE, NAME)
    with pytest.raises(ObjectMissing):
        read(objects)
