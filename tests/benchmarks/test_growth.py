"""What years add up to, worked out by hand with costs that are easy to count with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from benchmarks.capacity import Assumed, Measured
from benchmarks.growth import Limit, Stock, backup_bytes, limits, stock_after

COSTS = Measured(
    pages_a_paper=2.0,
    papers_a_dossier=5.0,
    read_seconds=0.3,
    page_seconds=0.4,
    sign_seconds=0.1,
    archive_bytes=1000.0,
    derived_bytes=10.0,
    signed_bytes=3000.0,
    renewed_bytes=4000.0,
    objects={"digitize": 7.0, "sign": 1.0, "renew": 1.0},
    rows={
        "digitize": {"documents": 1.0, "audit_entries": 2.0, "holdings": 0.5},
        "confirm": {"field_changes": 10.0},
        "sign": {"copy_versions": 1.0, "audit_entries": 3.0},
        "renew": {"copy_versions": 1.0},
        "look": {"audit_entries": 1.0},
        "depository": {"accesses": 1.0},
    },
    row_bytes={
        "documents": 1000.0,
        "audit_entries": 700.0,
        "holdings": 600.0,
        "field_changes": 800.0,
        "copy_versions": 400.0,
        "accesses": 300.0,
        "fixity_checks": 450.0,
    },
    archive_objects=1.5,
    texts=1.0,
    listed_bytes=170.0,
    nights={"enlist again": 0.001, "list": 0.0005, "note": 0.09, "laws": 0.004, "renewals": 0.002, "indices": 0.003, "dump": 0.002},
    dump_bytes=0.1,
    papers_a_second=300.0,
)  # fmt: skip
ASSUMED = Assumed(
    dossiers_a_year=200.0,
    looks=4.0,
    reused=0.5,
    signatures=1.0,
    renewed_after=5.0,
    mirror=True,
    fixity_days=90,
    fixity_rate=1.0,
)
"""a thousand papers a year for whoever has all of it"""
after = partial(stock_after, share=1.0, assumed=ASSUMED, measured=COSTS)


def test_a_year() -> None:
    """1,000 papers of two pages. Archive: 2,000 x 1,010 and a signed copy of 3,000 each. No signature is five years old."""
    stock = after(1.0)
    assert (stock.papers, stock.pages, stock.renewals) == (1000, 2000, 0)
    assert stock.archive_bytes == 2000 * 1010 + 1000 * 3000
    assert stock.kept_bytes == 2000 * 1000 + 1000 * 3000
    assert stock.objects == 1000 * (7 + 1)
    # 4 looks at each paper; half of the papers lie in a depository, where they are for half of the year
    assert stock.rows["audit_entries"] == 1000 * (2 + 3 + 4)
    assert stock.rows["accesses"] == 1000 * 0.5 * 0.5 / 2
    # all objects of the store, and in the second one what came in, copies, texts and signed copies
    assert stock.rows["fixity_checks"] == stock.checked_objects == 1000 * (7 + 1) + 1000 * (1.5 + 1 + 1)
    assert stock.database["audit trail"] == 9000 * 700
    assert stock.database["values and what was said of them"] == 10_000 * 800
    assert stock.database["papers, pages, versions"] == 1000 * 1000 + 1000 * 400
    assert stock.database_bytes == pytest.approx(sum(stock.database.values()))


def test_signatures_are_renewed_every_five_years() -> None:
    """Papers of 7 years: the first two years' intake was renewed once; after 12, that of 7 years once and that of 2 a second time."""
    assert after(7.0).renewals == pytest.approx(2 * 1000)
    assert after(12.0).renewals == pytest.approx((7 + 2) * 1000)
    assert after(7.0).archive_bytes == pytest.approx(7 * (2000 * 1010 + 1000 * 3000) + 2000 * 4000)
    assert after(7.0).rows["copy_versions"] == pytest.approx(7000 + 2000)


def test_without_a_second_store_and_without_signatures() -> None:
    assumed = replace(ASSUMED, mirror=False, signatures=0.0)
    stock = stock_after(2.0, 0.5, assumed, COSTS)
    assert stock.papers == 1000
    assert stock.checked_objects == stock.objects == 7000
    assert stock.archive_bytes == 2000 * 1010


def test_backups_hold_the_objects_once_and_a_dump_for_each_point() -> None:
    """1,000 papers have 1.5 objects in the archive, a text and a signed copy each, so that a list has 3,500 lines of 170 bytes."""
    stock = after(1.0)
    expected = stock.kept_bytes + 10 * (stock.database_bytes * 0.1 + 3500 * 170)
    assert backup_bytes(stock, COSTS, points=10) == pytest.approx(expected)


def limit(name: str) -> Limit:
    return next(each for each in limits(ASSUMED, COSTS) if each.name == name)


def test_when_everything_cannot_be_read_again_in_time() -> None:
    """A byte a second is 7.776 million in 90 days; a year adds 5.02 million here and 5 million in the second store."""
    reached = limit("reading everything again").reached(after)
    assert reached == pytest.approx(7_776_000 / 10_020_000, abs=0.02)


def test_hours_of_the_night_go_by_papers() -> None:
    """Both stores are listed for 1.5 ms a paper, a ninetieth of 90 ms is noted each night, and laws take 4 ms: 9 s for 1,000 papers."""
    stock: Stock = after(1.0)
    assert limit("`verify-archive`: lists and laws").cost(stock) == pytest.approx(9.0 / 3600)
    assert limit("`renew-signatures`: what is due").cost(stock) == pytest.approx(2.0 / 3600)
    assert limit("backup: dump and list of objects").cost(stock) == pytest.approx(2.5 / 3600)
    assert limit("`counting` of dossiers for the indices").cost(stock) == pytest.approx(3.0 / 3600)


def test_what_is_never_full_has_no_year() -> None:
    assert limit("database").reached(after) is None
