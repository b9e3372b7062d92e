"""The tables of the field benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarks.field_batches import JudgedBatch
from benchmarks.specimen_readings import TYPE, Judged
from pipeline.domain.document import FieldOrigin

_SURE = 0.95
_MACHINE = {FieldOrigin.QR, FieldOrigin.MRZ, FieldOrigin.BARCODE}
_FEW = 0.97
"""fields and types under this F1 are listed"""


def report(judged: Sequence[Judged], batches: Sequence[JudgedBatch], *, seeds: range, machine: dict[str, str]) -> str:
    """Return all tables as Markdown."""
    return "\n".join(
        (
            "# Field benchmark\n",
            f"Papers of seeds {seeds.start} to {seeds.stop - 1}, {len(batches)} batches.",
            "How to read the tables: [README](../README.md).\n",
            *_table(("what", "version"), machine.items()),
            "\n## Fields by kind of page\n",
            *_by_wear(judged),
            "\n## Fields that are not read well everywhere\n",
            *_weak(judged, "field", lambda one: one.field),
            "\n## Types that are not read well everywhere\n",
            *_weak(judged, "type", lambda one: one.type),
            "\n## Codes, confidence, invention\n",
            *_facts(judged),
            "\n## Batches\n",
            *_batches(batches),
            "",
        )
    )


def f1_of(judged: Iterable[Judged]) -> tuple[int, int, int, float]:
    """Return how many values are true, given and right, and the harmonic mean of the shares of right ones."""
    kept = tuple(judged)
    true = sum(one.truth is not None for one in kept)
    given = sum(one.given is not None for one in kept)
    right = sum(one.right for one in kept)
    return true, given, right, 2 * right / (true + given) if true + given else 1.0


def _by_wear(judged: Sequence[Judged]) -> Iterator[str]:
    rows = []
    for wear in dict.fromkeys(one.specimen.wear for one in judged):
        mine = [one for one in judged if one.specimen.wear is wear]
        types = [one for one in mine if one.field == TYPE]
        printed = f1_of(one for one in mine if one.field != TYPE and not one.by_hand)
        hand = f1_of(one for one in mine if one.field != TYPE and one.by_hand)
        rows.append(
            (
                wear, len(types), _share(sum(one.right for one in types), len(types)),
                *printed[:3], f"{printed[3]:.3f}", hand[0], f"{hand[3]:.3f}",
            )
        )  # fmt: skip
    return _table(
        (
            "kind", "papers", "type right, %", "printed: true", "given", "right", "F1", "by hand: true", "F1 by hand",
        ),
        rows,
    )  # fmt: skip


def _weak(judged: Sequence[Judged], label: str, group: Callable[[Judged], str]) -> Iterator[str]:
    wears = list(dict.fromkeys(one.specimen.wear for one in judged))
    printed = [one for one in judged if one.field != TYPE and not one.by_hand]
    rows: list[tuple[str, ...]] = []
    for name in sorted({group(one) for one in printed}):
        scores = [
            f1_of(one for one in printed if group(one) == name and one.specimen.wear is wear)[3] for wear in wears
        ]
        if min(scores) < _FEW:
            rows.append((name, *(f"{score:.2f}" for score in scores)))
    rows.sort(key=lambda row: row[1:])
    return _table((label, *wears), rows)


def _facts(judged: Sequence[Judged]) -> Iterator[str]:
    given = [one for one in judged if one.given is not None]
    machine = [one for one in given if one.given and one.given.origin in _MACHINE]
    sure = [one for one in given if one.confidence >= _SURE]
    invented = Counter(one.field for one in given if one.truth is None)
    return _table(
        ("what", "values", "right, %"),
        (
            ("from QR codes, MRZ, barcodes", len(machine), _share(sum(one.right for one in machine), len(machine))),
            (f"confidence {_SURE} and more", len(sure), _share(sum(one.right for one in sure), len(sure))),
            ("not on the paper, but given", sum(invented.values()), ", ".join(invented) or "–"),
        ),
    )


def _batches(batches: Sequence[JudgedBatch]) -> Iterator[str]:
    blanks = sum(one.blanks for one in batches)
    count = len(batches)
    return _table(
        ("what", "of", "right, %"),
        (
            (
                "batches with every page in its dossier",
                count,
                _share(sum(one.dossiers_right for one in batches), count),
            ),
            ("batches cut exactly into their papers", count, _share(sum(one.papers_right for one in batches), count)),
            ("blank pages found", blanks, _share(sum(one.blanks_found for one in batches), blanks)),
            ("written pages taken for blank", sum(one.pages for one in batches), sum(one.lost for one in batches)),
        ),
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
