"""A folder of real scans, cut into files of the benchmark's size, with their texts where somebody wrote them down."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from benchmarks.ocr_corpus import PAGES_IN_A_FILE, REAL_STACK, Stack, TruePage
from benchmarks.reading_order import Region
from benchmarks.wear import Wear

_DPI = 300
"""at which pages are drawn for a reader that cannot read PDFs"""


def real_stacks(scans: Path, folder: Path) -> list[Stack]:
    """Cut every PDF of `scans` into PDFs of at most eight pages in `folder`.

    The true text of page n of `X.pdf` is in `X-p<n>.txt`, or in `X.txt`, pages parted by form feeds. Blocks parted by
    empty lines may be read in any order; where there is no empty line, this holds for lines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stacks = []
    for place, source in enumerate(sorted(scans.rglob("*.pdf")), 1):
        truth = _texts(source)
        with pikepdf.open(source) as pdf:
            for start in range(0, len(pdf.pages), PAGES_IN_A_FILE):
                # names of real papers stay out of the results
                name = f"real-{place:03d}-{start // PAGES_IN_A_FILE + 1}"
                with pikepdf.new() as part:
                    part.pages.extend(pdf.pages[start : start + PAGES_IN_A_FILE])
                    part.save(folder / f"{name}.pdf")
                    count = len(part.pages)
                pages = tuple(_page(number, truth.get(start + number)) for number in range(1, count + 1))
                stacks.append(Stack(name=name, stack=REAL_STACK, file=folder / f"{name}.pdf", pages=pages))
    return stacks


def text_regions(text: str) -> tuple[Region, ...]:
    """Return a text as one region of its blocks, or of its lines where it has no empty line."""
    blocks = [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]
    if len(blocks) == 1:
        blocks = [line.strip() for line in text.splitlines() if line.strip()]
    return (tuple(blocks),) if blocks else ()


def _page(number: int, text: str | None) -> TruePage:
    regions = text_regions(text) if text is not None else None
    blank = not regions if regions is not None else None
    return TruePage(number=number, wear=Wear.REAL, dpi=_DPI, regions=regions, blank=blank)


def _texts(source: Path) -> dict[int, str]:
    whole = source.with_suffix(".txt")
    texts = dict(enumerate(whole.read_text(encoding="utf-8").split("\f"), 1)) if whole.exists() else {}
    for page in source.parent.glob(f"{source.stem}-p*.txt"):
        number = page.stem.removeprefix(f"{source.stem}-p")
        if number.isdigit():
            texts[int(number)] = page.read_text(encoding="utf-8")
    return texts
