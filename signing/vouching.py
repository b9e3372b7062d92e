"""Which of the certificates that a file brings along are worth looking at: those that known authorities signed, directly or through others.

Path building tries every order of authorities of the same name; eight forged ones kept it busy for half a minute, nine for ever.
A certificate that nobody known has signed is on no path, so it is left out before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.errors import AlgorithmNotSupported, DSAParametersUnavailable, PSSParameterMismatch
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

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
    subject, key = x509.Certificate.load(certificate), x509.Certificate.load(issuer).public_key
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
            subject["signature_value"].native,
            subject["tbs_certificate"].dump(),
            key,
            subject["signature_algorithm"],
        )
    except (
        InvalidSignature,
        UnsupportedAlgorithm,
        AlgorithmNotSupported,
        DSAParametersUnavailable,
        PSSParameterMismatch,
        AssertionError,  # key and mechanism do not fit
        ValueError,
        TypeError,
    ):
        return False
    return True
