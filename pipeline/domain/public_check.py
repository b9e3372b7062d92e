"""What anybody may learn of a result from its code: whether it is genuine and in force, and nothing about whom it concerns.

The least that has to be shown of a signature: NĐ 68/2024/NĐ-CP art. 30 (signer, authority, time, integrity; what cannot be
evaluated is not valid). What is not needed for that is not shown: Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import ContentHash
from pipeline.domain.result import ResultCode, ResultState
from pipeline.domain.signature import CopyVersion, FileVerdict, SignatureVerdict, Verdict

_SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSignature:
    """What is shown of a signature: its certificate's whole subject is not, for citizens' numbers stand in it."""

    verdict: Verdict
    reason: str
    signer: str
    """common name of the certificate; empty where it has none"""
    position: str
    """as certified; empty where the certificate names none"""
    organisation: str
    """likewise"""
    issuer: str
    """common name of the authority that issued the certificate"""
    time: dt.datetime | None
    time_proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicJudgement:
    """What was last said of a file's signatures."""

    verdict: Verdict
    reason: str
    at: dt.datetime
    """when it was said"""
    signatures: tuple[PublicSignature, ...]
    """of people and agencies, in order; none where only the verdict was kept"""


class Standing(StrEnum):
    """The answer in a word."""

    GOOD = "good"
    """in force, and its signatures were found to be valid"""
    UNPROVEN = "unproven"
    """in force, and its signatures cannot be evaluated, or nobody has yet"""
    BAD = "bad"
    """its signatures are not valid"""
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicResult:
    """What the public page says of a result."""

    code: ResultCode
    state: ResultState
    changed_at: dt.datetime | None
    """since when it is no longer in force"""
    superseded_by: ResultCode | None
    """the result in its place, where that one can be looked up as well"""
    newest: CopyVersion
    earlier: tuple[ContentHash, ...]
    """fingerprints of the states before the newest, the latest first"""
    pages: int
    judgement: PublicJudgement | None
    """None: nobody has judged the newest state yet"""
    is_due: bool
    """whether it is time to judge it (again)"""

    @property
    def standing(self) -> Standing:
        """The answer in a word: the state in the records weighs more than a good signature."""
        if self.judgement is not None and self.judgement.verdict is Verdict.INVALID:
            return Standing.BAD
        if self.state is not ResultState.ISSUED:
            return Standing.REVOKED if self.state is ResultState.REVOKED else Standing.SUPERSEDED
        valid = self.judgement is not None and self.judgement.verdict is Verdict.VALID
        return Standing.GOOD if valid else Standing.UNPROVEN


def judgement_of(verdict: FileVerdict, *, at: dt.datetime) -> PublicJudgement:
    """Return what may be shown of a verdict; time stamps by themselves are evidence and no signatures of anybody."""
    return PublicJudgement(
        verdict=verdict.verdict,
        reason=verdict.reason,
        at=at,
        signatures=tuple(
            _shown(each) for each in verdict.signatures if each.details is None or each.details.kind == _SIGNATURE
        ),
    )


def _shown(signature: SignatureVerdict) -> PublicSignature:
    details = signature.details
    # where a certificate has no common name, its whole subject stands for it, with a citizen's number in it
    is_named = details is None or signature.signer != details.subject
    return PublicSignature(
        verdict=signature.verdict,
        reason=signature.reason,
        signer=signature.signer if is_named else "",
        position=details.position if details else "",
        organisation=details.organisation if details else "",
        issuer=details.issuers[0] if details and details.issuers else "",
        time=signature.time,
        time_proven=signature.time_proven,
    )
