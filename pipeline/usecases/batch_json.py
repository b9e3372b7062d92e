"""`batch.json`: the contract with other programs (schema `sohoa.batch/1`, batch.schema.json beside this file)."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import Any

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import Field, StoredDocument
from pipeline.domain.ids import DocumentId
from pipeline.domain.page import PageOutcome
from pipeline.domain.signature import CopyVersion

SCHEMA = "sohoa.batch/1"
_VIETNAM = dt.timezone(dt.timedelta(hours=7))


def batch_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `batch.json`."""
    text = resources.files("pipeline.usecases").joinpath("batch.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def batch_json(batch: DigitizedBatch, *, newest: Mapping[DocumentId, CopyVersion]) -> dict[str, Any]:
    """Return a batch as the contract writes it; `newest` names the copy version that each document stands for."""
    return {
        "schema": SCHEMA,
        "id": batch.id,
        "created_at": batch.created_at.astimezone(_VIETNAM).isoformat(timespec="seconds"),
        "sources": [
            {
                "name": source.name,
                "sha256": source.sha256,
                "media_type": source.media_type.value,
                "pages": source.pages,
                "state": source.state.value,
                "error": source.error,
            }
            for source in batch.sources
        ],
        "pages": [_page(page) for page in batch.pages],
        "dossiers": [{"code": dossier.code, "documents": list(dossier.documents)} for dossier in batch.dossiers],
        "documents": [document_json(document, newest=newest[document.understood.id]) for document in batch.documents],
    }


def document_json(document: StoredDocument, *, newest: CopyVersion) -> dict[str, Any]:
    """Return one document's entry, which is also its `fields.json`."""
    understood = document.understood
    return {
        "id": understood.id,
        "dossier": understood.dossier,
        "type": understood.type,
        "type_confidence": confidence_json(understood.type_confidence),
        "pages": [{"source": ref.source, "number": ref.number} for ref in understood.pages],
        "state": understood.state.value,
        "fields": {name: field_json(field) for name, field in sorted(understood.fields.items())},
        "copy": {"path": f"{understood.id}/copy.pdf", "sha256": newest.sha256, "bytes": newest.size},
    }


def _page(page: PageOutcome) -> dict[str, Any]:
    return {
        "source": page.ref.source,
        "number": page.ref.number,
        "state": page.state.value,
        "reason": page.reason,
        "rotation": page.rotation,
        "skew": round(page.skew, 2),
        "document": page.document,
        "confidence": confidence_json(page.confidence),
        "codes": [{"kind": code.kind.value, "text": code.text} for code in page.codes],
    }


def field_json(field: Field) -> dict[str, Any]:
    """Return one field, without its name."""
    box = field.box
    return {
        "value": list(field.value) if isinstance(field.value, tuple) else field.value,
        "raw": field.raw,
        "confidence": confidence_json(field.confidence),
        "page": field.page,
        "box": None if box is None else [round(side, 1) for side in (box.left, box.top, box.right, box.bottom)],
        "origin": field.origin.value,
        "state": field.state.value,
        "checks": {name: outcome.value for name, outcome in sorted(field.checks.items())},
    }


def confidence_json(value: float) -> float:
    """Return a confidence rounded down: rounding up would lift a value over a threshold that it does not reach."""
    return math.floor(value * 1000) / 1000
