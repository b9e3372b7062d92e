"""UUIDv7 after RFC 9562."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.ids import uuid7

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_moments = st.integers(0, 10**17).map(lambda micros: EPOCH + dt.timedelta(microseconds=micros))


def test_it_is_the_example_of_the_rfc() -> None:
    # RFC 9562 appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00; rand_a there is 0xCC3 and chance
    # 0x18C4DC0C0C07398F, of which the variant replaces the two highest bits. Our rand_a is the fraction of the millisecond
    moment = dt.datetime(2022, 2, 22, 14, 22, 22, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    made = uuid7(moment, bytes.fromhex("18C4DC0C0C07398F"))
    assert made == "017f22e2-79b0-7000-98c4-dc0c0c07398f"


@given(_moments, _moments, st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_ids_sort_by_time_as_text(first: dt.datetime, second: dt.datetime, one: bytes, other: bytes) -> None:
    if first < second:
        assert uuid7(first, one) < uuid7(second, other)
    made = uuid.UUID(uuid7(first, one))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


@pytest.mark.parametrize(("at", "chance"), [(EPOCH.replace(tzinfo=None), bytes(8)), (EPOCH, bytes(7))])
def test_a_time_without_a_zone_and_too_little_chance_are_refused(at: dt.datetime, chance: bytes) -> None:
    with pytest.raises(ValueError, match=r"zone|bytes"):
        uuid7(at, chance)
