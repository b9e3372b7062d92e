"""Time stamps over anything that has a digest, and what they are worth (RFC 3161; certificates as of RFC 5280)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from asn1crypto import cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from pipeline.audit_ports import StampFinding
from pipeline.domain.signing_errors import TimestampUnavailable
from signing.certificates import TrustStore, common_name, revocation_problem
from signing.cms_form import is_weak_imprint
from signing.policy import SigningPolicy
from signing.timestamp_client import HttpTimeStamper, certificates_in

_LIST_MISSING = "TRY_LATER"
"""sub-indication of ETSI EN 319 102-1: a revocation list that is not here yet"""


@contextmanager
def open_time_stamps(policy: SigningPolicy) -> Iterator[PlainTimeStamps]:
    """Open what asks the authorities of `policy`, one connection for many time stamps, and believes its anchors."""
    with httpx.Client(timeout=policy.timestamp_seconds, trust_env=False) as client:
        timestamper = (
            HttpTimeStamper(
                policy.timestamp_urls, client, rounds=policy.timestamp_rounds, now=policy.now, heard=policy.on_stamp
            )
            if policy.timestamp_urls
            else None
        )
        yield PlainTimeStamps(TrustStore(policy.trust), timestamper)


class PlainTimeStamps:
    """Implements `pipeline.audit_ports.TimeStamps`."""

    def __init__(self, trust: TrustStore, timestamper: HttpTimeStamper | None) -> None:
        self._trust = trust
        self._timestamper = timestamper

    def stamp(self, digest: bytes) -> bytes:
        """Return a token over a SHA-256 digest.

        Raises:
            TimestampUnavailable: no authority gives one, or none is named.
            ClockWrong: all that answer tell another time than our clock.
        """
        if self._timestamper is None:
            raise TimestampUnavailable(url="", reason="no_timestamp_authority")
        token: bytes = self._timestamper.stamp(digest).dump()
        return token

    def check(self, token: bytes, digest: bytes, *, at: dt.datetime) -> StampFinding:
        """Judge a token as of the moment `at`."""
        try:
            info = cms.ContentInfo.load(token, strict=True)
            signed: cms.SignedData = info["content"]
            context = self._trust.context(moment=at, timestamps=True, embedded=certificates_in(signed))
            found = asyncio.run(validate_tst_signed_data(signed, context, lambda _: digest))
            return _judged(TimestampSignatureStatus(**found), signed, context, at)
        except SignatureValidationError as error:
            return _no_token(str(getattr(error.ades_subindication, "standard_name", "FORMAT_FAILURE")))
        except (ValueError, TypeError, KeyError, AttributeError):  # what asn1crypto raises of bytes that are no token
            return _no_token("FORMAT_FAILURE")


def _judged(
    status: TimestampSignatureStatus, signed: cms.SignedData, context: ValidationContext, at: dt.datetime
) -> StampFinding:
    if not status.intact:
        return _no_token("HASH_FAILURE")
    if not status.valid:
        return _no_token("SIG_CRYPTO_FAILURE")
    problem, path = "", status.validation_path
    if is_weak_imprint(signed):
        problem = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    elif status.timestamp > at:
        problem = "TIMESTAMP_ORDER_FAILURE"
    elif not status.trusted or path is None:
        indication = status.trust_problem_indic
        problem = str(indication.standard_name) if indication else "NO_CERTIFICATE_CHAIN_FOUND"
    elif revocation_problem(path, context) is not None:
        problem = "REVOKED_NO_POE"
    authority = common_name(status.signing_cert)
    return StampFinding(at=status.timestamp, authority=authority, problem=problem, may_pass=problem == _LIST_MISSING)


def _no_token(problem: str) -> StampFinding:
    return StampFinding(at=None, authority="", problem=problem)
