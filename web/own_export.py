"""Everything that is an owner's own as one ZIP file, sent piece by piece while it is made: nothing of it lies on a disk or whole in memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.domain.ids import ContentHash
from pipeline.domain.owner import OwnerId
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.owner_view import (
    OwnerServices,
    OwnPaperFiles,
    own_accesses,
    own_consents,
    own_file_name,
    own_paper,
    own_papers,
)
from web.paper_words import plain_value, type_title
from web.visit import Visit

ORIGINAL = "bản gốc đã ký"
"""what is added to the name of a signed file that came in, beside its searchable copy"""
_PIECE = 1 << 20
_AT_ONCE = 50
_LOOKS = 500


@dataclass(slots=True)
class _Outbox(io.RawIOBase):
    """What was written and is not sent yet."""

    _pieces: list[bytes] = field(default_factory=list)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever holds bytes
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return all that was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def export_pieces(owner: OwnerId, *, services: OwnerServices, objects: ObjectStore, visit: Visit) -> Iterator[bytes]:
    """Yield the ZIP file: each paper with its files and data, who looked, and what was agreed to.

    A file that is not in the store is named as missing in the list, which comes last; one that is not what the records say breaks
    the transfer off.
    """
    outbox = _Outbox()
    papers: list[dict[str, Any]] = []
    # PDF files do not grow smaller
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        for held in _papers(owner, services):
            title = type_title(held.paper.holding.type, visit.services)
            entry = _entry(held, title)
            papers.append(entry)
            for sha256, addition in _files(held):
                name = own_file_name(
                    held.paper, title=title, addition=addition, templates=visit.office.settings.codes.templates()
                )
                is_there = objects.has(Area.ARCHIVE, sha256)
                entry["files"].append({"name": name, "sha256": sha256, "missing": not is_there})
                if is_there:
                    yield from _stored(archive, name, sha256, objects=objects, outbox=outbox)
        archive.writestr("danh-muc.json", _text({"papers": papers} | _book(owner, services)))
        yield outbox.taken()
    yield outbox.taken()


def _papers(owner: OwnerId, services: OwnerServices) -> Iterator[OwnPaperFiles]:
    first = 0
    while (found := own_papers(owner, services=services, first=first, limit=_AT_ONCE)).papers:
        for each in found.papers:
            yield own_paper(owner, each.holding.id, part="own_export", services=services)
        first += _AT_ONCE


def _files(held: OwnPaperFiles) -> Iterator[tuple[ContentHash, str]]:
    if held.copy is not None:
        yield held.copy.sha256, ""
    if held.signed_original is not None:
        yield held.signed_original.sha256, ORIGINAL


def _stored(
    archive: zipfile.ZipFile, name: str, sha256: ContentHash, *, objects: ObjectStore, outbox: _Outbox
) -> Iterator[bytes]:
    """Write an object into the archive and yield what can be sent."""
    with objects.open(Area.ARCHIVE, sha256) as stream, archive.open(name, "w", force_zip64=True) as entry:
        while piece := stream.read(_PIECE):
            entry.write(piece)
            yield outbox.taken()
    yield outbox.taken()


def _entry(held: OwnPaperFiles, title: str) -> dict[str, Any]:
    holding = held.paper.holding
    document = held.paper.document
    return {
        "code": holding.code.text,
        "result": holding.result,
        "type": holding.type,
        "title": title,
        "published_at": holding.published_at.isoformat(timespec="seconds"),
        "state": held.paper.state.value,
        "valid_from": holding.validity.since.isoformat() if holding.validity.since else None,
        "valid_to": holding.validity.until.isoformat() if holding.validity.until else None,
        "fields": {name: plain_value(each.value) for name, each in document.understood.fields.items()}
        if document
        else {},
        "verdict": held.copy.verdict.verdict.value if held.copy and held.copy.verdict else None,
        "files": [],
    }


def _book(owner: OwnerId, services: OwnerServices) -> dict[str, Any]:
    looks: list[dict[str, Any]] = []
    before: str | None = None
    while found := own_accesses(owner, services=services, limit=_LOOKS, before=before):
        before = found[-1].access.id
        looks += [
            {
                "at": each.access.at.isoformat(timespec="seconds"),
                "agency": each.access.agency,
                "roles": sorted(each.roles),
                "purpose": each.access.purpose,
                "basis": each.access.basis.value,
                "dossier": each.access.dossier,
                "type": each.type,
            }
            for each in found
        ]
    consents = [
        {
            "agency": each.agency,
            "purpose": each.purpose,
            "types": list(each.types),
            "given_at": each.given_at.isoformat(timespec="seconds"),
            "until": each.until.isoformat(timespec="seconds") if each.until else None,
            "withdrawn_at": each.withdrawn_at.isoformat(timespec="seconds") if each.withdrawn_at else None,
        }
        for each in own_consents(owner, services=services)
    ]
    return {"accesses": looks, "consents": consents}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
