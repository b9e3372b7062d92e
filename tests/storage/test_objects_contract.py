"""What `ObjectStore` promises, kept by the folder, a real S3 server and the fake."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.domain.errors import ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore

ABC = ContentHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
"""SHA-256 of `abc`, FIPS 180-4 example B.1"""
EMPTY = ContentHash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
"""SHA-256 of nothing"""


def test_an_object_is_named_by_its_digest_and_read_back(objects: ObjectStore) -> None:
    stored = objects.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert (stored.sha256, stored.size) == (ABC, 3)
    with objects.open(Area.ARCHIVE, ABC) as stream:
        assert stream.read() == b"abc"


def test_an_empty_object_is_an_object(objects: ObjectStore) -> None:
    stored = objects.put(Area.ARCHIVE, io.BytesIO(b""))
    assert (stored.sha256, stored.size) == (EMPTY, 0)
    with objects.open(Area.ARCHIVE, EMPTY) as stream:
        assert stream.read() == b""
    with objects.local(Area.ARCHIVE, EMPTY) as path:
        assert path.read_bytes() == b""


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 40 << 20], ids=["one-chunk", "two-chunks", "three-parts"])
def test_large_objects_pass_unchanged(objects: ObjectStore, size: int) -> None:
    data = hashlib.shake_128(b"large").digest(size)
    stored = objects.put(Area.DERIVED, io.BytesIO(data))
    assert stored.size == size
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    with objects.open(Area.DERIVED, stored.sha256) as stream:
        first = stream.read(1000)
        assert first + stream.read() == data


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(objects: ObjectStore) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(1)

    assert objects.put(Area.ARCHIVE, Dripping(b"abc")).sha256 == ABC


def test_putting_again_is_a_success(objects: ObjectStore) -> None:
    first = objects.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert objects.put(Area.ARCHIVE, io.BytesIO(b"abc")) == first


def test_areas_are_apart(objects: ObjectStore) -> None:
    objects.put(Area.DERIVED, io.BytesIO(b"abc"))
    assert objects.has(Area.DERIVED, ABC)
    assert not objects.has(Area.ARCHIVE, ABC)


def test_a_missing_object_is_named(objects: ObjectStore) -> None:
    with pytest.raises(ObjectMissing) as opened, objects.open(Area.ARCHIVE, ABC):
        pass
    assert opened.value.details == {"area": "archive", "sha256": ABC}
    with pytest.raises(ObjectMissing), objects.local(Area.ARCHIVE, ABC):
        pass


def test_a_local_file_has_the_bytes_and_is_read_only(objects: ObjectStore) -> None:
    objects.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    with objects.local(Area.ARCHIVE, ABC) as path:
        assert path.read_bytes() == b"abc"
        assert path.stat().st_mode & 0o222 == 0
    with objects.local(Area.ARCHIVE, ABC) as path:
        assert path.read_bytes() == b"abc"


def test_reading_may_stop_early(objects: ObjectStore) -> None:
    data = bytes(3 << 20)
    stored = objects.put(Area.ARCHIVE, io.BytesIO(data))
    with objects.open(Area.ARCHIVE, stored.sha256) as stream:
        assert stream.read(10) == bytes(10)
    with objects.open(Area.ARCHIVE, stored.sha256) as stream:
        assert len(stream.read()) == len(data)


def test_a_source_that_breaks_leaves_nothing(objects: ObjectStore, tmp_path: Path) -> None:
    class Breaking(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the scanner's share went away")

    # the caller's trouble is not the store's: it is not translated
    with pytest.raises(OSError, match="share went away"):
        objects.put(Area.ARCHIVE, Breaking())  # type: ignore[arg-type]
    assert not objects.has(Area.ARCHIVE, EMPTY)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_same_object_from_many_sides_at_once(objects: ObjectStore) -> None:
    data = bytes(range(256)) * 5000
    with ThreadPoolExecutor(4) as pool:
        stored = set(pool.map(lambda _: objects.put(Area.ARCHIVE, io.BytesIO(data)), range(8)))
    assert len(stored) == 1
    with objects.open(Area.ARCHIVE, stored.pop().sha256) as stream:
        assert stream.read() == data


def test_a_reader_that_raises_gets_its_own_error(objects: ObjectStore) -> None:
    objects.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    with pytest.raises(OSError, match="target disk full"), objects.open(Area.ARCHIVE, ABC):
        raise OSError("target disk full")
    with pytest.raises(OSError, match="target disk full"), objects.local(Area.ARCHIVE, ABC):
        raise OSError("target disk full")


@pytest.mark.parametrize(("start", "length"), [(0, 1), (0, 1000), (999, 1), (400, 0), (100, 300)])
def test_a_part_is_read_alone(objects: ObjectStore, start: int, length: int) -> None:
    data = hashlib.shake_128(b"part").digest(1000)
    sha256 = objects.put(Area.ARCHIVE, io.BytesIO(data)).sha256
    assert objects.part(Area.ARCHIVE, sha256, start=start, length=length) == data[start : start + length]


@pytest.mark.parametrize(("start", "length"), [(0, 1001), (999, 2), (1000, 1), (5000, 10)])
def test_a_part_that_is_not_all_there_is_no_part(objects: ObjectStore, start: int, length: int) -> None:
    sha256 = objects.put(Area.ARCHIVE, io.BytesIO(bytes(1000))).sha256
    with pytest.raises(ObjectAltered):
        objects.part(Area.ARCHIVE, sha256, start=start, length=length)


def test_a_part_from_the_middle_of_a_large_object(objects: ObjectStore) -> None:
    data = hashlib.shake_128(b"middle").digest(17 << 20)
    sha256 = objects.put(Area.ARCHIVE, io.BytesIO(data)).sha256
    start = (16 << 20) - 1000
    assert objects.part(Area.ARCHIVE, sha256, start=start, length=2000) == data[start : start + 2000]
    with pytest.raises(ObjectMissing):
        objects.part(Area.DERIVED, sha256, start=0, length=1)
