"""Put one PAdES signature (ETSI EN 319 142-1, level B-B or B-T) into a PDF as an incremental update, in two phases.

First the file is made ready, with room for the signature, and a digest is taken; then somebody who may be far away turns the
digest into a signature value; then the signature is written into the room. Between the phases nothing is held but a value.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import ExternalSigner, PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_errors import KeyUnusable, SigningFailed
from pipeline.signing_ports import SignaturePlan
from signing.appearance import LegalStampStyle, StampTexts, stamp_text
from signing.fields import FIELDS, Update, frame_of, page_of, prepare_fields
from signing.key_holder import SignatureMethod, fits, longest_value
from signing.picture import Picture
from signing.stamp_font import StampFont

_ANY_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""PAdES signatures do not name the time, so its length is none"""
CHUNK = 1 << 20
"""bytes that are digested at once"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerFacts:
    """Who signs, by which method: public facts of a key."""

    certificate: x509.Certificate
    above: Sequence[x509.Certificate]
    method: SignatureMethod

    def cms_signer(self, value: bytes) -> ExternalSigner:
        """Return what pyHanko builds a signature around, of which `value` is the signature value."""
        store = SimpleCertificateStore()
        store.register_multiple(self.above)
        return ExternalSigner(
            self.certificate, store, value, signature_mechanism=self.method.identifier, embed_roots=False
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all appearances of one signer have in common."""

    name: str
    """shown in the appearance and named in the signature"""
    font: StampFont
    remark: str = ""
    """added to the appearance, empty for none"""
    texts: StampTexts = field(default_factory=StampTexts)
    picture: Picture | None = None
    """the official's signature or the agency's seal, in place of text"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSignature:
    """A file that waits for a signature value. A plain value: it can be kept while somebody far away signs."""

    digest: bytes
    """what has to be signed, by the signer's method"""
    attributes: bytes
    """DER of the signed attributes (RFC 5652 §5.4), of which `digest` was taken"""
    document_digest: bytes
    """of the whole file but for the room"""
    start: int
    end: int
    """the room for the signature, with its angle brackets"""


def prepare(file: BinaryIO, plan: SignaturePlan, *, facts: SignerFacts, look: Look, room: int) -> PreparedSignature:
    """Append everything but the signature value to the open PDF `file` (read and write).

    Args:
        file: changed in place.
        plan: what the signature should be like.
        facts: who will sign.
        look: of the appearance.
        room: bytes that the finished signature may take.

    Raises:
        AlreadySigned: the role's field holds a signature.
        SigningFailed: the PDF is encrypted, locked by an earlier signature, or cannot be read.
    """
    try:
        update = Update(file, strict=True)
        if update.prev.encrypted:
            raise SigningFailed(reason="encrypted")
        if update.prev.xrefs.hybrid_xrefs_present:
            raise SigningFailed(reason="hybrid_references")
        certify = prepare_fields(update, plan)
        return asyncio.run(_prepare(update, plan, facts, look, room=room, certify=certify))
    except SigningError as error:
        raise SigningFailed(reason="locked") from error
    except (PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable") from error


async def _prepare(
    update: Update, plan: SignaturePlan, facts: SignerFacts, look: Look, *, room: int, certify: bool
) -> PreparedSignature:
    field, signer = FIELDS[plan.role], facts.cms_signer(b"")
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=facts.method.digest,
        subfilter=SigSeedSubFilter.PADES,
        name=look.name,
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    session = PdfSigner(metadata, signer, stamp_style=_style(update, plan, look)).init_signing_session(
        update, existing_fields_only=True
    )
    session.system_time = plan.at
    ready = session.prepare_tbs_document(None, 2 * room)  # in hexadecimal digits
    written, _ = ready.digest_tbs_document(in_place=True, chunk_size=CHUNK)
    attributes = (await _attributes(signer, facts, written.document_digest, plan.at)).dump()
    return PreparedSignature(
        digest=facts.method.digest_of(attributes),
        attributes=attributes,
        document_digest=written.document_digest,
        start=written.reserved_region_start,
        end=written.reserved_region_end,
    )


async def _attributes(
    signer: ExternalSigner, facts: SignerFacts, document_digest: bytes, at: dt.datetime
) -> cms.CMSAttributes:
    settings = PdfCMSSignedAttributes(signing_time=at)
    return await signer.signed_attrs(document_digest, facts.method.digest, attr_settings=settings, use_pades=True)


def _style(update: Update, plan: SignaturePlan, look: Look) -> LegalStampStyle:
    return style_of(plan, look, rotate=frame_of(page_of(update, FIELDS[plan.role])).rotate)


def style_of(plan: SignaturePlan, look: Look, *, rotate: int) -> LegalStampStyle:
    """Return what an appearance shows: text, or a picture where an official or a seal has one; `rotate` is the page's."""
    if look.picture is not None and plan.role in {SignerRole.OFFICIAL, SignerRole.SEAL}:
        remark = (look.remark,) if look.remark else ()
        return LegalStampStyle(text=remark, font=look.font, picture=look.picture, rotate=rotate, border_width=0)
    text = stamp_text(plan, look.name, remark=look.remark, texts=look.texts)
    return LegalStampStyle(text=text, font=look.font, rotate=rotate, border_width=0)


def complete(
    file: BinaryIO,
    prepared: PreparedSignature,
    value: bytes,
    *,
    facts: SignerFacts,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """Write the signature with the signature value into its room, with a time stamp if `timestamper` is given; return its DER.

    Raises:
        KeyUnusable: `value` is not a signature of the digest by the signer's key.
        TimestampUnavailable: no time stamp; nothing was written.
        SigningFailed: the room is too small.
    """
    if not fits(value, prepared.digest, facts.certificate, facts.method):
        raise KeyUnusable(reason="value_does_not_fit")
    attributes = cms.CMSAttributes.load(prepared.attributes)
    signature = asyncio.run(
        facts.cms_signer(value).async_sign_prescribed_attributes(
            facts.method.digest, attributes, timestamper=timestamper
        )
    ).dump()
    room = PreparedByteRangeDigest(prepared.document_digest, prepared.start, prepared.end)
    try:
        room.fill_with_cms(file, signature)
    except SigningError as error:
        raise SigningFailed(reason="room_too_small") from error
    return bytes(signature)


def room_for(facts: SignerFacts, *, timestamp_bytes: int = 0) -> int:
    """Return the bytes that a signature of this signer takes, found out by building one, with room for a time stamp."""
    signer = facts.cms_signer(bytes(longest_value(facts.certificate)))
    digest = facts.method.digest_of(b"")

    async def build() -> int:
        attributes = await _attributes(signer, facts, digest, _ANY_TIME)
        signature = await signer.async_sign_prescribed_attributes(facts.method.digest, attributes)
        return len(signature.dump())

    return asyncio.run(build()) + timestamp_bytes
