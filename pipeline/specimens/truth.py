"""The truth about a batch as a file, for benchmarks and for people; it never lies among the scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.specimens.batch import SpecimenBatch, SpecimenPage, SpecimenPaper

SCHEMA = "sohoa.specimens/1"


def write_truth(batch: SpecimenBatch, path: Path) -> None:
    """Write `truth.json`, pages and papers in the names of `batch.json`.

    Raises:
        ValueError: `path` lies in the folder of the scans, where it would be taken for one of them.
    """
    if path.resolve().is_relative_to(batch.folder.resolve()):
        raise ValueError("the truth must not lie among the scans")
    text = json.dumps(as_json(batch), ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")


def as_json(batch: SpecimenBatch) -> dict[str, Any]:
    """Return the batch as plain values."""
    return {
        "schema": SCHEMA,
        "seed": batch.seed,
        "dossiers": list(batch.dossiers),
        "pages": [_page(page) for page in batch.pages],
        "papers": [_paper(paper) for paper in batch.papers],
    }


def _page(page: SpecimenPage) -> dict[str, Any]:
    return {
        "source": page.ref.source,
        "number": page.ref.number,
        "state": page.state.value,
        "rotation": page.rotation,
        "skew": page.skew,
        "dpi": page.dpi,
        "dossier": page.dossier,
        "paper": page.paper,
        "codes": list(page.codes),
        "text": [line.text for line in page.lines],
    }


def _paper(paper: SpecimenPaper) -> dict[str, Any]:
    return {
        "type": paper.type,
        "dossier": paper.dossier,
        "fields": {name: list(value) if isinstance(value, tuple) else value for name, value in paper.fields.items()},
        "pages": [{"source": ref.source, "number": ref.number} for ref in paper.pages],
    }
