"""What speaks against using a stored paper again: each reason alone, all of them together, and none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.holding import Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.reuse import Integrity, ReuseObstacle, ReuseWish, reuse_obstacles
from pipeline.domain.signature import Verdict

DAY = dt.date(2026, 6, 30)
PAPER = Holding(
    id=HoldingId("h"),
    owner=OwnerId("an"),
    document=DocumentId("d"),
    type=TypeCode("xac_nhan_hon_nhan"),
    code=PaperCode(owner="1", type="t", serial=1, text="1-t-1"),
    published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    validity=Validity(since=dt.date(2026, 1, 1), until=DAY, scope="tỉnh Ninh Bình", purpose="Đăng ký kết hôn"),
)
WISH = ReuseWish(
    owners={OwnerId("an"), OwnerId("an's old number")},
    types={TypeCode("xac_nhan_hon_nhan")},
    purpose="đăng ký  kết hôn",
    scopes={"Tỉnh Ninh Bình"},
    day=DAY,
)
SOUND = Integrity(intact=True, verdict=Verdict.VALID)


def test_a_paper_that_fits_may_be_used_on_its_last_day() -> None:
    assert reuse_obstacles(PAPER, WISH, integrity=SOUND) == ()


@pytest.mark.parametrize(
    ("paper", "wish", "integrity", "obstacle"),
    [
        ({"owner": OwnerId("binh")}, {}, {}, ReuseObstacle.OTHER_OWNER),
        ({"type": TypeCode("giay_khai_sinh")}, {}, {}, ReuseObstacle.OTHER_TYPE),
        ({}, {"day": dt.date(2025, 12, 31)}, {}, ReuseObstacle.NOT_YET_VALID),
        ({}, {"day": dt.date(2026, 7, 1)}, {}, ReuseObstacle.EXPIRED),
        ({"state": HoldingState.SUPERSEDED}, {}, {}, ReuseObstacle.SUPERSEDED),
        ({"state": HoldingState.REVOKED}, {}, {}, ReuseObstacle.REVOKED),
        ({}, {}, {"intact": False}, ReuseObstacle.ALTERED),
        ({}, {}, {"verdict": Verdict.INVALID}, ReuseObstacle.SIGNATURE_INVALID),
        ({}, {}, {"verdict": Verdict.INDETERMINATE}, ReuseObstacle.SIGNATURE_UNPROVEN),
        ({}, {}, {"verdict": None}, ReuseObstacle.NOT_SIGNED),
        ({}, {"signed": False}, {"verdict": Verdict.INVALID}, ReuseObstacle.SIGNATURE_INVALID),
        ({}, {"purpose": "vay vốn"}, {}, ReuseObstacle.OTHER_PURPOSE),
        ({}, {"scopes": ()}, {}, ReuseObstacle.OUT_OF_SCOPE),
    ],
)
def test_each_obstacle_is_named(
    paper: dict[str, object], wish: dict[str, object], integrity: dict[str, object], obstacle: ReuseObstacle
) -> None:
    found = reuse_obstacles(
        replace(PAPER, **paper),  # type: ignore[arg-type]
        replace(WISH, **wish),  # type: ignore[arg-type]
        integrity=replace(SOUND, **integrity),  # type: ignore[arg-type]
    )
    assert found == (obstacle,)


def test_an_unsigned_paper_will_do_where_none_is_asked_for() -> None:
    wish = replace(WISH, signed=False)
    assert reuse_obstacles(PAPER, wish, integrity=Integrity(intact=True, verdict=None)) == ()


def test_all_that_speaks_against_is_named_and_nothing_unlimited_expires() -> None:
    wish = replace(WISH, owners=set(), purpose="", day=dt.date(2030, 1, 1))
    assert reuse_obstacles(PAPER, wish, integrity=SOUND) == (
        ReuseObstacle.OTHER_OWNER,
        ReuseObstacle.EXPIRED,
        ReuseObstacle.OTHER_PURPOSE,
    )
    unlimited = replace(PAPER, validity=Validity())
    assert reuse_obstacles(unlimited, replace(WISH, day=dt.date(2999, 1, 1)), integrity=SOUND) == ()


def test_what_was_revoked_before_it_expired_says_so() -> None:
    revoked = replace(PAPER, state=HoldingState.REVOKED)
    assert revoked.state_on(dt.date(2030, 1, 1)) is HoldingState.REVOKED
    assert PAPER.state_on(dt.date(2030, 1, 1)) is HoldingState.EXPIRED
