"""Pages that lie in all four ways, askew or not, written on or blank: drawn papers, and real pages turned by program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.domain.source import MediaType
from pipeline.imaging.pdf_facts import page_facts
from pipeline.imaging.pdf_file import open_pdf, pdf_page
from pipeline.imaging.pdf_picture import picture_of_pdf_page
from pipeline.imaging.picture import PagePicture
from pipeline.imaging.still import load_still
from pipeline.specimens.draw import COUNTER_KINDS, PaperKind, draw_whole
from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.scan import Device, Scan, blank_back, scan
from pipeline.specimens.wear import faded, fed, photocopied, photographed, sealed_over

TURNS = (0, 90, 180, 270)
_PIXEL_LIMIT = 150_000_000
_QUALITY = {"lowres": 45}
_DPI = {"lowres": 150, "copy": 300, "phone": 200}
_FEEDER, _ASKEW = 1.5, 10.0
"""degrees either way: what a feeder does to a sheet, and what a hand does that lays it on the glass"""
_SPARSE_LINES = 3
KINDS = ("clean", "office", "lowres", "worn", "copy", "phone", "seal", "sparse", "card", "form")
"""`sparse` keeps three lines of a page; `card` is an identity card, `form` a form with fields to fill in; the others are any paper"""
_ONLY = {
    "card": (PaperKind.IDENTITY_CARD,),
    "form": (PaperKind.BIRTH_FORM, PaperKind.RECEIPT, PaperKind.APPLICATION),
    # a card's small grey labels do not survive the copier
    "copy": tuple(kind for kind in COUNTER_KINDS if kind is not PaperKind.IDENTITY_CARD),
    "sparse": tuple(kind for kind in COUNTER_KINDS if kind is not PaperKind.IDENTITY_CARD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingPage:
    """A page file with the truth about how it lies."""

    file: str
    kind: str
    turn: int
    """degrees clockwise by which the upright page was turned"""
    skew: float | None
    """degrees clockwise by which its lines run off level once it is upright; None where no single angle is true"""
    blank: bool = False
    number: int = 1
    """page of the file"""

    @property
    def rotation(self) -> int:
        """Degrees clockwise that make it upright."""
        return -self.turn % 360


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    index: int
    seed: int
    folder: Path
    blank: bool


def written_pages(folder: Path, *, sheets: int, blanks: int, seed: int) -> list[LyingPage]:
    """Draw `sheets` papers in all four turns and `blanks` empty backs into `folder`, or find them there."""
    index = folder / f"pages-{seed}-{sheets}-{blanks}.json"
    if not index.exists():
        folder.mkdir(parents=True, exist_ok=True)
        tasks = [
            _Sheet(index=number, seed=seed, folder=folder, blank=number >= sheets) for number in range(sheets + blanks)
        ]
        with ProcessPoolExecutor(2) as pool:
            drawn = [asdict(page) for pages in pool.map(_drawn, tasks) for page in pages]
        index.write_text(json.dumps(drawn), encoding="utf-8")
    return [LyingPage(**each) for each in json.loads(index.read_text(encoding="utf-8"))]


def real_pages(scans: Path) -> Iterator[LyingPage]:
    """Name all pages of a folder of PDFs and pictures that lie upright, four times: they are turned when they are loaded."""
    files = sorted(file for folder in (scans, *scans.iterdir()) if folder.is_dir() for file in folder.iterdir())
    for file in files:
        if file.suffix.lower() == ".pdf":
            with open_pdf(file) as document:
                count = len(document)
        elif file.suffix.lower() in {".jpg", ".jpeg", ".png", ".tif", ".tiff"}:
            count = 1
        else:
            continue
        for number in range(1, count + 1):
            for turn in TURNS:
                yield LyingPage(file=str(file), kind="real", turn=turn, skew=None, number=number)


def loaded(page: LyingPage) -> PagePicture:
    """Return the picture of a page as it lies."""
    file = Path(page.file)
    if file.suffix.lower() == ".pdf":
        with open_pdf(file) as document:
            facts = page_facts(file, page.number)
            picture = picture_of_pdf_page(pdf_page(document, page.number), facts, pixel_limit=_PIXEL_LIMIT)
    else:
        kinds = {".png": MediaType.PNG, ".tif": MediaType.TIFF, ".tiff": MediaType.TIFF}
        kind = kinds.get(file.suffix.lower(), MediaType.JPEG)
        picture = load_still(file, kind, page.number, pixel_limit=_PIXEL_LIMIT)
    if page.kind != "real" or not page.turn:
        return picture
    wide, high = (picture.width, picture.height) if page.turn == 180 else (picture.height, picture.width)
    turned = np.ascontiguousarray(np.rot90(picture.pixels, -page.turn // 90))
    return replace(picture, pixels=turned, width=wide, height=high)


def _drawn(sheet: _Sheet) -> list[LyingPage]:
    rng = np.random.default_rng([sheet.seed, int(sheet.blank), sheet.index])
    kind = KINDS[sheet.index % len(KINDS)]
    papers = _ONLY.get(kind, COUNTER_KINDS)
    dpi = _DPI.get(kind, 300 if rng.integers(3) == 0 else 200)
    paper = draw_whole(papers[int(rng.integers(len(papers)))], rng, dpi=dpi)
    front = paper.pages[int(rng.integers(len(paper.pages)))]
    reach = _ASKEW if kind != "phone" and rng.integers(3) == 0 else _FEEDER
    skew = round(float(rng.uniform(-reach, reach)), 2)
    if sheet.blank:
        picture = fed(scan(blank_back(front, rng), rng, Scan(device=_device(kind, rng))), rng)
        return [_saved(sheet, picture, LyingPage(file="", kind="blank", turn=0, skew=None, blank=True), dpi=dpi)]
    picture = _worn(kind, front, rng, skew)
    true_skew = None if kind == "phone" else skew
    pages = [LyingPage(file="", kind=kind, turn=turn, skew=true_skew) for turn in TURNS]
    return [_saved(sheet, _turned(picture, page.turn), page, dpi=dpi) for page in pages]


def _worn(kind: str, front: DrawnPage, rng: np.random.Generator, skew: float) -> Image.Image:
    before = {"copy": photocopied, "worn": faded, "seal": sealed_over, "sparse": _few_lines}.get(kind)
    after = {"phone": photographed, "sparse": fed, "office": fed, "card": fed, "form": fed}.get(kind)
    sheet = before(front, rng) if before else front
    picture = scan(sheet, rng, Scan(device=_device(kind, rng), skew=skew))
    return after(picture, rng) if after else picture


def _device(kind: str, rng: np.random.Generator) -> Device:
    fixed = {"phone": Device.PHONE, "copy": Device.BILEVEL, "lowres": Device.GREY, "worn": Device.COLOUR}
    return fixed.get(kind) or (Device.COLOUR if rng.integers(2) else Device.GREY)


def _few_lines(front: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Return the page with three of its lines alone, as the last page of a letter has them."""
    worded = [line for line in front.lines if sum(sign.isalpha() for sign in line.text) >= 12]
    first = int(rng.integers(max(1, len(worded) - _SPARSE_LINES + 1)))
    white = Image.new("RGB", front.picture.size, "white")
    for line in worded[first : first + _SPARSE_LINES]:
        box = line.box
        left, top, right, bottom = (round(side * front.dpi / 72) for side in (box.left, box.top, box.right, box.bottom))
        white.paste(front.picture.crop((left, top, right, bottom)), (left, top))
    return replace(front, picture=white)


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    return picture.rotate(-turn, expand=True) if turn else picture


def _saved(sheet: _Sheet, picture: Image.Image, page: LyingPage, *, dpi: int) -> LyingPage:
    bilevel = picture.mode == "1"
    file = sheet.folder / f"{sheet.seed}-{sheet.index:04d}-{page.turn}.{'tiff' if bilevel else 'jpg'}"
    if bilevel:
        picture.save(file, compression="group4", dpi=(dpi, dpi))
    else:
        picture.save(file, quality=_QUALITY.get(page.kind, 82), dpi=(dpi, dpi))
    return replace(page, file=str(file))
