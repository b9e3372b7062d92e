"""Faces of the papers: metric twins of Times and Arial where they are installed, Noto otherwise or where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from pipeline.domain.errors import ToolMissing


class Face(StrEnum):
    """What the papers are set in. Official papers are set in Times (NĐ 30/2020 phụ lục I), cards in Arial."""

    SERIF = "Serif-Regular"
    SERIF_BOLD = "Serif-Bold"
    SERIF_ITALIC = "Serif-Italic"
    SERIF_BOLD_ITALIC = "Serif-BoldItalic"
    SANS = "Sans-Regular"
    SANS_BOLD = "Sans-Bold"
    MONO = "Mono-Regular"


class Family(StrEnum):
    """What the serif faces of a paper are replaced by: agencies do not all keep to Times."""

    TIMES = "times"
    ARIAL = "arial"
    NOTO = "noto"


_SHARE = Path("/usr/share/fonts")
# Liberation 1 (`liberation` on Debian 12) has no Vietnamese letters, Liberation 2 has: the letters decide, not the name
_FAMILIES: tuple[tuple[Path, str], ...] = (
    (_SHARE / "truetype/liberation2", "Liberation{}.ttf"),
    (_SHARE / "truetype/liberation", "Liberation{}.ttf"),
    (_SHARE / "liberation-fonts", "Liberation{}.ttf"),
    (_SHARE / "liberation", "Liberation{}.ttf"),
    (_SHARE / "truetype/noto", "Noto{}.ttf"),
    (_SHARE / "noto", "Noto{}.ttf"),
    (_SHARE / "truetype/dejavu", "DejaVu{}.ttf"),
)
_NOTO = tuple(one for one in _FAMILIES if one[1].startswith("Noto"))
_WIDTHS: Mapping[Family, float] = {Family.TIMES: 1.0, Family.ARIAL: 0.89, Family.NOTO: 0.87}
"""of the letters of Times to those of the family: set this much smaller, lines are as long as in Times"""
_OTHER_NAMES: Mapping[tuple[str, Face], str] = {("DejaVu{}.ttf", Face.MONO): "SansMono"}
_HARD_LETTERS = "ẾỗợựẳẬĐđ"
_NO_LETTER = "\U0010ffff"


@lru_cache(maxsize=512)
def font(face: Face, pixels: float, family: Family = Family.TIMES) -> ImageFont.FreeTypeFont:
    """Return `face` at a size of `pixels` an em; families with wider letters are set smaller.

    Raises:
        ToolMissing: no installed family has the Vietnamese letters.
    """
    size = pixels * _WIDTHS[family] if face.startswith("Serif") else pixels
    return ImageFont.truetype(face_file(face, family), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32)
def face_file(face: Face, family: Family = Family.TIMES) -> Path:
    """Return the file of the first family that has `face`, with the Vietnamese letters where they are needed.

    Raises:
        ToolMissing: there is none; details name the packages that bring one.
    """
    style = face.value.replace("Serif", "Sans") if family is Family.ARIAL else face.value
    for folder, pattern in (*_NOTO, *_FAMILIES) if family is Family.NOTO else _FAMILIES:
        file = folder / pattern.format(_OTHER_NAMES.get((pattern, face), style))
        # machine-readable lines are plain capitals and digits
        if file.is_file() and (face is Face.MONO or _has_vietnamese(file)):
            return file
    raise ToolMissing(tool=f"font {style} with Vietnamese letters", package="fonts-liberation2 or fonts-noto-core")


def _has_vietnamese(file: Path) -> bool:
    # a letter that the face lacks is drawn as the box that a private code point gets
    probe = ImageFont.truetype(file, 24, layout_engine=ImageFont.Layout.BASIC)
    box = bytes(probe.getmask(_NO_LETTER))
    return all(bytes(probe.getmask(letter)) != box for letter in _HARD_LETTERS)
