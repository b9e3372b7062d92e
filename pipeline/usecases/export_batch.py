"""Leave a batch as plain files: `batch.json` and, per document, its copy, its text and its fields."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NO_ROOM, CannotWrite, MachineExhausted
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, CopyVersions, ObjectStore, silent
from pipeline.usecases.batch_json import batch_json, document_json


def export_batch(
    batch: DigitizedBatch,
    folder: Path,
    *,
    objects: ObjectStore,
    versions: CopyVersions,
    on_document: Callable[[int, int], None] = silent,
) -> Path:
    """Write the batch below `folder` and return the path of `batch.json`, which is written last.

    A paper that came in signed also leaves `signed.pdf`, byte for byte as it came. Files that are there already and are
    the same are left alone, others are replaced as a whole. `on_document` hears (documents written, documents in all).

    Raises:
        CannotWrite, MachineExhausted: `folder` cannot be written to.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    newest = {each.understood.id: versions.versions(each.understood.id)[-1] for each in batch.documents}
    for count, document in enumerate(batch.documents, start=1):
        if document.understood.state is DocumentState.DISPOSED:
            continue  # batch.json says so
        place = folder / document.understood.id
        write_object(objects, Area.ARCHIVE, newest[document.understood.id].sha256, place / "copy.pdf")
        write_object(objects, Area.DERIVED, document.text_sha256, place / "text.txt")
        write_json(document_json(document, newest=newest[document.understood.id]), place / "fields.json")
        if document.signed_source is not None:
            write_object(objects, Area.ARCHIVE, document.signed_source, place / "signed.pdf")
        on_document(count, len(batch.documents))
    write_json(batch_json(batch, newest=newest), folder / "batch.json")
    return folder / "batch.json"


def write_object(objects: ObjectStore, area: Area, sha256: ContentHash, target: Path) -> None:
    """Leave an object as the file `target`, checked, as a whole or not at all; the same file is left alone.

    Raises:
        CannotWrite, MachineExhausted, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    with _whole(target) as partial:
        if _digest(target) == sha256:
            return
        with objects.open(area, sha256) as stream, partial.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        partial.replace(target)


def write_json(value: dict[str, Any], target: Path) -> None:
    """Leave a value as the JSON file `target`, as a whole or not at all.

    Raises:
        CannotWrite, MachineExhausted
    """
    with _whole(target) as partial:
        partial.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        partial.replace(target)


def write_bytes(data: bytes, target: Path) -> None:
    """Leave bytes as the file `target`, as a whole or not at all.

    Raises:
        CannotWrite, MachineExhausted
    """
    with _whole(target) as partial:
        partial.write_bytes(data)
        partial.replace(target)


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a name beside `target` to write to first; nothing stays there."""
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(target), reason=reason) from error
        raise CannotWrite(path=str(target), problem=reason) from error


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
