"""Generated papers, drawn, scanned, read and understood: what was given for each field, and whether it was right."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.wear import Wear, lay, worn
from pipeline.domain.document import Field, FieldValue, SeparatedDocument
from pipeline.domain.ids import DocumentId, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.specimens.draw import PaperKind, draw_whole
from pipeline.specimens.pack import write_jpeg, write_tiff
from pipeline.specimens.paper import PaperTruth
from pipeline.understand.catalogue import load_types
from pipeline.understand.understand import UnderstandPolicy, understand

_TONES = "̣̀́̃̉"
_DASHES = str.maketrans(dict.fromkeys("–—−‐", "-"))
_DPI = {Wear.LOWRES: 150, Wear.BILEVEL: 300, Wear.COPY: 300}
_BLACK_AND_WHITE = {Wear.BILEVEL, Wear.COPY}
_QUALITY = 80
TYPE = FieldName("type")
"""stands for a paper's type among its fields"""


@dataclass(frozen=True, slots=True)
class Specimen:
    """What to draw and how to scan it."""

    kind: PaperKind
    seed: int
    wear: Wear


@dataclass(frozen=True, slots=True)
class ReadSpecimen:
    """A specimen's pages as recognised, and the truth about it."""

    specimen: Specimen
    truth: PaperTruth
    pages: tuple[RecognisedPage, ...]
    scans: tuple[Path, ...]
    """the pictures that were read, one a page"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one paper: its truth, what was given, how surely, and whether that is right."""

    specimen: Specimen
    type: TypeCode
    field: FieldName
    truth: FieldValue | None
    """none: the truth does not name this field"""
    given: Field | None
    confidence: float
    """of the field, or of the type"""
    right: bool
    by_hand: bool = False


def read_specimens(
    specimens: Sequence[Specimen], *, policy: ReadPolicy, folder: Path, processes: int = 2
) -> Iterator[ReadSpecimen]:
    """Draw, scan and read specimens in child processes, in their order; the scans are kept in `folder`."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(_read, policy=policy, folder=folder), specimens)


def judge(read: Iterable[ReadSpecimen], *, policy: UnderstandPolicy | None = None) -> Iterator[Judged]:
    """Understand what was read and hold every field against the truth.

    Fields that the truth does not name are left out, unless it names them for another paper of the same kind.
    """
    types = load_types()
    kept = tuple(read)
    named: defaultdict[PaperKind, set[FieldName]] = defaultdict(set)
    for one in kept:
        named[one.specimen.kind] |= set(one.truth.fields)
    for one in kept:
        document = SeparatedDocument(id=DocumentId("d"), dossier=None, pages=tuple(page.ref for page in one.pages))
        paper = understand(document, one.pages, catalogue=types, policy=policy or UnderstandPolicy())
        right = paper.type == one.truth.type
        yield Judged(one.specimen, one.truth.type, TYPE, one.truth.type, None, paper.type_confidence, right)
        for name in sorted(named[one.specimen.kind] & {*one.truth.fields, *paper.fields}):
            truth, field = one.truth.fields.get(name), paper.fields.get(name)
            yield Judged(
                one.specimen,
                one.truth.type,
                name,
                truth,
                field,
                field.confidence if field else 0.0,
                same(truth, field.value if field else None),
                name in one.truth.by_hand,
            )


def same(truth: FieldValue | None, given: FieldValue | None) -> bool:
    """Say whether two values are the same, white space, case, dashes and the place of the tone mark aside."""
    if truth is None or given is None:
        return False
    if isinstance(truth, tuple) or isinstance(given, tuple):
        return [_fold(item) for item in _items(truth)] == [_fold(item) for item in _items(given)]
    return _fold(truth) == _fold(given)


def _items(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)


def _fold(text: str) -> str:
    words = unicodedata.normalize("NFC", text).translate(_DASHES).casefold().split()
    return re.sub(r"^[\s.,;:]+|[\s.,;:]+$", "", " ".join(map(_tone_last, words)))


def _tone_last(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(char for char in letters if char in _TONES)
    return unicodedata.normalize("NFC", "".join(char for char in letters if char not in _TONES)) + tones


def _read(specimen: Specimen, *, policy: ReadPolicy, folder: Path) -> ReadSpecimen:
    rng = np.random.default_rng(specimen.seed)
    paper = draw_whole(specimen.kind, rng, dpi=_DPI.get(specimen.wear, 200))
    pages, scans = [], []
    for number, page in enumerate(paper.pages, start=1):
        picture = worn(specimen.wear, page, rng, lay(specimen.wear, rng))
        media = MediaType.TIFF if specimen.wear in _BLACK_AND_WHITE else MediaType.JPEG
        file = folder / f"{specimen.kind}-{specimen.seed}-{specimen.wear}-{number}.{media.name.lower()}"
        if media is MediaType.TIFF:
            write_tiff(file, [picture], dpi=page.dpi)
        else:
            write_jpeg(file, picture.convert("RGB"), dpi=page.dpi, quality=_QUALITY)
        pages.append(read_page(file, media, PageRef(SourceName(file.name), 1), policy=policy))
        scans.append(file)
    return ReadSpecimen(specimen, paper.truth, tuple(pages), tuple(scans))
