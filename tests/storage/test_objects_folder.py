"""What only a folder can do wrong: crashes, altered files, rights."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.errors import ObjectAltered, StoreRefused, StoreUnavailable
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.objects_folder import FolderObjects

ABC = ContentHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
DAY = 24 * 3600

PUT_SLOWLY = """
import io, sys, time
from pathlib import Path
from pipeline.ports import Area
from storage.objects_folder import FolderObjects

class Endless(io.RawIOBase):
    given = 0
    def read(self, size=-1):
        if self.given == 3:
            print("in the middle", flush=True)
            time.sleep(600)
        self.given += 1
        return bytes(1 << 20)

FolderObjects(Path(sys.argv[1])).put(Area.ARCHIVE, Endless())
"""


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def kept_file(root: Path) -> Path:
    return root / "archive" / "sha256" / "ba" / "78" / ABC


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive of the office"


@pytest.fixture
def store(root: Path) -> FolderObjects:
    return FolderObjects(root)


def test_the_layout_is_the_documented_one(root: Path, store: FolderObjects) -> None:
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    assert files(root) == [kept_file(root)]
    assert kept_file(root).stat().st_mode & 0o777 == 0o440


def test_a_killed_writer_leaves_nothing_visible(root: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", PUT_SLOWLY, str(root)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    left = files(root)
    assert [path.parent for path in left] == [root / "unfinished"]
    assert not (root / "archive").exists()

    FolderObjects(root)
    assert files(root) == left, "it may still be written to"
    os.utime(left[0], times=(time.time() - DAY - 60,) * 2)
    FolderObjects(root)
    assert files(root) == []


@pytest.mark.parametrize("damage", [b"abd", b"ab", b"abcd", b""], ids=["flipped", "short", "long", "emptied"])
def test_altered_bytes_are_never_handed_out_whole(root: Path, store: FolderObjects, damage: bytes) -> None:
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    kept_file(root).chmod(0o600)
    kept_file(root).write_bytes(damage)
    with pytest.raises(ObjectAltered) as raised, store.open(Area.ARCHIVE, ABC) as stream:
        stream.read()
    assert raised.value.details == {"area": "archive", "sha256": ABC}
    with pytest.raises(ObjectAltered), store.local(Area.ARCHIVE, ABC):
        pass


def test_a_large_altered_object_is_noticed_before_its_last_bytes(root: Path, store: FolderObjects) -> None:
    data = bytearray(5 << 20)
    sha256 = store.put(Area.ARCHIVE, io.BytesIO(data)).sha256
    (path,) = files(root)
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(b"x")
    got: list[bytes] = []
    with pytest.raises(ObjectAltered), store.open(Area.ARCHIVE, sha256) as stream:
        got.extend(iter(lambda: stream.read(100_000), b""))
    assert 0 < sum(map(len, got)) < len(data)


def test_a_file_touched_after_it_was_verified_is_verified_again(root: Path, store: FolderObjects) -> None:
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    with store.local(Area.ARCHIVE, ABC) as path:
        before = path.stat()
    kept_file(root).chmod(0o600)
    kept_file(root).write_bytes(b"xyz")
    os.utime(kept_file(root), ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ObjectAltered), store.local(Area.ARCHIVE, ABC):
        pass


def test_a_truncated_object_is_not_taken_for_the_one_put(root: Path, store: FolderObjects) -> None:
    store.put(Area.ARCHIVE, io.BytesIO(b"abc"))
    kept_file(root).chmod(0o600)
    kept_file(root).write_bytes(b"a")
    with pytest.raises(ObjectAltered):
        store.put(Area.ARCHIVE, io.BytesIO(b"abc"))


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable) as raised:
        FolderObjects(tmp_path / "file")
    assert raised.value.details["path"] == str(tmp_path / "file")


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Act as an account without rights, since root may write everywhere; who is not root is such an account already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_rights_refuses() -> None:
    folder = Path(tempfile.mkdtemp(prefix="sohoa-rights-"))  # what pytest gives is root's alone
    folder.chmod(0o555)
    try:
        with as_nobody(), pytest.raises(StoreRefused):
            FolderObjects(folder / "archive")
    finally:
        folder.rmdir()


def test_a_full_disk_leaves_nothing_and_is_transient(root: Path) -> None:
    """A limit on file sizes stands for a full disk: the write fails half way."""
    script = (
        "import io, resource, signal, sys\n"
        "from pathlib import Path\n"
        "from pipeline.domain.errors import StoreUnavailable\n"
        "from pipeline.ports import Area\n"
        "from storage.objects_folder import FolderObjects\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = FolderObjects(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "try:\n"
        "    store.put(Area.ARCHIVE, io.BytesIO(bytes(5 << 20)))\n"
        "except StoreUnavailable as error:\n"
        "    print(error.details['reason'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    assert files(root) == []


def test_two_roots_do_not_share_what_they_verified(tmp_path: Path) -> None:
    one, other = FolderObjects(tmp_path / "one"), FolderObjects(tmp_path / "other")
    data = b"same bytes"
    sha256 = one.put(Area.ARCHIVE, io.BytesIO(data)).sha256
    assert hashlib.sha256(data).hexdigest() == sha256
    assert not other.has(Area.ARCHIVE, sha256)
