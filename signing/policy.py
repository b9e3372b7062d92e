"""What is the same for all signers of an installation, wherever their keys are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from asn1crypto import x509

from pipeline.domain.signature import SignatureLevel
from pipeline.domain.signing_errors import DevelopmentKeyInProduction, SigningFailed
from pipeline.ports import silent
from pipeline.signing_ports import Completer
from signing.appearance import StampTexts
from signing.certificates import TrustStore, common_name
from signing.development import DEVELOPMENT_MARK
from signing.evidence import EvidenceGatherer, nothing_known
from signing.key_holder import KeyHolder
from signing.long_term import raise_level
from signing.picture import Picture
from signing.revocation import HttpRevocation
from signing.signer import PadesSigner
from signing.stamp_font import StampFont, find_stamp_font
from signing.timestamp_client import TIMESTAMP_SECONDS, HttpTimeStamper
from signing.trust import TrustAnchors


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPolicy:
    """How to sign."""

    trust: TrustAnchors
    """before each batch the signer's certificate is checked against these anchors, and refused if it is not good"""
    production: bool
    """whether development keys are refused"""
    timestamp_urls: tuple[str, ...] = ()
    """time-stamp authorities, best first, needed from level B-T on"""
    timestamp_seconds: float = TIMESTAMP_SECONDS
    """that each may take to answer"""
    timestamp_rounds: int = 2
    """how often all of them are asked"""
    now: Callable[[], dt.datetime] | None = None
    """this machine's clock: time stamps that differ from it are refused (ClockWrong); none: they are taken as they come"""
    ask_authorities: bool = False
    """whether revocation is asked for over HTTP where certificates say, besides the lists among the anchors"""
    font: StampFont | None = None
    """of the appearance; by default the first that `find_stamp_font` finds"""
    texts: StampTexts = field(default_factory=StampTexts)
    """of the appearances"""
    on_stamp: Callable[[float], None] = silent
    """hears how many seconds each time stamp took"""
    picture: Picture | None = None
    """the official's signature or the agency's seal, shown in place of text"""


@contextmanager
def open_signer(holder: KeyHolder, policy: SigningPolicy) -> Iterator[PadesSigner]:
    """Open a signer for a batch of documents around somebody who holds a key.

    Raises:
        DevelopmentKeyInProduction: a key of the development authority, and `production`.
        ToolMissing: no font.
    """
    development = is_development(holder.certificate)
    if development and policy.production:
        raise DevelopmentKeyInProduction(signer=common_name(holder.certificate))
    with httpx.Client(timeout=policy.timestamp_seconds, trust_env=False) as client:
        yield PadesSigner(
            holder,
            trust=TrustStore(policy.trust),
            font=policy.font or find_stamp_font(),
            timestamper=HttpTimeStamper(
                policy.timestamp_urls, client, rounds=policy.timestamp_rounds, now=policy.now, heard=policy.on_stamp
            )
            if policy.timestamp_urls
            else None,
            remark=DEVELOPMENT_MARK if development else "",
            picture=policy.picture,
            texts=policy.texts,
            revocation=HttpRevocation(client) if policy.ask_authorities else nothing_known,
        )


Renewer = Callable[[Path, Path], None]
"""Writes (source, target): the document with evidence and a new archive time stamp; raises as `signing.long_term.renew`."""


@contextmanager
def open_renewer(policy: SigningPolicy, *, now: Callable[[], dt.datetime]) -> Iterator[Renewer]:
    """Open what renews archive time stamps, for many documents.

    Raises:
        SigningFailed: the policy names no time-stamp authority.
    """
    with open_completer(policy, now=now) as complete:
        yield lambda signed, target: complete(signed, target, SignatureLevel.B_LTA)


@contextmanager
def open_completer(policy: SigningPolicy, *, now: Callable[[], dt.datetime]) -> Iterator[Completer]:
    """Open what raises signed documents to their level later, for many documents; no key is needed.

    Raises:
        SigningFailed: the policy names no time-stamp authority.
    """
    if not policy.timestamp_urls:
        raise SigningFailed(reason="no_timestamp_authority")
    with httpx.Client(timeout=policy.timestamp_seconds, trust_env=False) as client:
        timestamper = HttpTimeStamper(
            policy.timestamp_urls, client, rounds=policy.timestamp_rounds, now=policy.now, heard=policy.on_stamp
        )
        source = HttpRevocation(client) if policy.ask_authorities else nothing_known
        gatherer = EvidenceGatherer(TrustStore(policy.trust), source)

        def run(signed: Path, target: Path, level: SignatureLevel) -> None:
            raise_level(signed, target, level, timestamper=timestamper, gatherer=gatherer, at=now())

        yield run


def is_development(certificate: x509.Certificate) -> bool:
    """Say whether a certificate belongs to a development authority."""
    return any(
        name.native.get("organization_name") == DEVELOPMENT_MARK for name in (certificate.subject, certificate.issuer)
    )
