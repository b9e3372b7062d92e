"""Judge a certificate: does a chain lead to somebody we trust, is it in time, not revoked, and meant for this use?

Path validation follows RFC 5280; nothing is fetched: revocation is judged by the lists among the trust anchors and those
handed over. What is not known is not good: without a list that covers a certificate the answer is `TRY_LATER`
(ETSI EN 319 102-1 §5.2.6; NĐ 68/2024/NĐ-CP art. 30).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from asn1crypto import crl, x509
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext, find_valid_path
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath

from signing.revocation import Revocation
from signing.said_revoked import revoked_at
from signing.trust import TrustAnchors
from signing.vouching import VERIFIER, vouched

DOCUMENT_SIGNING = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"},
    extd_key_usage={
        "email_protection",
        "client_auth",
        "1.3.6.1.5.5.7.3.36",  # documentSigning, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # Microsoft document signing
        "1.2.840.113583.1.1.5",  # Adobe authentic documents
        "adobe_authentic_documents_trust",
        "microsoft_document_signing",
    },
    explicit_extd_key_usage_required=False,
)
"""Either key usage; if the certificate restricts its purposes, one of those that authorities give to people and agencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a certificate is not good."""

    reason: str
    """ETSI EN 319 102-1 sub-indication"""
    revoked_at: dt.datetime | None = None
    too_early: bool = False
    """the moment lies before the certificate's validity"""


_NOTHING = Revocation()
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""categories of characters: control, format (direction, joining), surrogates, private, unassigned, separators of lines"""


_Asn1 = TypeVar("_Asn1", x509.Certificate, crl.CertificateList)


class TrustStore:
    """Trust anchors, parsed once."""

    def __init__(self, anchors: TrustAnchors) -> None:
        self._roots = [x509.Certificate.load(der) for der in anchors.roots]
        self._timestamp_roots = [x509.Certificate.load(der) for der in anchors.timestamp_roots]
        self._intermediates = [x509.Certificate.load(der) for der in anchors.intermediates]
        self._dated = [(anchor, x509.Certificate.load(anchor.der)) for anchor in anchors.dated]
        self._crls = [crl.CertificateList.load(der) for der in anchors.crls]
        self._known = frozenset((*anchors.crls, *anchors.roots, *anchors.timestamp_roots, *anchors.intermediates))

    @property
    def authorities(self) -> Sequence[x509.Certificate]:
        """All certificates among the anchors."""
        dated = [certificate for _, certificate in self._dated]
        return [*self._roots, *self._timestamp_roots, *dated, *self._intermediates]

    def store_of(self, root: x509.Certificate) -> str:
        """Return the name of the store of the bundle in which a root is; empty for one of the trust folder."""
        return next((anchor.store for anchor, each in self._dated if each.sha256 == root.sha256), "")

    @property
    def crls(self) -> Sequence[crl.CertificateList]:
        """The revocation lists among the anchors."""
        return self._crls

    def context(
        self,
        *,
        moment: dt.datetime,
        timestamps: bool = False,
        embedded: Iterable[x509.Certificate] = (),
        known: Revocation = _NOTHING,
    ) -> ValidationContext:
        """Return what pyHanko needs to judge a signer's (or a time stamp's) certificate as of `moment`, offline.

        Lists issued after `moment` count: they name each revocation's date.
        """
        return ValidationContext(
            trust_roots=self._believed(moment, timestamps=timestamps),
            # what a file carries is often what is here already: each copy would be tried again for every certificate
            other_certs=[*self._intermediates, *vouched(_new(embedded, self._known), self.authorities)],
            crls=[*self._crls, *_new(known.crls, self._known)],
            ocsps=list(known.ocsps),
            moment=moment,
            revocation_mode="require",
            retroactive_revinfo=True,
            allow_fetching=False,
            signature_validator=VERIFIER,
        )

    def _believed(self, moment: dt.datetime, *, timestamps: bool) -> list[x509.Certificate]:
        dated = [
            certificate
            for anchor, certificate in self._dated
            if anchor.timestamps is timestamps and anchor.holds(moment)
        ]
        return [*(self._timestamp_roots if timestamps else self._roots), *dated]


def _new(found: Iterable[_Asn1], known: frozenset[bytes]) -> list[_Asn1]:
    """Return each thing of a file once, without what is known."""
    return list({der: each for each in found if (der := each.dump()) not in known}.values())


async def certificate_problem(certificate: x509.Certificate, context: ValidationContext) -> Problem | None:
    """Return what is wrong with a signer's certificate as of the moment of `context`, or None if it is good."""
    try:
        path = await find_valid_path(certificate, context.path_builder.async_build_paths_lazy(certificate), context)
    except RevokedError as error:
        reason = "REVOKED_NO_POE" if error.is_ee_cert else "REVOKED_CA_NO_POE"
        return Problem(reason=reason, revoked_at=error.revocation_dt)
    except (ExpiredError, NotYetValidError) as error:
        reason = "OUT_OF_BOUNDS_NO_POE" if error.is_ee_cert else "CERTIFICATE_CHAIN_GENERAL_FAILURE"
        return Problem(reason=reason, too_early=isinstance(error, NotYetValidError))
    except (ValidationError, PathBuildingError, ValueError) as error:
        return Problem(reason=_reason(error))
    try:
        DOCUMENT_SIGNING.validate(certificate)
    except InvalidCertificateError:
        return Problem(reason="CHAIN_CONSTRAINTS_FAILURE")
    return revocation_problem(path, context)


def revocation_problem(path: ValidationPath, context: ValidationContext) -> Problem | None:
    """Return who on a valid path was revoked before the moment of `context`, by anything that is known of revocation."""
    certificates = list(path)
    said = revoked_at(certificates, Revocation(crls=tuple(context.crls), ocsps=tuple(context.ocsps)))
    if said is None or said[1] > context.moment:
        return None
    reason = "REVOKED_NO_POE" if said[0] is certificates[-1] else "REVOKED_CA_NO_POE"
    return Problem(reason=reason, revoked_at=said[1])


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate's subject, or the whole subject if it has none; `harmless`."""
    return name_of(certificate.subject)


def name_of(name: x509.Name) -> str:
    """Return the common name in a name, or the whole name if it has none; `harmless`."""
    common = name.native.get("common_name")
    if isinstance(common, list):
        common = common[-1]
    return harmless(str(common or name.human_friendly))


def named_in(name: x509.Name, part: str) -> str:
    """Return what a name says of its bearer under `part`, such as `title`, several values from the last one on; `harmless`."""
    said = name.native.get(part)
    values = reversed(said) if isinstance(said, list) else [said]
    return harmless(", ".join(str(each) for each in values if each))


def harmless(text: str) -> str:
    """Return a text from a certificate or a file, NFC, with U+FFFD for what cannot be seen.

    Control characters end texts and lines, and those for direction show another order than is there: somebody else's name.
    """
    text = unicodedata.normalize("NFC", text)
    return "".join("\ufffd" if unicodedata.category(each) in _UNSEEN else each for each in text)


def _reason(error: Exception) -> str:
    table: tuple[tuple[type[Exception], str], ...] = (
        (PathBuildingError, "NO_CERTIFICATE_CHAIN_FOUND"),
        (InsufficientRevinfoError, "TRY_LATER"),
        (DisallowedAlgorithmError, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        (InvalidCertificateError, "NO_CERTIFICATE_CHAIN_FOUND"),  # signed by itself, and nobody trusts it
        (PathValidationError, "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    )
    return next((reason for kind, reason in table if isinstance(error, kind)), "CERTIFICATE_CHAIN_GENERAL_FAILURE")
