"""A folder whose process dies, or whose disk refuses, at every single call: whole or nothing, and nothing acknowledged is lost."""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.domain.errors import MachineExhausted, SohoaError, StoreRefused, StoreUnavailable
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.domain.kept_object import Lock, LockMode
from pipeline.ports import Area
from storage import folder_keeper, folder_layout
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects

CALLS = ("open", "write", "fsync", "fchmod", "link", "unlink", "mkdir", "replace")
"""by which a folder is changed"""
FIRST, SECOND, PASSING, DOOMED = b"first", b"second", b"passing", b"doomed"
UNTIL = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)
NOW = dt.timedelta(0)
LONG = dt.timedelta(days=999)


def name(data: bytes) -> ContentHash:
    return content_hash(data)


def care(root: Path) -> FolderKeeper:
    return FolderKeeper(root)


def put(root: Path, data: bytes, area: Area = Area.ARCHIVE) -> None:
    FolderObjects(root).put(area, io.BytesIO(data))


Step = tuple[str, Callable[[Path], object]]
STEPS: Sequence[Step] = (
    ("first is kept", lambda root: put(root, FIRST)),
    ("first is kept again", lambda root: put(root, FIRST)),
    (
        "first is locked",
        lambda root: care(root).retain(Area.ARCHIVE, name(FIRST), until=UNTIL, mode=LockMode.GOVERNANCE),
    ),
    ("first is on hold", lambda root: care(root).hold(Area.ARCHIVE, name(FIRST), on=True)),
    ("passing came in", lambda root: put(root, PASSING, Area.INCOMING)),
    ("passing came in again", lambda root: put(root, PASSING, Area.INCOMING)),
    ("passing is kept", lambda root: care(root).copy(name(PASSING), source=Area.INCOMING, target=Area.ARCHIVE)),
    ("passing is accepted", lambda root: care(root).remove(Area.INCOMING, name(PASSING))),
    ("doomed is kept", lambda root: put(root, DOOMED)),
    ("doomed has tags", lambda root: care(root).tag(Area.ARCHIVE, name(DOOMED), {"kind": "none"})),
    ("doomed is gone", lambda root: care(root).remove(Area.ARCHIVE, name(DOOMED))),
    ("leftovers are gone", lambda root: care(root).sweep(unfinished=LONG, incoming=LONG)),
)


def fork() -> int:
    """Fork. The child uses no lock that another thread might hold, which is what Python warns of from 3.12 on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed takes nothing with it that it has written; only a machine that loses power does."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@contextmanager
def at_call(number: int, strike: Callable[[], None], *, after: bool = False) -> Iterator[list[str]]:
    """Strike before (or after) the call with this number of those that change a folder; give the calls made so far."""
    made: list[str] = []
    whole: Mapping[str, Callable[..., object]] = {each: getattr(os, each) for each in CALLS}

    def counted(call: str) -> Callable[..., object]:
        def changed(*given: object, **more: object) -> object:
            made.append(call)
            mine = len(made) == number
            if mine and not after:
                strike()
            try:
                return whole[call](*given, **more)
            finally:
                if mine and after:
                    strike()

        return changed

    for each in CALLS:
        setattr(os, each, counted(each))
    try:
        yield made
    finally:
        for each in CALLS:
            setattr(os, each, whole[each])


def run_until_killed(root: Path, number: int, *, after: bool) -> tuple[list[str], bool]:
    """Go through the steps in a child that is killed at a call; return the steps it acknowledged, and whether it came through."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        write = os.write
        try:
            with at_call(number, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after):
                for said, step in STEPS:
                    step(root)
                    write(writing, f"{said}\n".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        done = told.read().splitlines()
    _, status = os.waitpid(child, 0)
    return done, not os.WIFSIGNALED(status)


def refusal(root: Path, step: Callable[[Path], object]) -> SohoaError | None:
    """Take a step; return what it was refused with. Any other error is a fault of ours."""
    try:
        step(root)
    except SohoaError as error:
        return error
    return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see after a fault."""

    root: Path

    def has(self, data: bytes, area: Area = Area.ARCHIVE) -> bool:
        return FolderObjects(self.root).has(area, name(data))

    def check(self, done: Sequence[str]) -> None:
        """What was acknowledged holds, and everything that is visible is whole."""
        for area in Area:
            for each in care(self.root).objects(area):
                with FolderObjects(self.root).open(area, each.sha256) as stream:
                    stream.read()
        if "first is kept" in done:
            assert self.has(FIRST)
            lock = care(self.root).lock(Area.ARCHIVE, name(FIRST))
            if "first is locked" in done:
                assert (lock.until, lock.mode) == (UNTIL, LockMode.GOVERNANCE)
            if "first is on hold" in done:
                assert lock == Lock(until=UNTIL, mode=LockMode.GOVERNANCE, hold=True)
        if "passing came in" in done and "passing is kept" not in done:
            assert self.has(PASSING, Area.INCOMING)
        if "passing is kept" in done:
            assert self.has(PASSING)
        if "doomed is gone" in done:
            assert not self.has(DOOMED)

    def check_after_all(self) -> None:
        """Going through the steps once more ends as if nothing had happened."""
        for _, step in STEPS:
            step(self.root)
        care(self.root).sweep(unfinished=-LONG, incoming=LONG)
        self.check([said for said, _ in STEPS])
        files = sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())
        kept = [f"archive/sha256/{h[:2]}/{h[2:4]}/{h}" for h in (name(FIRST), name(PASSING))]
        assert files == sorted([*kept, kept[0].replace("sha256", "marks"), "care"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "after", [pytest.param(False, marks=pytest.mark.long, id="before"), pytest.param(True, id="after")]
)
def test_killed_at_every_call(tmp_path: Path, after: bool) -> None:  # noqa: FBT001 - a parameter of pytest's
    for number in range(1, 1000):
        root = tmp_path / str(number)
        done, came_through = run_until_killed(root, number, after=after)
        seen = Seen(root)
        seen.check(done)
        seen.check_after_all()
        shutil.rmtree(root)
        if came_through:
            assert number > 60, "the folder is changed by so many calls at least"
            return
    pytest.fail("it never came through")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, MachineExhausted),
        (errno.EIO, StoreUnavailable),
        (errno.EROFS, StoreRefused),
    ],
    ids=["full", "broken", "read-only"],
)
def test_refused_at_every_call(tmp_path: Path, number: int, expected: type[SohoaError]) -> None:
    def strike() -> None:
        raise OSError(number, os.strerror(number))

    for count in range(1, 1000):
        root = tmp_path / str(count)
        done: list[str] = []
        with at_call(count, strike) as made:
            for said, step in STEPS:
                error = refusal(root, step)
                if error is not None:
                    break
                done.append(said)
        if error is not None:
            assert type(error) is expected, said
            assert str(root) in str(error.details["path"])
        seen = Seen(root)
        seen.check(done)
        seen.check_after_all()
        shutil.rmtree(root)
        if len(made) < count:
            return
    pytest.fail("it never came through")


def test_a_folder_of_somebody_else_refuses() -> None:
    """As root there are no rights to lack: then somebody without any tries."""
    root = Path(tempfile.mkdtemp(prefix="sohoa-rights-"))
    try:
        put(root, FIRST)
        root.chmod(0o555)
        for path in root.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        child = fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                FolderObjects(root).put(Area.ARCHIVE, io.BytesIO(SECOND))
            except StoreRefused as error:
                os._exit(7 if error.details["reason"] == os.strerror(errno.EACCES) else 8)
            finally:
                os._exit(9)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
        assert not Seen(root).has(SECOND)
    finally:
        for path in (root, *root.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(root)


def test_a_clock_that_jumps_ahead_costs_a_try_and_no_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process, two days ahead, sweeps what is just being written."""
    root = tmp_path / "archive"
    true_time = folder_layout.seconds_now

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with monkeypatch.context() as ahead:
                ahead.setattr(folder_layout, "seconds_now", lambda root: true_time(root) + 2 * 24 * 3600)
                FolderObjects(root)
            return super().read(size)

    store = FolderObjects(root)
    with pytest.raises(StoreUnavailable):
        store.put(Area.ARCHIVE, Slow(FIRST))
    assert [path for path in root.rglob("*") if path.is_file()] == []
    put(root, FIRST)
    assert Seen(root).has(FIRST)


def test_a_clock_that_jumps_back_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "archive"
    put(root, PASSING, Area.INCOMING)
    true_time = folder_layout.seconds_now
    for module in (folder_layout, folder_keeper):
        monkeypatch.setattr(module, "seconds_now", lambda root: true_time(root) - 10 * 365 * 24 * 3600)
    swept = care(root).sweep(unfinished=NOW, incoming=NOW)
    assert (swept.unfinished, swept.expired) == (0, 0)
    assert Seen(root).has(PASSING, Area.INCOMING)


def test_marks_that_cannot_be_read_count_as_a_lock(tmp_path: Path) -> None:
    put(tmp_path, FIRST)
    care(tmp_path).hold(Area.ARCHIVE, name(FIRST), on=True)
    folder_layout.marks_path(tmp_path, Area.ARCHIVE, name(FIRST)).write_bytes(b'{"lock"')
    with pytest.raises(StoreRefused) as raised:
        care(tmp_path).remove(Area.ARCHIVE, name(FIRST))
    assert raised.value.details["reason"] == "marks_damaged"
    assert Seen(tmp_path).has(FIRST)
