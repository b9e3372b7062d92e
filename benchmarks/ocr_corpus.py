"""The generated corpus: papers of invented dossiers, worn in nine ways, with the exact truth about each page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image

from benchmarks.reading_order import Region, regions_of
from benchmarks.wear import Wear, lay, worn
from pipeline.specimens.draw import COUNTER_KINDS, PaperKind, draw_whole
from pipeline.specimens.scan import blank_back

PAGES_IN_A_FILE = 8


OFFICE_STACK = "office"
HARD_STACK = "hard"
REAL_STACK = "real"
GENERATED = tuple(wear for wear in Wear if wear not in {Wear.BILEVEL, Wear.REAL})
_HARD = {Wear.LOWRES, Wear.PHONE}
"""not what an office's own scanner delivers: kept in files of their own, so that speed can be told apart"""
_ILLEGIBLE = {(Wear.COPY, PaperKind.IDENTITY_CARD)}
"""what nobody can read: a card's small grey labels do not survive the copier"""
_QUALITY = {Wear.LOWRES: 45, Wear.PHONE: 85}


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePage:
    """What is known about a page."""

    number: int
    """in its file, from 1"""
    wear: Wear
    dpi: int
    regions: tuple[Region, ...] | None
    """the text; None where nobody knows it"""
    rotation: int | None = None
    """degrees clockwise that make it upright"""
    skew: float | None = None
    """degrees clockwise by which its lines run off level; None where no single angle is true"""
    blank: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A PDF with the truth about its pages: what every reader gets in one go."""

    name: str
    stack: str
    file: Path
    pages: tuple[TruePage, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    picture: Image.Image
    quality: int
    page: TruePage


def write_corpus(folder: Path, *, pages: int, seed: int, wears: Sequence[Wear] = GENERATED) -> list[Stack]:
    """Write PDFs of about eight pages each. Page n of a seed is the same whatever the number of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [_page(index, seed, wears) for index in range(pages)]
    order = np.random.default_rng([seed, 1]).permutation(pages)
    stacks = []
    for stack in (OFFICE_STACK, HARD_STACK):
        members = [made[i] for i in order if (made[i].page.wear in _HARD) == (stack == HARD_STACK)]
        count = max(1, round(len(members) / PAGES_IN_A_FILE)) if members else 0
        stacks += [_write(folder, f"{stack}-{n + 1:02d}", stack, members[n::count]) for n in range(count)]
    return stacks


def write_cold_start(folder: Path, *, seed: int) -> Stack:
    """Write a PDF of one clean page, to see how long it takes until anything is there."""
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, "cold", OFFICE_STACK, [_page(0, seed + 1)])


def write_warm_up(folder: Path, *, seed: int) -> Stack:
    """Write a PDF of four pages that nobody measures: resident processes load what they keep."""
    return _write(folder, "warm-up", OFFICE_STACK, [_page(index, seed + 1) for index in range(4)])


def _write(folder: Path, name: str, stack: str, made: Sequence[_Made]) -> Stack:
    file = folder / f"{name}.pdf"
    images = [_encoded(one) for one in made]
    file.write_bytes(img2pdf.convert(images, nodate=True, engine=img2pdf.Engine.internal))
    pages = tuple(
        TruePage(
            number=number,
            wear=one.page.wear,
            dpi=one.page.dpi,
            regions=one.page.regions,
            rotation=one.page.rotation,
            skew=one.page.skew,
            blank=one.page.blank,
        )
        for number, one in enumerate(made, 1)
    )
    return Stack(name=name, stack=stack, file=file, pages=pages)


def _encoded(made: _Made) -> bytes:
    stream = io.BytesIO()
    dpi = (made.page.dpi, made.page.dpi)
    if made.picture.mode == "1":
        made.picture.save(stream, "TIFF", compression="group4", dpi=dpi)
    else:
        made.picture.save(stream, "JPEG", quality=made.quality, dpi=dpi)
    return stream.getvalue()


def _page(index: int, seed: int, wears: Sequence[Wear] = GENERATED) -> _Made:
    rng = np.random.default_rng([seed, 0, index])
    wear = wears[index % len(wears)]
    dpi = {Wear.LOWRES: 150, Wear.COPY: 300, Wear.PHONE: 200}.get(wear, 200 if rng.integers(3) else 300)
    kinds = [kind for kind in COUNTER_KINDS if (wear, kind) not in _ILLEGIBLE]
    # every wear goes through all kinds of paper, each beginning with another one
    paper = draw_whole(kinds[(index // len(wears) + 7 * (index % len(wears))) % len(kinds)], rng, dpi=dpi)
    front = paper.pages[int(rng.integers(len(paper.pages)))]
    how = lay(wear, rng, turn=90 * (1 + index // len(wears) % 3))
    picture = worn(wear, front, rng, how)
    text = front if wear is not Wear.BLANK else blank_back(front, rng)
    page = TruePage(
        number=1,
        wear=wear,
        dpi=dpi,
        regions=regions_of(text.lines),
        rotation=how.rotation if wear is not Wear.BLANK else None,
        skew=how.skew if wear not in {Wear.BLANK, Wear.PHONE} else None,
        blank=wear is Wear.BLANK,
    )
    return _Made(picture=picture, quality=_QUALITY.get(wear, 80), page=page)
