"""A whole batch of scans, as a counter's scanner leaves them in a folder, and the exact truth about every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.domain.document import FieldValue
from pipeline.domain.ids import DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageRef, PageState
from pipeline.specimens.cases import Case, Topic, invent_case
from pipeline.specimens.draw import TODAY, PaperKind, draw_for
from pipeline.specimens.pack import write_jpeg, write_pdf, write_png, write_tiff
from pipeline.specimens.paper import DrawnPage, PrintedLine
from pipeline.specimens.scan import Device, Scan, blank_back, scan

_LEVEL = 0.3
"""degrees that a page fed with care is off at most"""
_CROOKED = (1.0, 2.5)
"""degrees that a page fed without care is off, either way"""
_QUALITY = 82
"""of JPEG pages, about what office scanners choose"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenPage:
    """The truth about one page of one file."""

    ref: PageRef
    state: PageState
    rotation: int
    """degrees clockwise that make the page upright"""
    skew: float
    """degrees clockwise by which the lines of the upright page run off level"""
    dpi: int
    dossier: DossierCode
    paper: int | None
    """index of the paper in the batch; a blank page belongs to none"""
    codes: tuple[str, ...]
    """texts of the codes on the page"""
    lines: tuple[PrintedLine, ...]
    """what is printed, with its place in reading space"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenPaper:
    """The truth about one paper."""

    type: TypeCode
    dossier: DossierCode
    fields: Mapping[FieldName, FieldValue]
    pages: tuple[PageRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenBatch:
    """Files that were written, and what is in them."""

    folder: Path
    seed: int
    files: tuple[Path, ...]
    pages: tuple[SpecimenPage, ...]
    papers: tuple[SpecimenPaper, ...]

    @property
    def dossiers(self) -> tuple[DossierCode, ...]:
        """The dossiers' codes in the order of their papers."""
        return tuple(dict.fromkeys(paper.dossier for paper in self.papers))


class _Form(StrEnum):
    PDF = "pdf"
    TIFF = "tif"
    JPEG = "jpg"
    PNG = "png"

    @property
    def holds_one_page(self) -> bool:
        """Whether a further page needs a file of its own."""
        return self in {_Form.JPEG, _Form.PNG}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """A paper as it is put through the scanner."""

    kind: PaperKind
    turn: int = 0
    crooked: bool = False
    back: bool = False
    """the empty back is scanned as well"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    name: str
    form: _Form
    device: Device
    dpi: int
    feeds: tuple[tuple[Case, _Feed], ...]

    def ref(self, number: int) -> PageRef:
        """Return where page `number` goes: pictures behind the first are called as it is, with a number behind the name."""
        if not self.form.holds_one_page:
            return PageRef(SourceName(self.name), number)
        stem = self.name.removesuffix(f".{self.form.value}")
        return PageRef(SourceName(self.name if number == 1 else f"{stem}_{number}.{self.form.value}"), 1)


_STACKS: Mapping[Topic, tuple[_Feed, ...]] = {
    Topic.BIRTH: (
        _Feed(kind=PaperKind.RECEIPT),
        _Feed(kind=PaperKind.BIRTH_FORM, back=True),
        _Feed(kind=PaperKind.IDENTITY_CARD),
        _Feed(kind=PaperKind.VERIFICATION_LETTER, turn=180, back=True),
    ),
    Topic.LAND: (
        _Feed(kind=PaperKind.RECEIPT),
        _Feed(kind=PaperKind.IDENTITY_CARD, turn=90),
        _Feed(kind=PaperKind.PROPOSAL, crooked=True, back=True),
        _Feed(kind=PaperKind.LAND_DECISION),
    ),
    Topic.ALLOWANCE: (
        _Feed(kind=PaperKind.RECEIPT),
        _Feed(kind=PaperKind.ALLOWANCE_DECISION, back=True),
        _Feed(kind=PaperKind.POSTING_NOTICE),
        _Feed(kind=PaperKind.IDENTITY_CARD),
    ),
    Topic.BUSINESS: (
        _Feed(kind=PaperKind.RECEIPT),
        _Feed(kind=PaperKind.IDENTITY_CARD, turn=270),
        _Feed(kind=PaperKind.TAX_NOTICE, back=True),
        _Feed(kind=PaperKind.DIGITIZATION_LETTER, crooked=True),
    ),
}
_TOPICS = (Topic.BIRTH, Topic.LAND, Topic.ALLOWANCE, Topic.BUSINESS)


def write_batch(folder: Path, *, seed: int, dossiers: int = 3, today: dt.date = TODAY, dpi: int = 200) -> SpecimenBatch:
    """Write scans of invented dossiers into `folder` and return the truth about them.

    Two dossiers lie one behind the other in a PDF; each third one is a folder of a black and white TIFF, a photograph
    and a grey PNG, named after its code; a further page of a photograph or a PNG is a file of its own. The same arguments give
    the same bytes; nothing else is put into `folder`.

    Args:
        folder: where the files go; made if it is missing.
        seed: of all that is invented and of all noise.
        dossiers: how many, at least one.
        today: no paper and no dossier code is younger.
        dpi: of colour and grey scans; black and white ones are half as fine again.

    Raises:
        ToolMissing: no font with Vietnamese letters is installed.
        ValueError: fewer than one dossier is wanted.
    """
    if dossiers < 1:
        raise ValueError("a batch has at least one dossier")
    rng = np.random.default_rng(seed)
    cases = _invent_cases(rng, dossiers, today=today)
    files: list[Path] = []
    pages: list[SpecimenPage] = []
    papers: list[SpecimenPaper] = []
    for plan in _plan(cases, dpi=dpi):
        written: dict[SourceName, list[Image.Image]] = {}
        for picture, page in _feed(plan, rng, papers):
            written.setdefault(page.ref.source, []).append(picture)
            pages.append(page)
        for name, pictures in written.items():
            files.append(folder / name)
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            _write(files[-1], plan, pictures)
    return SpecimenBatch(folder=folder, seed=seed, files=tuple(files), pages=tuple(pages), papers=tuple(papers))


def _invent_cases(rng: np.random.Generator, count: int, *, today: dt.date) -> list[Case]:
    cases: dict[DossierCode, Case] = {}
    while len(cases) < count:
        case = invent_case(rng, topic=_TOPICS[len(cases) % len(_TOPICS)], today=today)
        cases.setdefault(case.code, case)
    return list(cases.values())


def _plan(cases: Sequence[Case], *, dpi: int) -> Iterator[_File]:
    """Say which papers go into which files: two dossiers in a PDF, the third loose, and so on."""
    for start in range(0, len(cases), 3):
        number = start // 3 + 1
        feeds = tuple((case, feed) for case in cases[start : start + 2] for feed in _STACKS[case.topic])
        yield _File(name=f"lô quét {number:02d}.pdf", form=_Form.PDF, device=Device.COLOUR, dpi=dpi, feeds=feeds)
        for case in cases[start + 2 : start + 3]:
            yield from _plan_loose(case, dpi=dpi)


def _plan_loose(case: Case, *, dpi: int) -> Iterator[_File]:
    receipt, second, third, fourth = ((case, feed) for feed in _STACKS[case.topic])
    parts = (
        ("01 hồ sơ", _Form.TIFF, Device.BILEVEL, dpi * 3 // 2, (receipt, second)),
        ("02 ảnh chụp", _Form.JPEG, Device.PHONE, dpi, (third,)),
        ("03 giấy tờ kèm theo", _Form.PNG, Device.GREY, dpi, (fourth,)),
    )
    for name, form, device, fineness, feeds in parts:
        yield _File(name=f"{case.code}/{name}.{form.value}", form=form, device=device, dpi=fineness, feeds=feeds)


def _feed(
    plan: _File, rng: np.random.Generator, papers: list[SpecimenPaper]
) -> Iterator[tuple[Image.Image, SpecimenPage]]:
    """Draw and scan a file's papers page by page, and add them to `papers`."""
    number = 0
    for case, feed in plan.feeds:
        paper = draw_for(case, feed.kind, rng, dpi=plan.dpi)
        refs = []
        sides: list[tuple[DrawnPage, PageState]] = [(page, PageState.KEPT) for page in paper.pages]
        if feed.back:
            sides.append((blank_back(paper.pages[-1], rng), PageState.BLANK))
        for side, state in sides:
            number += 1
            ref = plan.ref(number)
            how = _lay(feed, rng, device=plan.device)
            kept = state is PageState.KEPT
            if kept:
                refs.append(ref)
            yield (
                scan(side, rng, how),
                SpecimenPage(
                    ref=ref,
                    state=state,
                    rotation=how.rotation if kept else 0,
                    skew=how.skew if kept else 0.0,
                    dpi=side.dpi,
                    dossier=case.code,
                    paper=len(papers) if kept else None,
                    codes=tuple(code.text for code in side.codes),
                    lines=side.lines,
                ),
            )
        papers.append(
            SpecimenPaper(type=paper.truth.type, dossier=case.code, fields=paper.truth.fields, pages=tuple(refs))
        )


def _lay(feed: _Feed, rng: np.random.Generator, *, device: Device) -> Scan:
    """Say how a page lies on the glass."""
    skew = float(rng.uniform(-_LEVEL, _LEVEL))
    if feed.crooked:
        skew = float(rng.uniform(*_CROOKED)) * (1 if rng.integers(2) else -1)
    return Scan(device=device, turn=feed.turn, skew=round(skew, 2))


def _write(path: Path, plan: _File, pictures: Sequence[Image.Image]) -> None:
    match plan.form:
        case _Form.PDF:
            write_pdf(path, [(picture, plan.dpi) for picture in pictures], quality=_QUALITY)
        case _Form.TIFF:
            write_tiff(path, pictures, dpi=plan.dpi)
        case _Form.JPEG:
            (picture,) = pictures
            write_jpeg(path, picture, dpi=plan.dpi, quality=_QUALITY)
        case _Form.PNG:
            (picture,) = pictures
            write_png(path, picture, dpi=plan.dpi)
