"""Find the files of a batch below the paths that were given, and name them."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import NothingToRead, PathMissing
from pipeline.domain.ids import SourceName
from pipeline.intake.naming import shown_name

__all__ = ["IncomingFile", "find_files", "is_dropping", "numbered_name"]

_DROPPINGS = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"}
)
"""what operating systems leave in folders; compared in lower case"""
_BESIDE = (".pem", ".cer", ".crt", ".crl", ".p7b", ".p7c")
"""endings of certificates and revocation lists, which travel beside signed files and are no papers"""
_DIGITS = re.compile(r"(\d{1,1000})")
"""no more together, since `int` refuses more than 4,300: in an archive a name may have 65,535 bytes"""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file to be taken in."""

    path: Path
    """as it stands on the disk, so that a decomposed (NFD) name opens"""
    name: SourceName
    """as `shown_name` gives it, unique in the batch"""
    folder: str = ""
    """path of the folder it lies in, NFC, as the clerk named it; empty for a file named by itself in the current folder"""


def find_files(paths: Sequence[Path]) -> tuple[IncomingFile, ...]:
    """Return the files below `paths`: files as given, folders with all that is in them, in the order people count.

    `scan2` comes before `scan10`. Hidden files, what operating systems and office programs leave behind, and certificates
    beside signed files are skipped in folders; a file that is named by itself is always taken. A folder that links lead back to is walked once,
    a file that is reached twice is taken once.

    Raises:
        PathMissing: a path does not exist or a folder cannot be read.
        NothingToRead: there is no file below the paths.
    """
    found: list[IncomingFile] = []
    seen: set[str] = set()
    taken: set[str] = set()
    for root in paths:
        for path, inner in _below(root):
            real = os.path.realpath(path)
            if real in seen:
                continue
            seen.add(real)
            name = _unique(shown_name(inner), root=root, taken=taken)
            taken.add(name)
            found.append(IncomingFile(path, SourceName(name), _folder_of(path)))
    if not found:
        raise NothingToRead(paths=", ".join(shown_name(str(path)) for path in paths))
    return tuple(found)


def is_dropping(name: str) -> bool:
    """Say whether a file or folder of that name is hidden, a certificate, or left behind by a system or an office program."""
    return name.startswith((".", "~$")) or name.lower() in _DROPPINGS or name.lower().endswith(_BESIDE)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which runs of digits count as numbers, whatever the case of the letters."""
    parts = _DIGITS.split(unicodedata.normalize("NFC", name).casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def _below(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file and its name relative to `root`."""
    if not root.exists():
        raise PathMissing(path=shown_name(str(root)), problem=os.strerror(errno.ENOENT))
    if root.is_dir():
        yield from _walk(root, prefix="", above=frozenset())
    else:
        yield root, shown_name(root.name)


def _walk(folder: Path, *, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[Path, str]]:
    status = _status(folder)
    here = (status.st_dev, status.st_ino)
    if here in above:
        return  # a link that leads back up
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not is_dropping(entry.name)]
    except OSError as error:
        raise PathMissing(path=shown_name(str(folder)), problem=error.strerror or type(error).__name__) from error
    for entry in sorted(entries, key=lambda each: (natural_key(each.name), each.name)):
        name = prefix + shown_name(entry.name)
        if entry.is_dir():
            yield from _walk(folder / entry.name, prefix=f"{name}/", above=above | {here})
        elif entry.is_file():
            yield folder / entry.name, name


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise PathMissing(path=shown_name(str(path)), problem=error.strerror or type(error).__name__) from error


def _unique(name: str, *, root: Path, taken: set[str]) -> str:
    if name not in taken:
        return name
    home = root if root.is_dir() else root.parent
    prefixed = f"{shown_name(home.resolve().name)}/{name}"
    if prefixed not in taken:
        return prefixed
    return numbered_name(name, taken)


def numbered_name(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the name itself, or with a number before its ending, `scan (2).pdf`."""
    if name not in taken:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = name, "", ""
    count = 2
    while (numbered := f"{stem} ({count}){dot}{suffix}") in taken:
        count += 1
    return numbered


def _folder_of(path: Path) -> str:
    parent = path.parent
    return "" if parent == Path() else shown_name(parent.as_posix())
