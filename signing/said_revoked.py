"""Whether any trustworthy word that is at hand says that a certificate is revoked.

pyHanko (0.38) stops at the first good word: with an answer of yesterday in the file (OCSP, RFC 6960) it does not open today's list
(RFC 5280 §5); changes to a list (delta, §5.2.4) and answers count for it only where certificates announce them. So whoever
makes a file could choose what is heard. Here a revocation counts wherever it is found, if the issuer signed it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import cast

from asn1crypto import crl, ocsp, x509
from cryptography import x509 as pyca
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing.revocation import Revocation
from signing.vouching import is_signed_by, vouched

_Verifying = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
"""other kinds raise TypeError"""


def revoked_at(path: Sequence[x509.Certificate], known: Revocation) -> tuple[x509.Certificate, dt.datetime] | None:
    """Return the first certificate of a path, root first, that is said to be revoked, and since when."""
    for issuer, subject in pairwise(path):
        moments = [*_by_lists(subject, issuer, known.crls), *_by_answers(subject, issuer, known.ocsps)]
        if moments:
            return subject, min(moments)
    return None


def _by_lists(
    subject: x509.Certificate, issuer: x509.Certificate, lists: Iterable[crl.CertificateList]
) -> Iterator[dt.datetime]:
    for each in lists:
        if each.issuer.hashable != issuer.subject.hashable:
            continue
        found = _listed(each.dump(), issuer.public_key.dump(), subject.serial_number)
        if found is not None:
            yield found


@lru_cache(maxsize=256)
def _listed(der: bytes, key: bytes, serial: int) -> dt.datetime | None:
    """Return since when a list says that a number is revoked; None if it does not, or the key has not signed it."""
    try:
        known = _read(der)
        public = load_der_public_key(key)
        entry = known.get_revoked_certificate_by_serial_number(serial)
        if entry is None or _is_removal(entry) or not known.is_signature_valid(cast("_Verifying", public)):
            return None
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return None  # pyHanko cannot take it for good either
    return entry.revocation_date_utc


@lru_cache(maxsize=16)
def _read(der: bytes) -> pyca.CertificateRevocationList:
    return pyca.load_der_x509_crl(der)


def _is_removal(entry: pyca.RevokedCertificate) -> bool:
    """Say whether an entry takes a hold back (RFC 5280 §5.3.1)."""
    try:
        reason = entry.extensions.get_extension_for_class(pyca.CRLReason).value.reason
    except pyca.ExtensionNotFound:
        return False
    return reason is pyca.ReasonFlags.remove_from_crl


def _by_answers(
    subject: x509.Certificate, issuer: x509.Certificate, answers: Iterable[ocsp.OCSPResponse]
) -> Iterator[dt.datetime]:
    for answer in answers:
        try:
            if answer["response_status"].native != "successful":
                continue
            basic = answer.basic_ocsp_response
            said = [each for each in basic["tbs_response_data"]["responses"] if _concerns(each, subject, issuer)]
            revoked = [each["cert_status"].chosen for each in said if each["cert_status"].name == "revoked"]
            if revoked and _is_authentic(basic, issuer):
                yield from (each["revocation_time"].native for each in revoked)
        except (ValueError, TypeError):
            continue


def _concerns(single: ocsp.SingleResponse, subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    asked = single["cert_id"]
    if asked["serial_number"].native != subject.serial_number:
        return False
    own = hashlib.new(asked["hash_algorithm"]["algorithm"].native, bytes(issuer.public_key["public_key"])).digest()
    return bool(asked["issuer_key_hash"].native == own)


def _is_authentic(answer: ocsp.BasicOCSPResponse, issuer: x509.Certificate) -> bool:
    """Say whether the issuer has signed an answer, or somebody whom it made its responder (RFC 6960 §4.2.2.2)."""
    responders = [each for each in vouched(answer["certs"] or (), [issuer]) if _is_responder(each)]
    return any(
        is_signed_by(
            answer["signature"].native,
            answer["tbs_response_data"].dump(),
            answer["signature_algorithm"],
            each.public_key,
        )
        for each in (issuer, *responders)
    )


def _is_responder(certificate: x509.Certificate) -> bool:
    purposes = certificate.extended_key_usage_value
    return purposes is not None and "ocsp_signing" in purposes.native
