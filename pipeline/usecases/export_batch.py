"""Leave a batch as plain files: `batch.json` and, per document, its copy, its text and its fields."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, CopyVersions, ObjectStore
from pipeline.usecases.batch_json import batch_json, document_json


def export_batch(batch: DigitizedBatch, folder: Path, *, objects: ObjectStore, versions: CopyVersions) -> Path:
    """Write the batch below `folder` and return the path of `batch.json`, which is written last.

    A paper that came in signed also leaves `signed.pdf`, byte for byte as it came. Files that are there already and are
    the same are left alone, others are replaced as a whole.

    Raises:
        ObjectMissing, ObjectAltered, StoreUnavailable
    """
    newest = {each.understood.id: versions.versions(each.understood.id)[-1] for each in batch.documents}
    for document in batch.documents:
        place = folder / document.understood.id
        place.mkdir(parents=True, exist_ok=True)
        _write_object(objects, Area.ARCHIVE, newest[document.understood.id].sha256, place / "copy.pdf")
        _write_object(objects, Area.DERIVED, document.text_sha256, place / "text.txt")
        _write_json(document_json(document, newest=newest[document.understood.id]), place / "fields.json")
        if document.signed_source is not None:
            _write_object(objects, Area.ARCHIVE, document.signed_source, place / "signed.pdf")
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(batch_json(batch, newest=newest), folder / "batch.json")
    return folder / "batch.json"


def write_copy_to(document: StoredDocument, target: Path, *, objects: ObjectStore, versions: CopyVersions) -> None:
    """Write the newest version of a document's copy to `target`."""
    _write_object(objects, Area.ARCHIVE, versions.versions(document.understood.id)[-1].sha256, target)


def _write_object(objects: ObjectStore, area: Area, sha256: ContentHash, target: Path) -> None:
    partial = target.with_name(f".{target.name}.part")
    with objects.open(area, sha256) as stream, partial.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)
    partial.replace(target)


def _write_json(value: dict[str, Any], target: Path) -> None:
    partial = target.with_name(f".{target.name}.part")
    partial.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(target)
