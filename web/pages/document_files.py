"""Files of papers to take along: each is a look of its own, with what it is for."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response

from pipeline.domain.account import Role
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound, SecretPaper
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.ports import Area
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.export_layout import safe_name
from pipeline.usecases.look_up import look_at_document
from web.guard import allowed
from web.handing_out import hand_out, hand_out_bytes
from web.paper_words import Purpose, number_of, purpose_words, type_title
from web.visit import Visit, VisitDep

router = APIRouter()

_PDF = "application/pdf"


@router.get("/documents/{document}/files/{part}")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def document_file(document: DocumentId, part: str, visit: VisitDep, purpose: Purpose | None = None) -> Response:
    """Hand out a part of a paper: `copy-2`, `source-1`, `signed`, `text` or `fields`."""
    looker = visit.looker(purpose_words(purpose, visit))
    _, found = look_at_document(
        document, part=_kind(part), library=visit.services.library, looker=looker, scope=visit.scope
    )
    visit.services.refuse_disposed(document)  # behind the look: that it was disposed of is not everybody's affair
    kind, _, number = part.partition("-")
    called = safe_name(f"{type_title(found.understood.type, visit.services)} {number_of(found)}".strip())
    match kind:
        case "copy":
            sha256 = _version(document, number, visit)
            return hand_out(
                visit.services.objects, Area.ARCHIVE, sha256, name=f"{called} v{number}.pdf", media_type=_PDF
            )
        case "source":
            return _source(document, number, visit)
        case "signed" if found.signed_source is not None:
            return hand_out(
                visit.services.objects, Area.ARCHIVE, found.signed_source, name=f"{called}.pdf", media_type=_PDF
            )
        case "text":
            return hand_out(
                visit.services.objects,
                Area.DERIVED,
                found.text_sha256,
                name=f"{called}.txt",
                media_type="text/plain; charset=utf-8",
            )
        case "fields":
            return _fields(document, found, called, visit)
    raise NotFound(what="version", id=part)


def _kind(part: str) -> str:
    """Return what the trail calls a part; an address that anybody made up is not written into it."""
    kind = part.partition("-")[0]
    return kind if kind in {"copy", "source", "signed", "text", "fields"} else "unknown"


def _version(document: DocumentId, number: str, visit: Visit) -> ContentHash:
    for each in visit.services.versions.versions(document):
        if str(each.number) == number:
            return each.sha256
    raise NotFound(what="version", id=number)


def _source(document: DocumentId, number: str, visit: Visit) -> Response:
    sources = visit.services.officer.files.sources(document)
    for position, each in enumerate(sources, start=1):
        if str(position) == number:
            if each.is_secret:
                raise SecretPaper(name=each.name)
            name = safe_name(each.name.rpartition("/")[2])
            return hand_out(
                visit.services.objects, Area.ARCHIVE, each.sha256, name=name, media_type=each.media_type.value
            )
    raise NotFound(what="source", id=number)


def _fields(document: DocumentId, found: StoredDocument, called: str, visit: Visit) -> Response:
    newest = visit.services.versions.versions(document)[-1]
    text = json.dumps(document_json(found, newest=newest), ensure_ascii=False, indent=2)
    return hand_out_bytes(text.encode(), name=f"{called}.json", media_type="application/json")
