"""Moments at the ends of the calendar are shown like others."""

from __future__ import annotations

import datetime as dt

import pytest

from app.cli.tables import verdict_table
from app.language import speaker
from app.setting_groups import Language
from pipeline.domain.moments import in_zone
from pipeline.domain.signature import Coverage, FileVerdict, SignatureVerdict, Verdict
from web import show
from web.api.models.base import ApiModel, Moment

VIETNAM, FAR_EAST = dt.timezone(dt.timedelta(hours=7)), dt.timezone(dt.timedelta(hours=14))
LAST = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""of certificates without an end (RFC 5280, 4.1.2.5)"""
FIRST = dt.datetime(1, 1, 1, tzinfo=FAR_EAST)


class _Told(ApiModel):
    at: Moment


def test_moments_are_carried_into_other_zones() -> None:
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    assert in_zone(noon, VIETNAM).isoformat() == "2026-11-23T19:00:00+07:00"
    assert in_zone(noon) == noon


def test_where_no_calendar_has_the_day_they_stay() -> None:
    assert in_zone(LAST, VIETNAM) is LAST
    assert in_zone(FIRST, dt.UTC) is FIRST


@pytest.mark.parametrize(("moment", "day"), [(LAST, "31/12/9999"), (FIRST, "01/01/")])
def test_they_can_be_shown_everywhere(moment: dt.datetime, day: str) -> None:
    assert show.day(moment).startswith(day)
    assert show.moment(moment).startswith(day)
    assert _Told.model_validate_json(_Told(at=moment).model_dump_json()).at == moment
    signature = SignatureVerdict(
        verdict=Verdict.VALID,
        reason="",
        signer="Lan",
        time=moment,
        time_proven=False,
        digest="sha256",
        coverage=Coverage.ENTIRE_FILE,
        intact=True,
        changes="none",
    )
    file = FileVerdict(verdict=Verdict.VALID, reason="", signatures=(signature,))
    assert len(verdict_table(file, speaker(Language.VIETNAMESE)).rows) == 1
