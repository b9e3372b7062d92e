"""Pages and readings for the tests of copies, made without the recogniser: black bars stand for words."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2
from PIL import Image, ImageDraw

from pipeline.assemble.copy import CopyDescription, CopyPage, CopyPolicy, write_copy
from pipeline.domain.geometry import Box, around
from pipeline.domain.ids import SourceName
from pipeline.domain.page import Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.domain.source import MediaType

SENTENCES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Ủy ban nhân dân phường Đống Đa (quận cũ), số 12/UBND-VP.",
)
DESCRIPTION = CopyDescription(title="Đơn đề nghị", subject="Cấp bản sao", dossier="H42.12-220801-0001")


def lines_of(*sentences: str, left: float = 60, top: float = 80, size: float = 12) -> tuple[Line, ...]:
    """Return lines of words, each `size` points high, with gaps between words as print has them."""
    lines = []
    for number, sentence in enumerate(sentences):
        x, y = left, top + number * 2 * size
        words = []
        for text in sentence.split():
            width = 0.5 * size * len(text)
            words.append(Word(text, Box(x, y, x + width, y + size), 0.9))
            x += width + 0.4 * size
        lines.append(Line(tuple(words), around(word.box for word in words)))
    return tuple(lines)


def reading(
    *,
    width: float = 595,
    height: float = 842,
    rotation: int = 0,
    skew: float = 0.0,
    lines: tuple[Line, ...] | None = None,
    origin: TextOrigin = TextOrigin.OCR,
) -> RecognisedPage:
    """Return a page as if it had been read."""
    return RecognisedPage(
        ref=PageRef(SourceName("scan"), 1),
        width=width,
        height=height,
        rotation=rotation,
        skew=skew,
        dpi=150,
        blank=False,
        lines=lines_of(*SENTENCES) if lines is None else lines,
        confidence=0.9,
        origin=origin,
    )


def barred(page: RecognisedPage, *, dpi: float = 100) -> Image.Image:
    """Draw the upright page: a black bar wherever a word stands, turned with the page's skew."""
    scale = dpi / 72
    picture = Image.new("L", (round(page.width * scale), round(page.height * scale)), 255)
    draw = ImageDraw.Draw(picture)
    for line in page.lines:
        for word in line.words:
            box = word.box
            draw.rectangle([box.left * scale, box.top * scale, box.right * scale, box.bottom * scale], fill=0)
    middle = (picture.width / 2, picture.height / 2)
    # Pillow turns counter-clockwise; a skew is clockwise
    return picture.rotate(-page.skew, Image.Resampling.BICUBIC, center=middle, fillcolor=255)


def as_scanned(page: RecognisedPage, *, dpi: float = 100) -> Image.Image:
    """Return the picture before it was turned upright by `page.rotation` degrees clockwise."""
    return barred(page, dpi=dpi).rotate(page.rotation, expand=True)


def copied(target: Path, *pages: CopyPage, description: CopyDescription = DESCRIPTION) -> str:
    """Write a copy and return its conformance."""
    return write_copy(pages, target, description=description, policy=CopyPolicy())


def of_picture(file: Path, kind: MediaType, page: RecognisedPage, number: int = 1) -> CopyPage:
    """Return a page of a picture file."""
    return CopyPage(file, kind, number, page)


def of_pdf(file: Path, page: RecognisedPage, number: int = 1) -> CopyPage:
    """Return a page of a PDF."""
    return CopyPage(file, MediaType.PDF, number, page)


def extracted(file: Path) -> str:
    """Return the text that poppler finds, in the order in which it is written."""
    return subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class FoundWord:
    """A word as poppler sees it on the page as shown."""

    text: str
    box: Box


def found_words(file: Path) -> list[FoundWord]:
    """Return words and boxes (points from the top left of the page as shown)."""
    text = subprocess.run(
        ["pdftotext", "-bbox", "-cropbox", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    pattern = r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)<'
    return [FoundWord(match[4], Box(*(float(side) for side in match[:4]))) for match in re.findall(pattern, text)]


def shown(file: Path, *, dpi: float = 72, number: int = 1) -> npt.NDArray[np.uint8]:
    """Return the grey pixels of a page as PDFium shows them."""
    document = pypdfium2.PdfDocument(file)
    try:
        pixels = document[number - 1].render(scale=dpi / 72, grayscale=True).to_numpy()
        return np.array(pixels[:, :, 0] if pixels.ndim == 3 else pixels)
    finally:
        document.close()


@contextmanager
def picture_in(file: Path) -> Iterator[pikepdf.Stream]:
    """Give the one picture of a copy's first page."""
    with pikepdf.open(file) as pdf:
        (image,) = pdf.pages[0].get_images(recursive=False).values()
        assert isinstance(image, pikepdf.Stream)
        yield image


def picture_bytes(file: Path) -> bytes:
    """Return the bytes of that picture as they stand in the file."""
    with picture_in(file) as image:
        return image.read_raw_bytes()
