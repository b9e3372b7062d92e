"""Lines of Vietnamese text drawn for the tests, with every glyph's place known."""

from __future__ import annotations

import os
import random
import subprocess
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.imaging.picture import Pixels

FACES = ("NotoSerif-Regular", "NotoSerif-Bold", "NotoSerif-Italic", "NotoSans-Regular")
_FONTS = Path("/usr/share/fonts/truetype/noto")
_DPI = 200
_FINER = 4
_BESIDE = 3
"""pixels of white at each side"""
_ABOVE = 5
"""pixels of white above and below"""
_OPENINGS = (
    "Căn cứ",
    "Xét đề nghị của",
    "Theo quy định tại",
    "Kính gửi:",
    "Về việc",
    "Giao cho",
    "Thực hiện",
    "Trích từ",
)
_BODIES = (
    "Luật Xây dựng số 50/2014/QH13",
    "Ủy ban nhân dân phường Thí Dụ",
    "Nghị định của Chính phủ ngày 15 tháng 7",
    "hồ sơ đăng ký khai sinh cho trẻ em",
    "giấy phép xây dựng nhà ở riêng lẻ",
    "Trưởng phòng Kinh tế, Hạ tầng và Đô thị",
    "quyền sử dụng đất ở tại nông thôn",
    "thửa đất số 345, tờ bản đồ số 12",
)
_ENDINGS = ("như sau:", "nói trên;", "đã được duyệt.", "kèm theo.", "năm 2025;", "của tỉnh.")


@dataclass(frozen=True, eq=False)
class DrawnLine:
    """A line, and the left and right edge of each of its glyphs (spaces left out), pixels at 200 dpi."""

    text: str
    picture: Pixels
    glyphs: tuple[tuple[float, float], ...]


def drawn_lines(count: int, *, seed: int) -> list[DrawnLine]:
    """Clean lines in 11 to 14 points, as the reader likes them cut."""
    dice = random.Random(seed)
    lines = []
    for _ in range(count):
        text = f"{dice.choice(_OPENINGS)} {dice.choice(_BODIES)} {dice.choice(_ENDINGS)}"
        lines.append(drawn_line(text, face=dice.choice(FACES), points=dice.choice((11, 12, 13, 14))))
    return lines


def drawn_line(text: str, *, face: str = FACES[0], points: float = 13) -> DrawnLine:
    """One line, drawn four times as fine and averaged down as a scanner does."""
    size = round(points / 72 * _DPI * _FINER)
    font = ImageFont.truetype(str(_FONTS / f"{face}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(text)
    beside, above = _BESIDE * _FINER, _ABOVE * _FINER
    image = Image.new("L", (round(right - left) + 2 * beside, round(bottom - top) + 2 * above), 255)
    ImageDraw.Draw(image).text((beside - left, above - top), text, font=font, fill=0)
    smaller = (image.width // _FINER, image.height // _FINER)
    picture = np.asarray(cv2.resize(np.asarray(image), smaller, interpolation=cv2.INTER_AREA), np.uint8)
    glyphs = []
    for place, sign in enumerate(text):
        start = beside - left + font.getlength(text[: place + 1]) - font.getlength(sign)
        mask, (offset, _) = font.getmask2(sign, mode="L")
        if sign != " ":
            near, _, far, _ = mask.getbbox()
            glyphs.append(((start + offset + near) / _FINER, (start + offset + far) / _FINER))
    return DrawnLine(text, picture, tuple(glyphs))


def tesseract_lines(
    pictures: Sequence[Pixels], folder: Path, *, language: str = "vie", segmentation: int = 13
) -> list[str]:
    """What Tesseract itself reads on the same pictures, each taken for one line."""
    told = _tesseract(pictures, folder, "-l", language, "--psm", str(segmentation))
    return [" ".join(page.split()) for page in told.split("\f")[: len(pictures)]]


def tesseract_boxes(pictures: Sequence[Pixels], folder: Path) -> list[list[tuple[str, int, int]]]:
    """Each sign (NFC) that Tesseract reads on a line, with its left and right edge in pixels.

    It is asked with `--psm 7`: taken for a raw line (13), its boxes lie further from what was drawn (74 % of the edges within
    3 pixels instead of 90 %).
    """
    told = _tesseract(pictures, folder, "-l", "vie", "--psm", "7", "makebox")
    found: list[list[tuple[str, int, int]]] = [[] for _ in pictures]
    for row in told.splitlines():
        # a sign, then left, bottom, right, top from the lower left corner, then the number of the picture
        sign, left, _bottom, right, _top, page = row.rsplit(" ", 5)
        found[int(page)].append((unicodedata.normalize("NFC", sign), int(left), int(right)))
    return found


def _tesseract(pictures: Sequence[Pixels], folder: Path, *options: str) -> str:
    files = [folder / f"{number:03}.pgm" for number in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        assert cv2.imwrite(str(file), picture)
    listed = folder / "lines.txt"
    listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
    command = ["tesseract", str(listed), "-", "--dpi", str(_DPI), *options]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
