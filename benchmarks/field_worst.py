"""Cut-outs of what was read wrongly, with the value that was given and the one that stands there."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.specimen_readings import TYPE, Judged, ReadSpecimen
from pipeline.domain.document import Field, FieldValue
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.specimens.fonts import Face, font

_MOST = 60
_AROUND = 14
"""points of page around a cut-out"""
_WIDTH, _LINE = 1200, 30
_ABSENT_HEIGHT = 1100
"""pixels of the page that is shown where nothing was given"""


def render_worst(read: Sequence[ReadSpecimen], judged: Sequence[Judged], folder: Path) -> Path:
    """Write a picture for each wrong value, those that were given most surely first: `01 0.98 office subject … .png`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    scans = {one.specimen: one for one in read}
    wrong = sorted((one for one in judged if not one.right), key=lambda one: -one.confidence)
    for place, one in enumerate(wrong[:_MOST], 1):
        kind, wear = f"{one.specimen.kind}-{one.specimen.seed}", one.specimen.wear
        name = f"{place:02d} {one.confidence:.2f} {wear} {one.field} {kind}.png"
        _picture(scans[one.specimen], one).save(folder / name)
    return folder


def _picture(read: ReadSpecimen, one: Judged) -> Image.Image:
    cut = _cut(read, one.given)
    lines = (
        f"{one.specimen.kind}, {one.specimen.wear}: {one.field}",
        f"đúng: {_shown(one.truth)}",
        f"đọc:  {_shown(one.given.value) if one.given else '–' if one.field != TYPE else 'loại khác'}",
    )
    whole = Image.new("RGB", (_WIDTH, len(lines) * _LINE + cut.height + 10), "white")
    draw = ImageDraw.Draw(whole)
    face = font(Face.SANS, 20)
    for number, line in enumerate(lines):
        draw.text((8, number * _LINE + 4), line[:110], fill=(30, 30, 30), font=face)
    whole.paste(cut, (0, len(lines) * _LINE + 8))
    return whole


def _cut(read: ReadSpecimen, given: Field | None) -> Image.Image:
    """Return the place that a value was taken from, or the whole first page."""
    number = given.page - 1 if given else 0
    page = read.pages[number]
    with Image.open(read.scans[number]) as scan:
        shown = scan.convert("RGB").rotate(-page.rotation, expand=True)
    if given is None or given.box is None:
        shown.thumbnail((_WIDTH, _ABSENT_HEIGHT))
        return shown
    scale = shown.width / page.width
    box = given.box
    around = (box.left - _AROUND, box.top - _AROUND, box.right + _AROUND, box.bottom + _AROUND)
    cut = shown.crop(tuple(round(side * scale) for side in around))  # type: ignore[arg-type] # four of them
    larger = min(2.0, _WIDTH / cut.width, POINTS_PER_INCH * 4 / scale)
    return cut.resize((max(1, round(cut.width * larger)), max(1, round(cut.height * larger))))


def _shown(value: FieldValue | None) -> str:
    return "–" if value is None else "; ".join(value) if isinstance(value, tuple) else value
