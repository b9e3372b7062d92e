"""ZIPs that unpack to too much, lead out of their folder, lie about themselves, or are two files at once."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib

from tests.hostile.making import (
    CATALOGUE,
    DAMAGED,
    ENCRYPTED,
    LARGE,
    PAGES,
    TRUNCATED,
    UNKNOWN,
    Hostile,
    hostile,
    pdf,
    zeros_deflated,
)
from tests.hostile.pictures import saved

OPENED = "opened"
"""an end: the archive is opened, and its members end as files of their own"""


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _entry(name: bytes, packed: int, size: int, *, crc: int = 0, method: int = 8, place: int = 0) -> bytes:
    times = struct.pack("<HHHHHH", 20, 20, 0, method, 0, 33)
    return b"PK\1\2" + times + struct.pack("<IIIHHHHHII", crc, packed, size, len(name), 0, 0, 0, 0, 0, place) + name


def _head(name: bytes, packed: int, size: int, crc: int, method: int) -> bytes:
    return b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, crc, packed, size, len(name), 0) + name


def _ended(body: bytes, directory: bytes, count: int) -> bytes:
    return body + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)


def overlapping(count: int, mebibytes: int) -> bytes:
    """Return a ZIP whose members are all the same bytes (CVE-2019-9674): small itself, without any member packed too tightly."""
    raw = bytes(mebibytes << 20)
    packed = zeros_deflated(mebibytes)
    body = _head(b"a", len(packed), len(raw), zlib.crc32(raw), 8) + packed
    directory = b"".join(_entry(b"a", len(packed), len(raw), crc=zlib.crc32(raw)) for _ in range(count))
    return _ended(body, directory, count)


def _lying(mebibytes: int) -> bytes:
    """Return a ZIP whose member claims to be small."""
    packed = zeros_deflated(mebibytes)
    body = _head(b"a.png", len(packed), 99, 0, 8) + packed
    return _ended(body, _entry(b"a.png", len(packed), 99), 1)


def _nested(depth: int) -> bytes:
    data = zipped(("bomb", bytes(1 << 20)))
    for _ in range(depth):
        data = zipped(*((f"{number}.zip", data) for number in range(4)))
    return data


def _link(target: str) -> bytes:
    info = zipfile.ZipInfo("link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((info, target.encode()), ("a.png", saved("PNG")))


def _locked() -> bytes:
    data = bytearray(zipped(("a.png", saved("PNG"))))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _of_method(method: int) -> bytes:
    body = _head(b"a.png", 20, 99, 0, method) + bytes(20)
    return _ended(body, _entry(b"a.png", 20, 99, method=method), 1)


def _much_memory() -> bytes:
    """Return a member of LZMA whose dictionary is 4 GiB (APPNOTE 5.8.8)."""
    packed = b"\x09\x04\x05\x00\x5d\xff\xff\xff\xff" + bytes(64)
    body = _head(b"a.png", len(packed), 99, 0, 14) + packed
    return _ended(body, _entry(b"a.png", len(packed), 99, method=14), 1)


def _named(*names: str) -> bytes:
    return zipped(*((name, saved("PNG", (60 + number, 60))) for number, name in enumerate(names)))


def _same_names() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile thinks that nobody wants this
        return _named(*["a.png"] * 3)


def _paper_and_archive() -> bytes:
    """Return a file that is a PDF to those who read its beginning and a ZIP to those who read its end."""
    return pdf(tail=zipped(("evil.sh", b"#!/bin/sh")))


def _picture_and_paper() -> bytes:
    """Return a JPEG with a PDF in a comment at its beginning."""
    inner = pdf({1: CATALOGUE[:-2] + b" /OpenAction <</S /JavaScript /JS (1)>>>>"})
    data = saved("JPEG")
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(inner) + 2) + inner + data[2:]


def _in_each_other(depth: int) -> bytes:
    data = saved("PNG")
    for _ in range(depth):
        data = zipped(("a.zip", data))
    return data


def _devices() -> bytes:
    """Return what is a device, a pipe or a socket where archives are believed."""
    members = []
    for number, kind in enumerate((stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)):
        info = zipfile.ZipInfo(f"{number}.png")
        info.external_attr = (kind | 0o666) << 16
        members.append((info, b"/dev/zero"))
    return zipped(*members, ("a.png", saved("PNG")))


def _tape() -> bytes:
    """Return a tar with a link and a device in it: no such archive is opened."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("a", tarfile.SYMTYPE), ("b", tarfile.LNKTYPE), ("c", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return out.getvalue()


def archives() -> tuple[Hostile, ...]:
    """Return them all."""
    odd = ("../../etc/passwd.png", "/etc/a.png", "..\\..\\b.png", "C:\\c.png", "a/../../d.png", "//server/share/e.png")
    return (
        hostile("flat bomb.zip", lambda: zipped(("a.png", bytes(300 << 20))), LARGE, heavy=True),
        hostile("small flat bomb.zip", lambda: zipped(("a.png", bytes(64 << 20))), LARGE),
        hostile("overlapping.zip", lambda: overlapping(4000, 1), LARGE, DAMAGED),
        hostile("overlapping a little.zip", lambda: overlapping(20, 1), DAMAGED),
        hostile("lying.zip", lambda: _lying(64), LARGE, DAMAGED),
        hostile("nested.zip", lambda: _nested(3), OPENED),
        hostile("many.zip", lambda: zipped(*((f"{number}.png", b"") for number in range(6000))), LARGE),
        hostile("link.zip", lambda: _link("/etc/passwd"), OPENED),
        hostile("leads out.zip", lambda: _named(*odd), OPENED),
        hostile("locked.zip", _locked, ENCRYPTED),
        hostile("deflate64.zip", lambda: _of_method(9), DAMAGED),
        hostile("ppmd.zip", lambda: _of_method(98), DAMAGED),
        hostile("much memory.zip", _much_memory, DAMAGED, LARGE),
        hostile("empty.zip", zipped, DAMAGED),
        hostile("only folders.zip", lambda: zipped(("a/", b""), ("a/b/", b"")), DAMAGED),
        hostile("cut off.zip", lambda: _named("a.png", "b.png")[:-60], TRUNCATED),
        hostile("noise.zip", lambda: b"PK\3\4" + bytes(range(256)) * 40, TRUNCATED, DAMAGED),
        hostile("text document.zip", lambda: zipped(("mimetype", b"application/vnd.oasis.opendocument.text")), UNKNOWN),
        hostile("one in the other.zip", lambda: _in_each_other(60), OPENED),
        hostile("one name many times.zip", _same_names, OPENED),
        hostile("devices.zip", _devices, OPENED),
        hostile("papers.tar", _tape, UNKNOWN),
        hostile("paper and archive.pdf", _paper_and_archive, PAGES),
        hostile("picture and paper.jpg", _picture_and_paper, PAGES),
    )
