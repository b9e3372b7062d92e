"""The papers themselves: copies, texts, fields and reports as files, pictures, and addresses that are good for a short while."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from pipeline.domain.client import ApiScope, Purpose
from pipeline.domain.errors import (
    DamagedSource,
    MachineExhausted,
    NotFound,
    ReaderCrashed,
    SourceTooLarge,
    SourceTooSlow,
)
from pipeline.domain.ids import DocumentId, DossierCode, FieldName
from pipeline.domain.owner import AccessBasis
from pipeline.domain.paper_standing import StandingKind
from pipeline.domain.signed_link import FilePart
from pipeline.exchange.fields_xml import write_fields
from pipeline.usecases.announced_papers import belongs_to
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.evidence_picture import FINEST_DPI, Cut, EvidenceServices, evidence_picture
from pipeline.usecases.page_pictures import page_picture, picture_bytes
from pipeline.usecases.paper_standing import refuse_disposed
from web.api.caller import Caller, CallerDep
from web.api.files import bytes_answer, file_responses
from web.api.filters import DOSSIER_CODE
from web.api.handing import REFUSES, REFUSES_ENDED, hand_out_part
from web.api.marks import needs
from web.api.models.documents import StandingShown
from web.api.papers import DocumentPath, SeenPaper, look, report_of
from web.api.route import api_router
from web.api.standings import STANDING_HEADERS, standing_headers

router = api_router("files")

EvenIfQuery = Annotated[
    StandingKind | None,
    Query(description="Hand the kept file out although the paper stands so, and may not be relied on any more."),
]
_ANNOUNCED = "Đồng bộ hồ sơ với Cổng dịch vụ công quốc gia"
"""what the trail says of the portal's looks"""
_PICTURES = (SourceTooSlow, SourceTooLarge, DamagedSource, ReaderCrashed, MachineExhausted)
_PDF, _TEXT, _JSON, _XML, _PNG, _JPEG = (
    file_responses(media_type, headers=STANDING_HEADERS)
    for media_type in (
        "application/pdf",
        "text/plain",
        "application/json",
        "application/xml",
        "image/png",
        "image/jpeg",
    )
)


@router.get("/documents/{document}/copy.pdf", response_class=Response, responses=_PDF)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES_ENDED)
def get_copy(document: DocumentPath, caller: CallerDep, request: Request, even_if: EvenIfQuery = None) -> Response:
    """Return the newest state of a paper's digitized copy, a PDF/A with its signatures."""
    return hand_out_part(request, caller, document, FilePart.COPY, even_if=even_if)


@router.get("/documents/{document}/signed.pdf", response_class=Response, responses=_PDF)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES_ENDED)
def get_signed(document: DocumentPath, caller: CallerDep, request: Request, even_if: EvenIfQuery = None) -> Response:
    """Return the signed file that came in, byte for byte; `404` for a paper that came in on paper."""
    return hand_out_part(request, caller, document, FilePart.SIGNED, even_if=even_if)


@router.get("/documents/{document}/twin.pdf", response_class=Response, responses=_PDF)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES_ENDED)
def get_twin(document: DocumentPath, caller: CallerDep, request: Request, even_if: EvenIfQuery = None) -> Response:
    """Return the searchable copy that was made of a signed file that came in; `404` where none did."""
    return hand_out_part(request, caller, document, FilePart.TWIN, even_if=even_if)


@router.get("/documents/{document}/versions/{number}.pdf", response_class=Response, responses=_PDF)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES)
def get_version(
    document: DocumentPath,
    number: Annotated[int, Path(ge=1, le=1_000_000, description="Of the version, from 1.")],
    caller: CallerDep,
    request: Request,
) -> Response:
    """Return a state of a paper's copy, as it was kept; also of a paper that may not be relied on any more."""
    return hand_out_part(request, caller, document, FilePart.VERSION, number=number)


@router.get("/documents/{document}/text.txt", response_class=Response, responses=_TEXT)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES)
def get_text(document: DocumentPath, caller: CallerDep, request: Request) -> Response:
    """Return a paper's text in reading order, pages parted by form feed, UTF-8."""
    return hand_out_part(request, caller, document, FilePart.TEXT)


@router.get("/documents/{document}/fields.json", response_class=Response, responses=_JSON)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES)
def get_fields_json(document: DocumentPath, caller: CallerDep, request: Request) -> Response:
    """Return a paper's entry of `batch.json` as a file, with how it stands."""
    seen, entry = _entry(document, caller)
    content = (json.dumps(entry, ensure_ascii=False, indent=1) + "\n").encode()
    return _told(request, seen, content, ending="json", media_type="application/json")


@router.get("/documents/{document}/fields.xml", response_class=Response, responses=_XML)
@needs(ApiScope.FILES_READ, personal=True, refuses=REFUSES)
def get_fields_xml(document: DocumentPath, caller: CallerDep, request: Request) -> Response:
    """Return the same as XML, with the metadata names of NĐ 30/2020/NĐ-CP on top."""
    seen, entry = _entry(document, caller)
    return _told(request, seen, write_fields(entry), ending="xml", media_type="application/xml")


@router.get("/documents/{document}/validation.json", response_class=Response, responses=_JSON)
@needs(ApiScope.FILES_READ, personal=True, refuses=(*REFUSES, MachineExhausted))
def get_validation(
    document: DocumentPath,
    caller: CallerDep,
    request: Request,
    *,
    fresh: Annotated[bool, Query(description="Judge now, though a judgement was kept.")] = False,
) -> Response:
    """Return what a paper's signatures are worth as a file: the same as `/signatures`."""
    seen = look(caller, document, part="validation")
    report = report_of(seen, caller, fresh=fresh)
    content = (report.model_dump_json(indent=1) + "\n").encode()
    return _told(request, seen, content, ending="validation.json", media_type="application/json")


@router.get("/documents/{document}/pages/{number}.jpg", response_class=Response, responses=_JPEG)
@needs(ApiScope.FILES_READ, personal=True, refuses=(*REFUSES, *_PICTURES))
def get_page_picture(
    document: DocumentPath,
    number: Annotated[int, Path(ge=1, le=100_000, description="Of the page in the paper, from 1.")],
    caller: CallerDep,
    request: Request,
) -> Response:
    """Return the picture of a page as it came in, upright, of at most 144 dpi: what boxes of fields lie on."""
    seen = look(caller, document, part="page")
    refuse_disposed(document, seen.standing)
    services = _evidence_services(caller)
    pages = services.pages.of(document)
    if number > len(pages):
        raise NotFound(what="page", id=str(number))
    picture = page_picture(
        pages[number - 1],
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        pixel_limit=services.pixel_limit,
        seconds=services.seconds,
    )
    content = picture_bytes(picture, objects=services.objects)
    return _told(request, seen, content, ending=f"{number}.jpg", media_type="image/jpeg")


@router.get("/documents/{document}/fields/{name}/evidence.png", response_class=Response, responses=_PNG)
@needs(ApiScope.FILES_READ, personal=True, refuses=(*REFUSES, *_PICTURES))
def get_evidence(
    document: DocumentPath,
    name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$", description="Of a field.", examples=["code_number"])],
    caller: CallerDep,
    request: Request,
    *,
    margin: Annotated[float, Query(ge=0, le=100, description="Points shown around the place.")] = 6.0,
    dpi: Annotated[
        int, Query(ge=36, le=FINEST_DPI, description="Pixels an inch, never finer than the page is kept.")
    ] = 144,
) -> Response:
    """Return the place on the page from which a value was read; `404` where a value has none."""
    seen = look(caller, document, part="evidence")
    refuse_disposed(document, seen.standing)
    cut = Cut(margin=margin, dpi=dpi)
    picture = evidence_picture(seen.found, FieldName(name), cut=cut, services=_evidence_services(caller))
    return _told(request, seen, picture, ending=f"{name}.png", media_type="image/png")


def _entry(document: DocumentId, caller: Caller) -> tuple[SeenPaper, dict[str, Any]]:
    seen = look(caller, document, part="fields")
    refuse_disposed(document, seen.standing)
    standing = StandingShown.of(seen.standing).model_dump(mode="json")
    return seen, document_json(seen.found, newest=seen.newest) | {"standing": standing}


def _told(request: Request, seen: SeenPaper, content: bytes, *, ending: str, media_type: str) -> Response:
    name = f"{seen.found.understood.id}.{ending}"
    return bytes_answer(request, content, name=name, media_type=media_type, headers=standing_headers(seen.standing))


def _evidence_services(caller: Caller) -> EvidenceServices:
    services, office = caller.services, caller.office
    return EvidenceServices(
        pages=services.review.pages,
        objects=services.objects,
        ledger=services.ledger,
        workers=office.workshop.workers,
        pixel_limit=office.settings.limits.megapixels * 1_000_000,
        seconds=office.settings.reading.page_seconds,
    )


@router.get("/announced/{dossier}/{document}.pdf", response_class=Response, responses=_PDF)
@needs(ApiScope.FILES_READ, refuses=REFUSES_ENDED)
def get_announced(
    dossier: Annotated[DossierCode, Path(pattern=DOSSIER_CODE, description="That the paper was announced with.")],
    document: DocumentPath,
    caller: CallerDep,
    request: Request,
    even_if: EvenIfQuery = None,
) -> Response:
    """Return a paper to the national portal at the address that it was told when the dossier was synchronised, which stays good.

    Only the client that `exchange.portal_client` names gets it; why it asks follows from the dossier.
    """
    if caller.client.id != caller.office.settings.exchange.portal_client:
        raise NotFound(what="document", id=document)
    purpose = Purpose(text=_ANNOUNCED, basis=AccessBasis.DOSSIER, requester=caller.client.name, dossier=dossier)
    asking = replace(caller, purpose=purpose)
    if not belongs_to(document, dossier, library=caller.services.library, dossiers=caller.services.dossiers):
        raise NotFound(what="document", id=document)
    return hand_out_part(request, asking, document, FilePart.COPY, even_if=even_if)
