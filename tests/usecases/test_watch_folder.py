"""Watched scanner folders: what lies still becomes a batch, once; nothing is lost or doubled, whenever the process dies."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.errors import PathMissing, StoreUnavailable
from pipeline.domain.ids import BatchId, content_hash
from pipeline.domain.intake import Channel, FileState, Lane
from pipeline.usecases.watch_claims import REFUSED, WORKING, alone_in
from pipeline.usecases.watch_folder import FolderWatch, WatchPolicy, WatchServices, watch_once
from tests.fakes.workers import InlineWorkers
from tests.usecases.intake_office import AGENCY, IntakeOffice, open_intake_office, picture, received

QUIET = dt.timedelta(seconds=20)
CODE = "H42.12-260131-0001"


@dataclass
class Watched:
    """A folder and an office that watches it."""

    office: IntakeOffice
    watch: FolderWatch

    def drop(self, name: str, data: bytes) -> Path:
        path = self.watch.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def look(self, *, after: float = 0) -> tuple[BatchId, ...]:
        self.office.clock.time += dt.timedelta(seconds=after)
        office = self.office
        services = WatchServices(
            intakes=office.services.books.intakes,
            objects=office.objects,
            batches=office.records.batches,
            workers=InlineWorkers(),
            clock=office.clock,
            new_id=office.services.new_id,
            hand_over=office.hand_over,
            explain=lambda code, details: f"{code}: {details['name']}",
        )
        policy = WatchPolicy(agency=AGENCY, lane=Lane.BULK, quiet=QUIET, limits=office.policy.limits, seconds=60)
        return watch_once(self.watch, services=services, policy=policy)

    def left(self) -> set[str]:
        """Every file in the folder, but the lock."""
        root = self.watch.folder
        files = (each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file())
        return {each for each in files if each != f"{WORKING}/lock"}


@contextmanager
def watching(root: Path) -> Iterator[Watched]:
    folder = root / "máy quét"
    folder.mkdir(parents=True, exist_ok=True)
    with open_intake_office(root) as office:
        yield Watched(office, FolderWatch(folder))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with watching(tmp_path) as opened:
        yield opened


def test_a_file_is_taken_when_it_lies_still(watched: Watched) -> None:
    path = watched.drop("scan.jpg", picture(1)[:50])
    assert watched.look() == ()
    path.write_bytes(picture(1))  # the scanner goes on writing
    assert watched.look(after=60) == (), "changed since the last look"
    assert watched.look(after=5) == (), "not for long enough"
    batch = received(watched.office, watched.look(after=20)[0])
    assert [(each.name, each.sha256) for each in batch.sources] == [("scan.jpg", content_hash(picture(1)))]
    assert batch.agency == AGENCY
    assert watched.office.handed == [(batch.id, Lane.BULK)]
    assert watched.left() == set()


def test_files_of_one_drop_are_one_batch_and_a_sub_folder_is_one_of_its_own(watched: Watched) -> None:
    watched.drop("1.jpg", picture(1))
    watched.drop("2.jpg", picture(2))
    watched.drop(f"{CODE}/10.jpg", picture(10))
    watched.drop(f"{CODE}/9.jpg", picture(9))
    watched.drop("Thumbs.db", b"x")
    watched.look()
    batches = [received(watched.office, each) for each in watched.look(after=30)]
    assert sorted(([each.name for each in batch.sources], batch.dossier) for batch in batches) == [
        (["1.jpg", "2.jpg"], None),
        ([f"{CODE}/9.jpg", f"{CODE}/10.jpg"], CODE),
    ]
    assert watched.left() == {"Thumbs.db"}
    assert (watched.watch.folder / CODE).is_dir(), "a scanner may write into it again"
    watched.look(after=2 * 24 * 3600)
    os.utime(watched.watch.folder / CODE, (0, 0))
    watched.look()
    assert not (watched.watch.folder / CODE).exists()


def test_a_bad_file_is_moved_aside_with_its_reason(watched: Watched) -> None:
    watched.drop("tốt.jpg", picture(1))
    watched.drop("rỗng.pdf", b"")
    watched.drop("lạ.pdf", b"<html>")
    watched.look()
    batch = received(watched.office, watched.look(after=30)[0])
    assert [each.name for each in batch.sources] == ["tốt.jpg"]
    assert watched.left() == {f"{REFUSED}/{name}{end}" for name in ("rỗng.pdf", "lạ.pdf") for end in ("", ".txt")}
    said = (watched.watch.folder / REFUSED / "lạ.pdf.txt").read_text(encoding="utf-8")
    assert said == "source.unknown_type: lạ.pdf\n"
    (intake,) = watched.office.services.books.intakes.of_batch(batch.id)
    files = watched.office.services.books.files.all(intake.id)
    assert intake.channel is Channel.FOLDER
    assert [(each.name, each.state, each.error) for each in files] == [
        ("lạ.pdf", FileState.REFUSED, "source.unknown_type"),
        ("rỗng.pdf", FileState.REFUSED, "source.empty"),
        ("tốt.jpg", FileState.SAFE, None),
    ]
    # another file of the same name lies beside the first, not over it
    watched.drop("lạ.pdf", b"<html>2")
    watched.look()
    assert watched.look(after=30) == ()
    assert (watched.watch.folder / REFUSED / "lạ (2).pdf").read_bytes() == b"<html>2"
    assert (watched.watch.folder / REFUSED / "lạ.pdf").read_bytes() == b"<html>"


def test_what_is_written_to_after_it_was_claimed_waits(watched: Watched) -> None:
    path = watched.drop("scan.jpg", picture(1)[:50])
    watched.look()
    with path.open("ab") as scanner:
        watched.look(after=30)  # the size has not changed: it is claimed
        # the first look after the claim saw it at rest, so it is a batch: one more of the same name is another drop
        scanner.write(picture(1)[50:])
    assert not path.exists()
    watched.drop("scan.jpg", picture(2))
    watched.look()
    assert len(watched.look(after=30)) == 1


def test_a_store_that_does_not_answer_leaves_the_claim_for_the_next_look(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise StoreUnavailable(path="s3", reason="timed out")

    watched.drop("scan.jpg", picture(1))
    watched.look()
    monkeypatch.setattr(watched.office.objects, "put", unreachable)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            watched.look(after=30)
    assert watched.office.records.library.batches() == ()
    monkeypatch.undo()
    assert len(watched.look()) == 1
    assert watched.left() == set()


def test_a_folder_that_is_gone_is_named(watched: Watched) -> None:
    shutil.rmtree(watched.watch.folder)
    with pytest.raises(PathMissing):
        watched.look()


def test_one_process_at_a_time_works_on_a_folder(watched: Watched) -> None:
    watched.drop("scan.jpg", picture(1))
    watched.look()
    with alone_in(watched.watch.folder) as mine:
        assert mine
        assert watched.look(after=30) == ()
    assert len(watched.look()) == 1


# --- killed ---------------------------------------------------------------------------------------------------------------

CALLS = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "link")
"""by which folder, spool and store are changed"""


def strike_at(number: int, *, after: bool) -> None:
    """Kill this process before, or after, the call with this number of those that change a folder."""
    made = 0

    def counted(whole: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **more: object) -> object:
            nonlocal made
            made += 1
            mine = made == number
            if mine and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return whole(*given, **more)
            finally:
                if mine and after:
                    os.kill(os.getpid(), signal.SIGKILL)

        return call

    for each in CALLS:
        setattr(os, each, counted(getattr(os, each)))


def run_until_killed(root: Path, number: int, *, after: bool) -> bool:
    """Watch in a child that is killed at a call; return whether it came through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            with watching(root) as watched:
                watched.look()
                strike_at(number, after=after)
                watched.look(after=30)
                watched.look(after=30)
        finally:
            os._exit(0)
    return not os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "step"),
    [
        pytest.param(True, 5, id="after some calls"),
        pytest.param(False, 1, id="before", marks=pytest.mark.long),
        pytest.param(True, 1, id="after", marks=pytest.mark.long),
    ],
)
def test_killed_at_every_call(tmp_path: Path, *, after: bool, step: int) -> None:
    template = tmp_path / "template"
    with watching(template) as watched:
        for number in range(3):
            watched.drop(f"{number}.jpg", picture(number))
        watched.drop("lạ.pdf", b"<html>")
        watched.drop(f"{CODE}/a.jpg", picture(7))
    for number in range(1, 500, step):
        root = tmp_path / str(number)
        shutil.copytree(template, root)
        came_through = run_until_killed(root, number, after=after)
        check_after(root)
        shutil.rmtree(root)
        if came_through:
            assert number > 30, "the folder is changed by so many calls at least"
            return
    pytest.fail("it never came through")


def check_after(root: Path) -> None:
    """After a restart everything is there once, and the scanner's next file is a batch of its own."""
    with watching(root) as watched:
        watched.drop("0.jpg", picture(99))  # the scanner uses its names again
        for _ in range(4):
            watched.look(after=30)
        listed = watched.office.records.library.batches()
        batches = [received(watched.office, each.id) for each in listed]
        names = [(str(source.name), source.sha256) for batch in batches for source in batch.sources]
        wanted = [("0.jpg", 0), ("1.jpg", 1), ("2.jpg", 2), (f"{CODE}/a.jpg", 7), ("0.jpg", 99)]
        found = {each for each in wanted if (each[0], content_hash(picture(each[1]))) in names}
        if ("0.jpg", 0) not in found:
            # the scanner wrote over a file that was not claimed yet: that is the scanner's doing
            wanted = [each for each in wanted if each != ("0.jpg", 0)]
        assert sorted(names) == sorted((name, content_hash(picture(number))) for name, number in wanted)
        assert {batch.dossier for batch in batches} == {None, CODE}
        assert {each for each, _ in watched.office.handed} <= {batch.id for batch in batches}
        assert watched.left() == {f"{REFUSED}/lạ.pdf", f"{REFUSED}/lạ.pdf.txt"}
        for batch in batches:
            assert isinstance(watched.office.records.batches.load(batch.id), ReceivedBatch)
            assert len(watched.office.services.books.intakes.of_batch(batch.id)) == 1
