"""Whether a stored paper may stand in for one that would be asked for again, and if not, why.

The check list: same subject, not expired, not revoked or replaced, intact, purpose fits, scope covers (NĐ 224/2026/NĐ-CP
art. 18.4 and Luật Dữ liệu 60/2024/QH15 art. 11 forbid asking again for what is there; purpose limitation from data protection).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import TypeCode
from pipeline.domain.owner import OwnerId
from pipeline.domain.signature import Verdict


class ReuseObstacle(StrEnum):
    """Why a stored paper does not qualify."""

    OTHER_OWNER = "other_owner"
    OTHER_TYPE = "other_type"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    DISPOSED = "disposed"
    ALTERED = "altered"
    """the bytes do not have the digest in the records, or are not there"""
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_UNPROVEN = "signature_unproven"
    """a signature that cannot be judged is not taken for valid"""
    NOT_SIGNED = "not_signed"
    OTHER_PURPOSE = "other_purpose"
    OUT_OF_SCOPE = "out_of_scope"
    """the paper is limited to a place or use, and nobody has said that this one is within it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseWish:
    """What is asked for."""

    owners: Collection[OwnerId]
    """whose paper it has to be: the person's id, and those of owners found to be the same"""
    types: Collection[TypeCode]
    """papers that would do"""
    purpose: str
    """of the procedure"""
    scopes: Collection[str] = ()
    """scopes of validity, as papers state them, that cover the case"""
    day: dt.date
    signed: bool = True
    """only a paper with a valid signature will do"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What was found when the paper's file was looked at."""

    intact: bool
    """the bytes have the digest in the records"""
    verdict: Verdict | None
    """on its signatures; None where it has none"""


_STATES = {
    HoldingState.SUPERSEDED: ReuseObstacle.SUPERSEDED,
    HoldingState.REVOKED: ReuseObstacle.REVOKED,
    HoldingState.EXPIRED: ReuseObstacle.EXPIRED,
    HoldingState.DISPOSED: ReuseObstacle.DISPOSED,
}
_VERDICTS = {
    None: ReuseObstacle.NOT_SIGNED,
    Verdict.INVALID: ReuseObstacle.SIGNATURE_INVALID,
    Verdict.INDETERMINATE: ReuseObstacle.SIGNATURE_UNPROVEN,
}


def reuse_obstacles(holding: Holding, wish: ReuseWish, *, integrity: Integrity) -> tuple[ReuseObstacle, ...]:
    """Return all that speaks against using a stored paper, the weightiest first; nothing: it may be used."""
    validity = holding.validity
    state = holding.state_on(wish.day)
    found = [
        (holding.owner not in wish.owners, ReuseObstacle.OTHER_OWNER),
        (holding.type not in wish.types, ReuseObstacle.OTHER_TYPE),
        (not integrity.intact, ReuseObstacle.ALTERED),
        (state in _STATES, _STATES.get(state)),
        (validity.since is not None and wish.day < validity.since, ReuseObstacle.NOT_YET_VALID),
        (_signature_fails(integrity.verdict, wish), _VERDICTS.get(integrity.verdict)),
        (bool(validity.purpose) and not _same(validity.purpose, wish.purpose), ReuseObstacle.OTHER_PURPOSE),
        (
            bool(validity.scope) and not any(_same(validity.scope, one) for one in wish.scopes),
            ReuseObstacle.OUT_OF_SCOPE,
        ),
    ]
    return tuple(obstacle for holds, obstacle in found if holds and obstacle is not None)


def _signature_fails(verdict: Verdict | None, wish: ReuseWish) -> bool:
    """A paper without a signature may do where none is asked for; one with a bad signature never does."""
    return verdict is not Verdict.VALID if wish.signed or verdict is not None else False


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
