"""Generated papers, drawn, scanned, read and understood: what was given for each field, and whether it was right."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.domain.document import FieldValue, SeparatedDocument
from pipeline.domain.ids import DocumentId, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.specimens.draw import PaperKind, draw_whole
from pipeline.specimens.pack import write_jpeg
from pipeline.specimens.paper import PaperTruth
from pipeline.specimens.scan import Device, Scan, scan
from pipeline.understand.catalogue import load_types
from pipeline.understand.understand import UnderstandPolicy, understand

_TONES = "̣̀́̃̉"
_DASHES = str.maketrans(dict.fromkeys("–—−‐", "-"))
_MOST_SKEW = 1.2
"""degrees, either way"""


@dataclass(frozen=True, slots=True)
class Specimen:
    """What to draw and how to scan it."""

    kind: PaperKind
    seed: int
    device: Device


@dataclass(frozen=True, slots=True)
class ReadSpecimen:
    """A specimen's pages as recognised, and the truth about it."""

    specimen: Specimen
    truth: PaperTruth
    pages: tuple[RecognisedPage, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one paper: its truth, what was given, how surely, and whether that is right."""

    specimen: Specimen
    type: TypeCode
    field: FieldName
    truth: FieldValue | None
    """none: the truth does not name this field"""
    given: FieldValue | None
    confidence: float
    right: bool


def read_specimens(specimens: Sequence[Specimen], *, dpi: int = 200, processes: int = 2) -> list[ReadSpecimen]:
    """Draw, scan and read specimens in child processes, in their order."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_read, specimens, [dpi] * len(specimens)))


def judge(read: Iterable[ReadSpecimen], *, policy: UnderstandPolicy | None = None) -> Iterator[Judged]:
    """Understand what was read and hold every field against the truth; fields the truth does not name are left out."""
    types = load_types()
    for one in read:
        document = SeparatedDocument(id=DocumentId("d"), dossier=None, pages=tuple(page.ref for page in one.pages))
        paper = understand(document, one.pages, catalogue=types, policy=policy or UnderstandPolicy())
        yield _judged(one, FieldName("type"), one.truth.type, paper.type, paper.type_confidence)
        for name, truth in one.truth.fields.items():
            field = paper.fields.get(name)
            yield _judged(one, name, truth, field.value if field else None, field.confidence if field else 0.0)


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


def _judged(
    one: ReadSpecimen, name: FieldName, truth: FieldValue, given: FieldValue | None, confidence: float
) -> Judged:
    return Judged(one.specimen, one.truth.type, name, truth, given, confidence, same(truth, given))


def _read(specimen: Specimen, dpi: int) -> ReadSpecimen:
    rng = np.random.default_rng(specimen.seed)
    paper = draw_whole(specimen.kind, rng, dpi=dpi)
    pages = []
    with contextlib.ExitStack() as files:
        folder = Path(files.enter_context(tempfile.TemporaryDirectory()))
        for number, page in enumerate(paper.pages, start=1):
            how = Scan(device=specimen.device, skew=round(float(rng.uniform(-_MOST_SKEW, _MOST_SKEW)), 2))
            file = folder / f"{number}.jpg"
            write_jpeg(file, scan(page, rng, how).convert("RGB"), dpi=page.dpi, quality=82)
            read = read_page(file, MediaType.JPEG, PageRef(SourceName(file.name), 1), policy=ReadPolicy())
            pages.append(read)
    return ReadSpecimen(specimen, paper.truth, tuple(pages))
