"""Put one PAdES signature (ETSI EN 319 142-1, level B-B or B-T) into a PDF as an incremental update."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
    enumerate_sig_fields,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.pdf_embedded import read_certification_data

from pipeline.domain.errors import AlreadySigned, SigningFailed
from pipeline.domain.signature import SignerRole
from pipeline.ports import SignaturePlan
from signing.appearance import LegalStampStyle, PageFrame, place, stamp_text
from signing.stamp_font import StampFont

_FIELDS = {SignerRole.CLERK: "SoHoa-Clerk", SignerRole.COPY: "SoHoa-Copy", SignerRole.OFFICIAL: "SoHoa-Official"}


@dataclass(slots=True, kw_only=True)
class SigningTools:
    """Everything that stays the same from document to document of one level."""

    signer: Signer
    name: str
    """shown in the appearance"""
    remark: str
    """added to the appearance, empty for none"""
    font: StampFont
    timestamper: TimeStamper | None
    """given for level B-T"""
    reserved: int = 0
    """hexadecimal digits that a signature of this signer needs; found out with the first"""


class _Update(IncrementalPdfFileWriter):
    """An incremental update that leaves the document's metadata as they are: they were checked with the copy."""

    def _update_meta(self) -> None:
        pass


def sign_in_place(file: BinaryIO, plan: SignaturePlan, tools: SigningTools) -> None:
    """Append a signature to the open PDF `file` (read and write).

    The first signature certifies the document and allows nothing but further signatures in the fields that are reserved with
    it, one for each role: a visible field that is added after a certifying signature is how the sneaky-signature attack works, so
    validators rightly refuse it.

    Raises:
        AlreadySigned: the role's field holds a signature.
        SigningFailed: the PDF is encrypted, locked by an earlier signature, or cannot be read.
        TimestampUnavailable: no time stamp for level B-T.
    """
    try:
        update = _Update(file, strict=True)
        if update.prev.encrypted:
            raise SigningFailed(reason="encrypted")
        if update.prev.xrefs.hybrid_xrefs_present:
            raise SigningFailed(reason="hybrid_references")
        first = _prepare_fields(update, plan)
        asyncio.run(_sign(update, plan, tools, certify=first))
    except SigningError as error:
        raise SigningFailed(reason="locked") from error
    except (PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable") from error


async def _sign(update: _Update, plan: SignaturePlan, tools: SigningTools, *, certify: bool) -> None:
    field = _FIELDS[plan.role]
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=tools.name,
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        tight_size_estimates=tools.timestamper is None,  # time stamps vary in length
    )
    frame = _frame(_page_of(update, field))
    text = stamp_text(plan, tools.name, remark=tools.remark)
    style = LegalStampStyle(text=text, font=tools.font, rotate=frame.rotate, border_width=0)
    session = PdfSigner(metadata, tools.signer, timestamper=tools.timestamper, stamp_style=style).init_signing_session(
        update, existing_fields_only=True
    )
    session.system_time = plan.at
    if not tools.reserved:
        tight = metadata.tight_size_estimates
        tools.reserved = await session.estimate_signature_container_size(None, tight=tight)
    prepared = session.prepare_tbs_document(None, tools.reserved)
    digest, _ = prepared.digest_tbs_document(in_place=True)
    await prepared.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=plan.at))


def _prepare_fields(update: _Update, plan: SignaturePlan) -> bool:
    """Make sure that the role has an empty field; return whether this will be the document's first signature."""
    fields = {name: value for name, value, _ in enumerate_sig_fields(update.prev)}
    name = _FIELDS[plan.role]
    if fields.get(name) is not None:
        raise AlreadySigned(role=plan.role.value)
    first = all(value is None for value in fields.values())
    if not first and name not in fields and read_certification_data(update.prev):
        raise SigningFailed(reason="locked")
    pages = int(update.prev.root["/Pages"]["/Count"])
    if not 1 <= plan.page <= pages:
        raise SigningFailed(reason="no_such_page", page=plan.page)
    wanted = [plan.role] if not first else list(SignerRole)
    for role in (role for role in wanted if _FIELDS[role] not in fields):
        index = _page_for(role, plan, pages) - 1
        page: generic.IndirectObject = update.find_page_for_modification(index)[0]  # type: ignore[no-untyped-call]
        box = place(role, _frame(page.get_object()))
        append_signature_field(update, SigFieldSpec(_FIELDS[role], on_page=index, box=box))
    return first


def _page_for(role: SignerRole, plan: SignaturePlan, pages: int) -> int:
    """A role's place on the page that is planned for it; the other roles' where they belong: the official signs at the end."""
    if role is plan.role:
        return plan.page
    return pages if role is SignerRole.OFFICIAL else 1


def _page_of(update: _Update, field: str) -> generic.DictionaryObject:
    found = next(reference for name, _, reference in enumerate_sig_fields(update) if name == field)
    page: generic.DictionaryObject = found.get_object()["/P"]
    return page


def _frame(page: generic.DictionaryObject) -> PageFrame:
    media = _inherited(page, "/MediaBox")
    crop = _inherited(page, "/CropBox") or media
    boxes = [[float(value) for value in box] for box in (media, crop)]
    (ml, mb, mr, mt), (cl, cb, cr, ct) = (
        (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])) for b in boxes
    )
    rotate = int(_inherited(page, "/Rotate") or 0) % 360
    return PageFrame(
        left=max(ml, cl), bottom=max(mb, cb), right=min(mr, cr), top=min(mt, ct), rotate=rotate - rotate % 90
    )


def _inherited(page: generic.DictionaryObject, key: str) -> Any:  # noqa: ANN401 -- a PDF value of any kind
    node: Any = page
    for _ in range(64):  # a page tree deeper than this is a loop
        if key in node:
            return node[key]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    raise ValueError("page tree without end")
