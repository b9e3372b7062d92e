"""Good pictures under bad names: on the disk and within archives. Each is a file like any other."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from tests.hostile.archives import zipped
from tests.hostile.pictures import saved

_LONG = "trang " * 40
NAMES = (
    unicodedata.normalize("NFD", "Quyết định số 12.png"),
    "hoa don \u202egnp.exe.png",
    "dong mot\ndong hai\t\x1b[31mdo\x07.png",
    "khoang trang .png ",
    "-rf --out=x.png",
    "$(reboot) `reboot` ; reboot.png",
    "<script>alert(1)</script>.png".replace("/", "\u2215"),
    "=cmd|' \u2215C calc'!A0.png",
    "%s%n%x {name} {0}.png",
    "CON.png",
    "..png",
    "\u200b\ufeff\u2066.png",
    "\U0001f4a9.png",
    _LONG[:250] + ".png",
)
"""of files; none has a slash, each is at most 255 bytes long"""
MEMBERS = (
    *NAMES,
    "/".join(["sau"] * 60) + "/a.png",
    "x" * 60_000 + ".png",
    "a.png",
    "A.PNG",
    "thu muc/a.png",
    "Thu Muc/a.png",
    "aux",
    "LPT1.png.txt",
    "dau cham cuoi.",
    "mot\0hai.png",
    unicodedata.normalize("NFC", "Quyết định số 12.png"),
)
"""of members of an archive, the same name in both forms of Unicode among them"""


def write_badly_named(folder: Path) -> list[Path]:
    """Write a picture under each name, one under bytes that are no text, and an archive of all names; return the files."""
    folder.mkdir()
    files = []
    for number, name in enumerate(NAMES):
        files.append(folder / name)
        files[-1].write_bytes(saved("PNG", (70 + number, 60)))
    raw = os.fsdecode(b"khong phai chu \xff\xfe.png")
    files.append(folder / raw)
    files[-1].write_bytes(saved("PNG", (69, 60)))
    files.append(folder / "ten.zip")
    members = ((name, saved("PNG", (60, 70 + number))) for number, name in enumerate(MEMBERS))
    files[-1].write_bytes(zipped(*members))
    return files
