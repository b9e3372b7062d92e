"""Reading packages back: what METS.xml names is there, as it says, and nothing else is."""

from __future__ import annotations

import contextlib
import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol
from urllib.parse import unquote

from lxml import etree

from pipeline.domain.exchange_errors import ExchangeMalformed, PackageDamaged
from pipeline.domain.ids import ContentHash, as_content_hash
from pipeline.exchange.mets import METS, XLINK
from pipeline.exchange.safe_xml import XmlLimits, read_xml
from pipeline.exchange.sip import CHECKSUM

_NAME = "sip"
_ROOT = "METS.xml"
_METADATA = XmlLimits(bytes=64 << 20)
_MOST_FILES = 1_000_000
_CHUNK = 1 << 20
_UNREADABLE = (
    *(KeyError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError),
    # places before the file's beginning, heads that are cut off, and members that only open with a password
    *(ValueError, struct.error, RuntimeError),
)
"""what zipfile raises over members of broken archives"""


class PackageSource(Protocol):
    """The files of a package by their path below its folder."""

    def names(self) -> Mapping[str, int]:
        """Return all files with their sizes in bytes.

        Raises:
            PackageDamaged: a name that leads out of the package, or two of the same, or several folders.
        """
        ...

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file.

        Raises:
            PackageDamaged: it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file as a METS.xml names it, below the package's folder."""

    path: str
    size: int
    sha256: ContentHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong with a package."""

    path: str
    reason: str
    """`missing`, `unnamed`, `size`, `altered`, `unreadable`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPackage:
    """A package as it was found."""

    id: str
    files: tuple[NamedFile, ...]
    """all that METS.xml and those of representations name"""
    problems: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything is there as it should be."""
        return not self.problems


class FolderSource:
    """A package in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Mapping[str, int]:
        """Return all files; a link is none: it may lead anywhere."""
        found = {}
        for file in self._folder.rglob("*"):
            if file.is_symlink() or not (file.is_file() or file.is_dir()):
                raise PackageDamaged(file=str(file.relative_to(self._folder)), reason="link")
            if file.is_file():
                found[file.relative_to(self._folder).as_posix()] = file.stat().st_size
        return found

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file."""
        try:
            return (self._folder / path).open("rb")
        except OSError as error:
            raise PackageDamaged(file=path, reason=error.strerror or "unreadable") from error


class ZipSource:
    """A package in a ZIP, which unpacks to one folder (CSIPSTR1)."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._folder = ""

    def names(self) -> Mapping[str, int]:
        """Return all files."""
        found: dict[str, int] = {}
        folders = set()
        for member in self._archive.infolist():
            parts = PurePosixPath(member.filename).parts
            if not parts or {"..", "/"} & {*parts} or "\\" in member.filename or member.flag_bits & 1:
                raise PackageDamaged(file=member.filename, reason="name")
            folders.add(parts[0])
            inner = "/".join(parts[1:])
            if member.is_dir():
                continue
            if inner in found or not inner:
                raise PackageDamaged(file=member.filename, reason="twice" if inner else "name")
            found[inner] = member.file_size
        if len(folders) != 1:
            raise PackageDamaged(file="", reason="folders")
        self._folder = folders.pop()
        return found

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open a member."""
        try:
            with self._archive.open(f"{self._folder}/{path}") as stream:
                yield stream  # type: ignore[misc]
        except _UNREADABLE as error:
            raise PackageDamaged(file=path, reason="unreadable") from error


def read_package(source: PackageSource) -> ReadPackage:
    """Read a package and compare every file with what is said of it.

    Raises:
        PackageDamaged: there is no METS.xml, or names that no package has.
        ExchangeMalformed, ExchangeHostile: a METS.xml that is none.
    """
    there = source.names()
    if len(there) > _MOST_FILES:
        raise PackageDamaged(file="", reason="files")
    if _ROOT not in there:
        raise PackageDamaged(file=_ROOT, reason="missing")
    root = _mets(source, _ROOT)
    named = list(_named(root))
    inner = [each for each in named if each.path.endswith(f"/{_ROOT}")]
    problems = list(_compare(named, there, source))
    broken = {each.path for each in problems}
    for each in inner:
        if each.path not in broken:  # what is not what the package says is not believed
            home = each.path.removesuffix(_ROOT)
            below = [replace(one, path=home + one.path) for one in _named(_mets(source, each.path))]
            problems += _compare(below, there, source)
            named += below
    known = {each.path for each in named} | {_ROOT}
    problems += [Problem(path=path, reason="unnamed") for path in sorted(there.keys() - known)]
    return ReadPackage(id=root.get("OBJID") or "", files=tuple(named), problems=tuple(problems))


def _mets(source: PackageSource, path: str) -> etree._Element:
    with source.open(path) as stream:
        data = stream.read(_METADATA.bytes + 1)
    root = read_xml(data, format_=_NAME, limits=_METADATA)
    if root.tag != f"{{{METS}}}mets":
        raise ExchangeMalformed(format=_NAME, place=path, reason="no_mets")
    return root


def _named(root: etree._Element) -> Iterator[NamedFile]:
    """Yield the files that a METS.xml names, each once."""
    seen = set()
    for element in root.iter(f"{{{METS}}}file", f"{{{METS}}}mdRef"):
        located = element.find(f"{{{METS}}}FLocat") if element.tag.endswith("}file") else element
        href = "" if located is None else located.get(f"{{{XLINK}}}href", "")
        path = unquote(href).removeprefix("./")
        parts = PurePosixPath(path).parts
        if not parts or {"..", "/"} & {*parts} or ":" in parts[0]:
            raise ExchangeMalformed(format=_NAME, place=href, reason="path")
        if element.get("CHECKSUMTYPE") != CHECKSUM:
            raise ExchangeMalformed(format=_NAME, place=href, reason="checksum_type")
        try:
            size, digest = int(element.get("SIZE", "")), as_content_hash(element.get("CHECKSUM", "").lower())
        except ValueError as error:
            raise ExchangeMalformed(format=_NAME, place=href, reason="checksum") from error
        if path not in seen:
            seen.add(path)
            yield NamedFile(path=path, size=size, sha256=digest)


def _compare(named: list[NamedFile], there: Mapping[str, int], source: PackageSource) -> Iterator[Problem]:
    for each in named:
        if each.path not in there:
            yield Problem(path=each.path, reason="missing")
        elif there[each.path] != each.size:
            yield Problem(path=each.path, reason="size")
        else:
            try:
                same = _digest(source, each) == each.sha256
            except PackageDamaged:
                yield Problem(path=each.path, reason="unreadable")
                continue
            if not same:
                yield Problem(path=each.path, reason="altered")


def _digest(source: PackageSource, file: NamedFile) -> str:
    """Return a file's digest; no more is read than it says it holds."""
    digest, left = hashlib.sha256(), file.size
    with source.open(file.path) as stream:
        while left > 0 and (piece := stream.read(min(_CHUNK, left))):
            digest.update(piece)
            left -= len(piece)
        rest = stream.read(1)
    return "" if left or rest else digest.hexdigest()
