"""A signature that stands beside what it signs (CMS, RFC 5652 §5; signed attributes as ETSI EN 319 122-1 wants for CAdES B-B)."""

from __future__ import annotations

import asyncio
import datetime as dt

from asn1crypto import cms
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from pipeline.domain.signing_errors import KeyUnusable, SignerUnavailable
from signing.key_holder import KeyHolder, fits
from signing.pades import SignerFacts


def sign_beside(data: bytes, facts: SignerFacts, holder: KeyHolder, *, at: dt.datetime) -> bytes:
    """Return the DER of a detached signature of `data`, claimed to be made at `at`.

    Raises:
        KeyUnusable: the key refuses, or gives a value that does not fit.
        SignerUnavailable: its holder does not answer.
    """
    attributes = asyncio.run(_attributes(data, facts, at)).dump()
    digest = facts.method.digest_of(attributes)
    values = holder.sign_digests([digest])
    if len(values) != 1:
        raise SignerUnavailable(reason="wrong_number_of_signatures")
    if not fits(values[0], digest, facts.certificate, facts.method):
        raise KeyUnusable(reason="value_does_not_fit")
    signature = asyncio.run(
        facts.cms_signer(values[0]).async_sign_prescribed_attributes(
            facts.method.digest, cms.CMSAttributes.load(attributes)
        )
    )
    return bytes(signature.dump())


async def _attributes(data: bytes, facts: SignerFacts, at: dt.datetime) -> cms.CMSAttributes:
    signer = facts.cms_signer(b"")
    settings = PdfCMSSignedAttributes(signing_time=at)
    return await signer.signed_attrs(
        facts.method.digest_of(data), facts.method.digest, attr_settings=settings, is_pdf_sig=False
    )
