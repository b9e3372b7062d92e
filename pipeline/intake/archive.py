"""Look into a ZIP and take its members out, within limits."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.domain.errors import DamagedSource, EncryptedSource, SourceTooLarge
from pipeline.intake.limits import IntakeLimits
from pipeline.intake.naming import shown_name
from pipeline.intake.walk import is_dropping, natural_key

__all__ = ["ExtractedMember", "ZipMember", "extract_members", "members"]

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_HEAD = 30
"""bytes before each member, at least (APPNOTE 4.3.7)"""
_CHUNK = 1 << 20
_RATIO_FROM = 10_000_000
"""bytes from which the ratio counts: a small blank form may shrink a lot, and does no harm"""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file in an archive."""

    index: int
    """place in the archive's directory"""
    label: str
    """its name in the archive, as `shown_name` gives it, unique there, without `..` and without a leading `/`; never used as a path on the disk"""
    size: int
    """bytes unpacked, as the archive claims"""


@dataclass(frozen=True, slots=True)
class ExtractedMember:
    """A file taken out of an archive."""

    label: str
    file: Path


def members(file: Path, *, limits: IntakeLimits) -> tuple[ZipMember, ...]:
    """Return the files in an archive in natural order, without folders, links and what operating systems leave behind.

    Nothing is unpacked. An archive in the archive is listed like any file: it is refused when it is inspected, because
    archives are opened one level deep.

    Raises:
        DamagedSource: not readable as a ZIP, or nothing in it.
        EncryptedSource: a member opens only with a password.
        SourceTooLarge: too many members, too many bytes, packed too tightly, or archives are not opened at all.
    """
    if limits.depth < 1:
        raise SourceTooLarge(limit="depth", value=limits.depth + 1, allowed=limits.depth)
    with _opened(file) as archive:
        return _listed(archive, limits=limits)


def extract_members(file: Path, folder: Path, *, limits: IntakeLimits) -> tuple[ExtractedMember, ...]:
    """Write the files in an archive into `folder` under numbers, and return them with their labels.

    All or nothing: one member that cannot be had refuses the archive, since what is missing could not be told from what
    was never there. What an archive claims about sizes is not believed: the bytes that come out are counted, and no more
    than the limits allow is ever written.

    Raises:
        As `members`; `folder` may hold some files then.
    """
    if limits.depth < 1:
        raise SourceTooLarge(limit="depth", value=limits.depth + 1, allowed=limits.depth)
    extracted = []
    left = limits.unpacked_bytes
    with _opened(file) as archive:
        for member in _listed(archive, limits=limits):
            info = archive.infolist()[member.index]
            target = folder / f"{member.index:06d}"
            with _packed(archive, info) as packed, target.open("wb") as unpacked:
                left -= _copy(packed, unpacked, packed_size=info.compress_size, left=left, limits=limits)
            extracted.append(ExtractedMember(member.label, target))
    return tuple(extracted)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with _archive(file) as archive:
            yield archive
    except (zipfile.BadZipFile, ValueError, struct.error) as error:
        raise DamagedSource(problem=str(error) or type(error).__name__) from error


def _archive(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except NotImplementedError as error:
        # zipfile raises it for a member that asks for a later version of the format than it knows (6.3)
        raise DamagedSource(problem=str(error)) from error


def _packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except NotImplementedError as error:
        # zipfile raises it for a method of packing that it does not know (Deflate64, PPMd), patch data and strong encryption
        raise DamagedSource(problem=str(error)) from error


def _listed(archive: zipfile.ZipFile, *, limits: IntakeLimits) -> tuple[ZipMember, ...]:
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise SourceTooLarge(limit="members", value=len(infos), allowed=limits.members)
    _refuse_overlapping(infos)
    taken: set[str] = set()
    found = []
    for index, info in enumerate(infos):
        parts = _parts(info)
        # by its own name: one that begins with a mark that is not shown is no hidden file
        if info.filename.endswith("/") or _is_link(info) or any(map(is_dropping, parts)):
            continue
        label = shown_name("/".join(parts)) or "_"
        if info.flag_bits & _ENCRYPTED:
            raise EncryptedSource(member=label)
        found.append(ZipMember(index, _unique(label, taken), info.file_size))
    if not found:
        raise DamagedSource(problem="no file in the archive")
    total = sum(member.size for member in found)
    if total > limits.unpacked_bytes:
        raise SourceTooLarge(limit="unpacked_bytes", value=total, allowed=limits.unpacked_bytes)
    return tuple(sorted(found, key=lambda member: natural_key(member.label)))


def _refuse_overlapping(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse members that are the same bytes: a way to unpack gigabytes without any that shrank much (CVE-2019-9674, CVE-2024-0450)."""
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            raise DamagedSource(problem="members lie over each other")
        end = info.header_offset + _HEAD + info.compress_size


def _parts(info: zipfile.ZipInfo) -> Sequence[str]:
    """Return the member's name as a clerk would write it: its folders and itself, without what leads elsewhere.

    Without the UTF-8 flag the standard says code page 437, but packers under Windows and macOS write UTF-8 all the same.
    """
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return [part for part in parts if part not in {"..", "."} and part.strip("/") and not part.endswith(":")]


def _unique(label: str, taken: set[str]) -> str:
    stem, dot, suffix = label.rpartition(".")
    if not stem or "/" in suffix:
        stem, dot, suffix = label, "", ""
    unique, count = label, 1
    while unique in taken:
        count += 1
        unique = f"{stem} ({count}){dot}{suffix}"
    taken.add(unique)
    return unique


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _copy(source: IO[bytes], target: IO[bytes], *, packed_size: int, left: int, limits: IntakeLimits) -> int:
    written = 0
    while chunk := _unpacked(source):
        written += len(chunk)
        if written > left:
            raise SourceTooLarge(
                limit="unpacked_bytes", value=limits.unpacked_bytes - left + written, allowed=limits.unpacked_bytes
            )
        if written > _RATIO_FROM and written > limits.unpacked_ratio * max(1, packed_size):
            raise SourceTooLarge(
                limit="unpacked_ratio", value=written // max(1, packed_size), allowed=limits.unpacked_ratio
            )
        target.write(chunk)
    return written


def _unpacked(source: IO[bytes]) -> bytes:
    try:
        return source.read(_CHUNK)
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        raise DamagedSource(problem=str(error) or type(error).__name__) from error
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's, not the archive's
        # bz2 has no error of its own for data that it cannot unpack
        raise DamagedSource(problem=str(error)) from error
