"""Which of the certificates that a file brings along are worth looking at: those that known authorities signed, directly or through others.

Path building tries every order of authorities of the same name; eight forged ones kept it busy for half a minute, nine for ever.
A certificate that nobody known has signed is on no path, so it is left out before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from asn1crypto import algos, keys, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.errors import AlgorithmNotSupported, DSAParametersUnavailable, PSSParameterMismatch
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)


class CarefulVerifier(DefaultSignatureValidator):
    """pyHanko's, where a mechanism that does not fit the key is a wrong signature, not a broken program."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Raise InvalidSignature, or what else the base class raises."""
        try:
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
        except AssertionError as error:
            raise InvalidSignature from error


VERIFIER = CarefulVerifier()
_MOST_TRIALS = 2000
"""signatures that are checked for one file; its certificates are some dozens, and each has one issuer of that name"""


def vouched(found: Iterable[x509.Certificate], authorities: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return those of `found` that are signed by one of `authorities`, or by one that is returned."""
    waiting = {each.dump(): each for each in found}
    issuers: list[x509.Certificate] = list(authorities)
    kept: list[x509.Certificate] = []
    trials = _MOST_TRIALS
    while issuers:
        issuer = issuers.pop()
        name = issuer.subject.hashable
        for der, each in list(waiting.items()):
            if each.issuer.hashable != name:
                continue
            trials -= 1
            if trials < 0:
                return kept
            if _signed(der, issuer.dump()):
                del waiting[der]
                kept.append(each)
                if each.ca:
                    issuers.append(each)
    return kept


@lru_cache(maxsize=1024)
def _signed(certificate: bytes, issuer: bytes) -> bool:
    subject = x509.Certificate.load(certificate)
    return is_signed_by(
        subject["signature_value"].native,
        subject["tbs_certificate"].dump(),
        subject["signature_algorithm"],
        x509.Certificate.load(issuer).public_key,
    )


def is_signed_by(
    signature: bytes, data: bytes, mechanism: algos.SignedDigestAlgorithm, key: keys.PublicKeyInfo
) -> bool:
    """Say whether `key` has signed `data`; what cannot be evaluated is not signed."""
    try:
        VERIFIER.validate_signature(signature, data, key, mechanism)
    except (
        InvalidSignature,
        UnsupportedAlgorithm,
        AlgorithmNotSupported,
        DSAParametersUnavailable,
        PSSParameterMismatch,
        ValueError,
        TypeError,
    ):
        return False
    return True
