"""The pages that were read worst, to be looked at: the picture on the left, the text with its errors on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from benchmarks.ocr_copies import page_picture
from benchmarks.ocr_corpus import TruePage
from benchmarks.ocr_report import Run
from benchmarks.ocr_results import PageResult
from benchmarks.ocr_text import normalised
from benchmarks.reading_order import best_order
from pipeline.specimens.fonts import Face, font

_COUNT = 10
_HEIGHT = 1500
_WIDTH = 1100
"""pixels of the column of text"""
_SIZE = 22.0
_LEADING = 31

Colour = tuple[int, int, int]
_RIGHT: Colour = (40, 40, 40)
_MISSING: Colour = (200, 20, 30)
_INVENTED: Colour = (20, 70, 210)


def render_worst(run: Run, folder: Path) -> Path:
    """Write the ten worst pages of each of the product's readers as PNG: `<reader>/01 cer 12.3 worn office-01 p3.png`."""
    truth = {(stack.name, page.number): (stack.file, page) for stack in run.stacks for page in stack.pages}
    for reader in run.readers:
        if not reader.startswith("ours"):
            continue
        own = folder / reader
        own.mkdir(parents=True, exist_ok=True)
        for old in own.glob("*.png"):
            old.unlink()
        for place, result in enumerate(_worst(run.pages, reader), 1):
            file, page = truth[result.file, result.number]
            cer = 100 * result.score.cer if result.score else 0.0
            name = f"{place:02d} cer {cer:.1f} {result.wear} {result.file} p{result.number}.png"
            _picture(file, page, result).save(own / name)
    return folder


def _worst(pages: Sequence[PageResult], reader: str) -> list[PageResult]:
    mine = [one for one in pages if one.reader == reader and one.score is not None and one.score.errors]
    return sorted(mine, key=lambda one: -one.score.cer if one.score else 0.0)[:_COUNT]


def _picture(file: Path, page: TruePage, result: PageResult) -> Image.Image:
    shown = page_picture(file, page.number, height=_HEIGHT)
    shown = shown.rotate(-(page.rotation or 0), expand=True)
    whole = Image.new("RGB", (shown.width + _WIDTH, max(_HEIGHT, shown.height)), "white")
    whole.paste(shown, (0, 0))
    draw = ImageDraw.Draw(whole)
    face = font(Face.SANS, _SIZE)
    x, y = shown.width + 20.0, 16.0
    legend = [("right ", _RIGHT), ("in the truth only ", _MISSING), ("read only", _INVENTED)]
    read = normalised(result.text)
    for text, colour in [*legend, ("\n\n", _RIGHT), *_marked(best_order(page.regions or (), read), read)]:
        for char in text:
            if char == "\n" or x > whole.width - 30:
                x, y = shown.width + 20.0, y + _LEADING
            if char == "\n":
                continue
            width = face.getlength(char)
            if colour is not _RIGHT:
                draw.rectangle((x, y + _SIZE * 1.15, x + width, y + _SIZE * 1.15 + 2), fill=colour)
            draw.text((x, y), char, fill=colour, font=face)
            x += width
    return whole


def _marked(truth: str, read: str) -> Iterator[tuple[str, Colour]]:
    """Yield words with the colour of what is wrong with them."""
    true_words, words = truth.split(), read.split()
    for step in Levenshtein.opcodes(true_words, words):
        there = " ".join(true_words[step.src_start : step.src_end])
        found = " ".join(words[step.dest_start : step.dest_end])
        for text, colour in [(there, _RIGHT)] if step.tag == "equal" else [(there, _MISSING), (found, _INVENTED)]:
            if text:
                yield text, colour
                yield " ", _RIGHT
