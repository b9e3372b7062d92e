"""Truth that forgives the order of what stands side by side.

Nobody is wrong who reads the agency before the motto, or the motto before the agency, or both line by line. So the truth
about a page is a run of regions from top to bottom; a region of one line is running text, a region of several holds lines
that stand side by side (letterhead, foot, cells of a table, a card) and may be read in any order. Before errors are
counted, the lines of each region are brought into the order in which a reader has them, as far as that lowers the number
of errors. Nothing leaves its region: a reader that mixes up paragraphs pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from benchmarks.ocr_text import normalised
from pipeline.specimens.paper import PrintedLine

Region = tuple[str, ...]

_NARROW = 0.55
"""share of the text's width above which a line cannot stand in a column"""
_CLOSE = 0.8
"""line heights between lines that belong to one region"""
_FOUND = 60.0
"""similarity in percent from which on a line counts as found in what was read"""


def regions_of(lines: Sequence[PrintedLine]) -> tuple[Region, ...]:
    """Return the regions of a page from top to bottom."""
    if not lines:
        return ()
    spans = _grown(_merged([(a.box.top, a.box.bottom) for a in lines if any(_beside(a, b) for b in lines)]), lines)
    inside: list[list[PrintedLine]] = [[] for _ in spans]
    regions: list[tuple[float, Region]] = []
    for line in lines:
        for span, members in zip(spans, inside, strict=True):
            if span[0] <= line.box.centre[1] <= span[1]:
                members.append(line)
                break
        else:
            regions.append((line.box.top, (line.text,)))
    regions += [(span[0], tuple(line.text for line in members)) for span, members in zip(spans, inside, strict=True)]
    return tuple(region for _, region in sorted(regions, key=lambda one: one[0]))


def best_order(regions: Sequence[Region], read: str) -> str:
    """Return the true text with the lines of each region in the order that suits what was read best."""
    ordered = [[normalised(line) for line in region] for region in regions]
    for region in ordered:
        if len(region) > 1:
            drawn = list(region)
            region[:] = _as_found(drawn, read)
            if _errors(ordered, read) > _errors([drawn if each is region else each for each in ordered], read):
                region[:] = drawn
            _improve(ordered, region, read)
    return _joined(ordered)


def _improve(ordered: list[list[str]], region: list[str], read: str) -> None:
    """Move one line of the region after the other to where it costs least, until nothing gets better."""
    fewest, better = _errors(ordered, read), True
    while better:
        better = False
        for start in range(len(region)):
            for end in range(len(region)):
                before = list(region)
                region.insert(end, region.pop(start))
                errors = _errors(ordered, read)
                if errors < fewest:
                    fewest, better = errors, True
                else:
                    region[:] = before


def _as_found(lines: Sequence[str], read: str) -> list[str]:
    """Sort lines by where they are found in `read`; one that is not found stays behind its predecessor."""
    places: list[tuple[float, int]] = []
    for index, line in enumerate(lines):
        found = fuzz.partial_ratio_alignment(line, read) if 0 < len(line) <= len(read) else None
        known = found is not None and found.score >= _FOUND
        place = float(found.dest_start) if found is not None and known else (places[-1][0] if places else -1.0)
        places.append((place, index))
    return [lines[index] for _, index in sorted(places)]


def _errors(ordered: Sequence[Sequence[str]], read: str) -> int:
    return Levenshtein.distance(_joined(ordered), read)


def _joined(ordered: Sequence[Sequence[str]]) -> str:
    return " ".join(line for region in ordered for line in region if line)


def _beside(one: PrintedLine, other: PrintedLine) -> bool:
    a, b = one.box, other.box
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    return shared > min(a.height, b.height) / 2 and (a.right <= b.left or b.right <= a.left)


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for top, bottom in sorted(spans):
        if merged and top - merged[-1][1] < _CLOSE * (bottom - top):
            merged[-1] = (merged[-1][0], max(bottom, merged[-1][1]))
        else:
            merged.append((top, bottom))
    return merged


def _grown(spans: list[tuple[float, float]], lines: Sequence[PrintedLine]) -> list[tuple[float, float]]:
    """Add narrow lines that follow closely: the longer of two columns goes on below the other."""
    width = max(line.box.right for line in lines) - min(line.box.left for line in lines)
    narrow = [line.box for line in lines if line.box.width < _NARROW * width]
    while True:
        near = [
            (box.top, box.bottom)
            for box in narrow
            for top, bottom in spans
            if not top <= box.centre[1] <= bottom
            if box.top - bottom < _CLOSE * box.height and top - box.bottom < _CLOSE * box.height
        ]
        if not near:
            return spans
        spans = _merged([*spans, *near])
