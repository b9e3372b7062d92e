"""What a report says of a signature besides its verdict: who, by what, under whom. None of it decides anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from asn1crypto import x509
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.signature import SignatureDetails, Strength
from signing.certificates import TrustStore, common_name, harmless, name_of, named_in
from signing.cms_form import is_bound, is_document_timestamp, is_weak

KIND_OF_TIME_STAMP = "document_timestamp"
_LONGEST_CHAIN = 16


def describe(
    signature: EmbeddedPdfSignature,
    *,
    trust: TrustStore,
    known: Iterable[x509.Certificate],
    claimed: dt.datetime | None,
) -> SignatureDetails:
    """Return the details; `known` are certificates from the file by which the chain may go on."""
    own = signature.signer_cert
    chain = _chain(own, [*signature.other_embedded_certs, *known, *trust.authorities])
    key = own.public_key
    permission = signature.docmdp_level
    return SignatureDetails(
        field=harmless(str(signature.field_name)),
        kind=KIND_OF_TIME_STAMP if is_document_timestamp(signature) else "signature",
        subject=harmless(own.subject.human_friendly),
        serial_number=f"{own.serial_number:x}",
        issuers=tuple(common_name(each) for each in chain) or (name_of(own.issuer),),
        store=trust.store_of(chain[-1] if chain else own),
        algorithm=str(signature.signer_info["signature_algorithm"]["algorithm"].native),
        key=f"{key.algorithm} {key.bit_size}",
        strength=Strength.WEAK if is_weak(signature) else Strength.GOOD,
        bound=is_bound(signature),
        claimed_time=claimed,
        permission=permission.value if permission else None,
        position=named_in(own.subject, "title"),
        organisation=", ".join(
            filter(None, (named_in(own.subject, part) for part in ("organizational_unit_name", "organization_name")))
        ),
    )


def _chain(own: x509.Certificate, pool: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates above, by name and key identifier; whether they really signed is the path validation's matter."""
    chain: list[x509.Certificate] = []
    subject = own
    while not subject.self_issued and len(chain) < _LONGEST_CHAIN:
        issuer = next((each for each in pool if _may_have_issued(each, subject)), None)
        if issuer is None:
            break
        chain.append(issuer)
        subject = issuer
    return chain


def _may_have_issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    wanted = subject.authority_key_identifier
    fits = not wanted or not issuer.key_identifier or issuer.key_identifier == wanted
    return bool(issuer.subject == subject.issuer and fits)
