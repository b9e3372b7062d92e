"""How long a signed file proves itself: until its newest time stamp's certificate, or the algorithms under it, run out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError

from pipeline.domain.signature import Outlook, RenewalReason
from pipeline.domain.signing_errors import SigningFailed
from signing.long_term import Signatory, newest_signatories

_SHORT_RSA = 3072
_SHORT_RSA_UNTIL = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
"""RSA below 3072 bits, 112 bits of security, is acceptable through 2030 (NIST SP 800-57 part 1 rev. 5, table 4)"""


def look_ahead(file: Path) -> Outlook | None:
    """Return until when a file proves that it existed, and why no longer; None for a file without signatures.

    Without a time stamp the proof ends with the signer's certificate.

    Raises:
        SigningFailed: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            found = newest_signatories(stream)
    except (PdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable", file=str(file)) from error
    return min((_outlook(each) for each in found), key=lambda outlook: outlook.until, default=None)


def _outlook(signatories: Sequence[Signatory]) -> Outlook:
    """Return how long one signature, or document time stamp, holds."""
    stamps = [each.certificate for each in signatories if each.timestamps]
    if not stamps:
        return Outlook(until=signatories[0].certificate.not_valid_after, reason=RenewalReason.NO_TIME_STAMP)
    return max((_end_of(each) for each in stamps), key=lambda outlook: outlook.until)


def _end_of(stamp: x509.Certificate) -> Outlook:
    end: dt.datetime = stamp.not_valid_after
    key = stamp.public_key
    if key.algorithm in {"rsa", "rsassa_pss"} and key.bit_size < _SHORT_RSA and end > _SHORT_RSA_UNTIL:
        return Outlook(until=_SHORT_RSA_UNTIL, reason=RenewalReason.ALGORITHM)
    return Outlook(until=end, reason=RenewalReason.TIME_STAMP)
