"""Files of a watched folder on their way into a batch, on the disk, so that nothing is lost or doubled whenever somebody is killed.

<folder>/…                    what the scanner writes; a sub-folder is a drop of its own
<folder>/.sohoa/<id>.json     the plan of a claim: which files are one batch; written before the first is moved
<folder>/.sohoa/<id>/…        the claimed files under their names, moved there one by one (rename(2))
<folder>/.sohoa/lock          held by whoever looks at the folder
<folder>/Tệp lỗi/…            files that cannot be read, each with its reason beside it in `<name>.txt`
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec

from pipeline.domain.errors import PathMissing
from pipeline.intake.walk import is_dropping, numbered_name
from pipeline.values import from_json, to_json

WORKING = ".sohoa"
REFUSED = "Tệp lỗi"


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What tells whether a file has changed."""

    size: int
    modified: int
    """nanoseconds"""


Glimpses = Mapping[str, Glimpse]
"""files below a folder by their path in it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file of a claim cannot be taken."""

    size: int
    code: str
    details: dict[str, str | float]


class ClaimState(StrEnum):
    """How far a claim has come."""

    CLAIMING = "claiming"
    """its files are being moved out of the folder"""
    CLAIMED = "claimed"
    """a file of one of its names that is in the folder now is another one"""
    DONE = "done"
    """all of it is safe elsewhere: what is left of it goes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A drop that becomes one batch."""

    id: str
    drop: str
    """name of the sub-folder; empty: files in the folder itself"""
    made_at: str
    """ISO 8601"""
    files: dict[str, Glimpse]
    state: ClaimState = ClaimState.CLAIMING
    refused: dict[str, Refusal] | None = None
    """files that are moved aside; None: nobody has looked yet"""


def look_at_folder(folder: Path) -> Glimpses:
    """Return the files that a scanner left in a folder, without those that are being worked on or were refused.

    Raises:
        PathMissing: the folder, or one in it, cannot be read.
    """
    found: dict[str, Glimpse] = {}
    try:
        for place, folders, files in os.walk(folder, onerror=_raise):
            here = Path(place)
            folders[:] = [
                each for each in folders if not is_dropping(each) and not (here == folder and each == REFUSED)
            ]
            for name in files:
                path = here / name
                if is_dropping(name) or not path.is_file() or path.is_symlink():
                    continue
                with contextlib.suppress(FileNotFoundError):
                    status = path.stat()
                    found[path.relative_to(folder).as_posix()] = Glimpse(status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise PathMissing(path=str(folder), problem=error.strerror or type(error).__name__) from error
    return found


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Keep other processes from working on the folder meanwhile; gives False where one does.

    Raises:
        PathMissing: the folder is not there, or cannot be written to.
    """
    try:
        (folder / WORKING).mkdir(exist_ok=True)
        lock = (folder / WORKING / "lock").open("ab")
    except OSError as error:
        raise PathMissing(path=str(folder), problem=error.strerror or type(error).__name__) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        for begun in (folder / WORKING).glob("*.new"):  # a plan that somebody who died did not finish writing
            begun.unlink(missing_ok=True)
        yield True


def write_plan(folder: Path, plan: Plan) -> None:
    """Write a plan whole or not at all, over an older one of its id."""
    path = _plan_path(folder, plan.id)
    aside = path.with_suffix(".new")
    with aside.open("wb") as file:
        file.write(to_json(plan))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    _sync(path.parent)


def plans(folder: Path) -> tuple[Plan, ...]:
    """Return the claims that are not finished, the oldest first. One that cannot be read is left for a person to look at."""
    found = []
    for path in sorted((folder / WORKING).glob("*.json")):
        with contextlib.suppress(msgspec.DecodeError, FileNotFoundError):
            found.append(from_json(path.read_bytes(), Plan))
    return tuple(found)


def claim(folder: Path, plan: Plan) -> Plan:
    """Move the files of a plan to where nobody else touches them; return the plan as it is then."""
    if plan.state is not ClaimState.CLAIMING:
        return plan
    for name in plan.files:
        target = _claimed_path(folder, plan, name)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # whoever dropped it took it away again
                (folder / name).rename(target)
    _sync(folder)
    claimed = replace(plan, state=ClaimState.CLAIMED)
    write_plan(folder, claimed)
    return claimed


def claimed_files(folder: Path, plan: Plan) -> Mapping[str, Path]:
    """Return the files of a claim that are there, by name."""
    paths = {name: _claimed_path(folder, plan, name) for name in plan.files}
    return {name: path for name, path in paths.items() if path.exists()}


def is_at_rest(claimed: Mapping[str, Path], plan: Plan) -> bool:
    """Say whether nobody has written to the claimed files since they were looked at."""
    return all(_glimpse(path) == plan.files[name] for name, path in claimed.items())


def glimpses_of(claimed: Mapping[str, Path]) -> dict[str, Glimpse]:
    """Return claimed files as they are now."""
    return {name: _glimpse(path) for name, path in claimed.items()}


def move_aside(folder: Path, name: str, path: Path, reason: str) -> Path:
    """Move a file that cannot be taken where people see it, its reason beside it; return where it is."""
    place = (folder / REFUSED / name).parent
    place.mkdir(parents=True, exist_ok=True)
    target = place / numbered_name(Path(name).name, {each.name for each in place.iterdir()})
    # the reason first: a file never lies there without one
    beside = target.with_name(target.name + ".txt")
    beside.write_text(reason + "\n", encoding="utf-8")
    path.rename(target)
    _sync(place)
    return target


def forget_claim(folder: Path, plan: Plan) -> None:
    """Remove what was claimed, once it is safe elsewhere; the plan goes last, and is never begun anew on what is left."""
    if plan.state is not ClaimState.DONE:
        write_plan(folder, replace(plan, state=ClaimState.DONE))
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder / WORKING / plan.id)
    _plan_path(folder, plan.id).unlink(missing_ok=True)


def remove_empty(folder: Path, *, before: float) -> None:
    """Remove empty sub-folders into which nothing came since `before` (seconds since 1970)."""
    for place, _, _ in os.walk(folder, topdown=False):
        here = Path(place)
        inner = here.relative_to(folder).parts
        if not inner or inner[0] in {WORKING, REFUSED} or is_dropping(inner[0]):
            continue
        with contextlib.suppress(OSError):  # something is in it
            if here.stat().st_mtime < before:
                here.rmdir()


def _claimed_path(folder: Path, plan: Plan, name: str) -> Path:
    return folder / WORKING / plan.id / name


def _plan_path(folder: Path, plan: str) -> Path:
    return folder / WORKING / f"{plan}.json"


def _glimpse(path: Path) -> Glimpse:
    status = path.stat()
    return Glimpse(status.st_size, status.st_mtime_ns)


def _raise(error: OSError) -> None:
    raise error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
