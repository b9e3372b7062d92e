"""The tables of results/scale.md."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from benchmarks.capacity import INGEST_ENTRIES, STARTS, Assumed, Measured
from benchmarks.growth import GROUPS, OTHERS, POINTS, Limit, Stock, backup_bytes, limits, stock_after
from benchmarks.office_days import Day

_YEARS = (1, 5, 20)
"""that are shown"""
_MIDDLE = "a province"
_TERA = 1e12


def page(days: Sequence[Day], assumed: Assumed, costs: Measured) -> str:
    """Return the page."""
    parts = (
        ["# Past one province", "", _ABOUT, "", "## What a paper costs", "", *_costs(costs)],
        ["## What was assumed", "", *_assumed(assumed), "", *_starts(assumed)],
        ["## The fullest day of a week", "", *_days(days)],
        ["## What does not grow with the years, in the fullest hour", "", *_loads(days, assumed, costs)],
        ["## What the years add up to", "", *_stocks(assumed, costs)],
        ["## The database after a year of a province", "", *_database(assumed, costs)],
        ["## Full after so many years", "", *_limits(assumed, costs), "", _NONE],
    )
    return "\n".join("\n".join([*each, ""]) for each in parts)


_ABOUT = (
    "Written by `make simulate` from footprint.json, starts.json, endurance.md and ingest.md beside it, and from what `Assumed` in"
    " `benchmarks/capacity.py` says. Hours of jobs are processor time of one core, which no disk makes shorter."
)
_NONE = "–: not within a hundred years. The picture shows the same: ![when what is full](scale.svg)"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(each)} |" for each in rows)


def _costs(costs: Measured) -> Iterator[str]:
    rows = [
        ["pages", f"{costs.pages_a_paper:.2f}", "footprint"],
        ["core, from file to copy", f"{costs.page_seconds * costs.pages_a_paper:.2f} s", "footprint"],
        ["of it, reading", f"{costs.read_seconds * costs.pages_a_paper:.2f} s", "endurance"],
        ["core, signature (B-LTA)", f"{costs.sign_seconds:.3f} s", "footprint"],
        ["archive: what came in, and the copy", _mega(costs.archive_bytes * costs.pages_a_paper), "footprint"],
        ["what can be made again", _mega(costs.derived_bytes * costs.pages_a_paper), "footprint"],
        ["archive: each signature, the copy once more", _mega(costs.signed_bytes), "footprint"],
        ["archive: each renewal, the copy once more", _mega(costs.renewed_bytes), "footprint"],
        ["objects: digitized, signed, renewed", _steps(costs.objects, "digitize", "sign", "renew"), "footprint"],
        ["rows: digitized", _rows(costs, "digitize"), "footprint"],
        ["rows: confirmed by a person", _rows(costs, "confirm"), "footprint"],
        ["rows: signed, renewed", f"{_rows(costs, 'sign')}, {_rows(costs, 'renew')}", "footprint"],
        ["rows: a look, a look into a depository", f"{_rows(costs, 'look')}, {_rows(costs, 'depository')}", "footprint"],
    ]  # fmt: skip
    return _table(["of a paper", "measured", "where"], rows)


def _assumed(assumed: Assumed) -> Iterator[str]:
    rows = [
        ["dossiers", f"{assumed.dossiers_a_year / 1e6:.0f} million a year, spread evenly over offices and provinces"],
        ["offices, provinces", f"{assumed.offices:,}, {assumed.provinces}"],
        ["a year", f"{assumed.days} days; the fullest day of a week has {assumed.monday} times the mean, its fullest hour {max(assumed.hours):.0%} of it"],
        ["bulk", f"{assumed.bulk_share:.0%} of dossiers, {assumed.bulk_dossiers} in a batch"],
        ["of each paper", f"{assumed.signatures:.0f} signature, renewed every {assumed.renewed_after:.0f} years; {assumed.looks:.0f} looks in its first year"],
        ["in depositories", f"{assumed.reused} looks at each paper a year"],
        ["a second store", "there is one, and all of it is read again too" if assumed.mirror else "none"],
        ["reading again", f"every {assumed.fixity_days} days, {assumed.fixity_rate / 2**20:.0f} MiB a second"],
        ["cores", f"busy for {assumed.busy:.0%} of the fullest hour"],
    ]  # fmt: skip
    return _table(["what", "as much"], rows)


def _starts(assumed: Assumed) -> Iterator[str]:
    seen = json.loads(STARTS.read_text(encoding="utf-8"))
    alone, counter, bulk = seen["direct"], seen["counter"], seen["bulk"]
    yield (
        f"Handing over was not measured on a quiet machine. What was seen (starts.json: medians of {counter['batches']} batches of {counter['pages']:.0f} pages)"
        f" was seen while other work ran, at a load of {seen['load'][0]} at the beginning and {seen['load'][1]} at the end."
    )
    yield ""
    rows = [
        ["start at the counter", f"{assumed.counter_start:.1f} s", f"first page after {counter['first']:.1f} s, without Prefect {alone['first']:.1f} s"],
        ["a machine of the counter, besides pages and papers", f"{assumed.counter_turn:.1f} s a batch", f"whole after {counter['seconds']:.1f} s, without Prefect {alone['seconds']:.1f} s"],
        ["start of a bulk run", f"{assumed.run_start:.0f} s, a core for {assumed.run_work:.0f} s of it", f"first page after {bulk['first']:.1f} s; {bulk['worker_cpu']:.1f} s of cores, without Prefect {alone['worker_cpu']:.1f} s"],
        ["Prefect server", f"{assumed.server_seconds:.1f} s of a core a batch", f"{counter['flows_cpu']:.2f} s with what it spends by itself"],
    ]  # fmt: skip
    yield from _table(["what", "assumed", "seen"], rows)


def _steps(of: Mapping[str, float], *names: str) -> str:
    return ", ".join(f"{of[name]:.1f}" for name in names)


def _rows(costs: Measured, step: str) -> str:
    return f"{sum(costs.rows[step].values()):.1f}"


def _mega(size: float) -> str:
    return f"{size / 1e6:.2f} MB"


def _days(days: Sequence[Day]) -> Iterator[str]:
    head = [
        "installation", "dossiers", "machines × cores", "cores busy", "first page at the counter: median, 95 of 100, s",
        "whole dossier: median, 95 of 100, s", "bulk batch: median, 95 of 100, min", "most batches that waited at the counter",
    ]  # fmt: skip
    return _table(head, [_day(each) for each in days])


def _day(day: Day) -> Sequence[str]:
    counter = [each for each in day.seen.done if not each.batch.is_bulk]
    bulk = [each.whole / 60 for each in day.seen.done if each.batch.is_bulk]
    return [
        _name(day),
        f"{day.dossiers:,.0f}",
        f"{day.plant.machines} × {day.plant.cores}",
        f"{day.busy:.0%}",
        _middle_and_high([each.first for each in counter]),
        _middle_and_high([each.whole for each in counter]),
        _middle_and_high(bulk),
        f"{day.seen.longest_queue}",
    ]


def _name(day: Day) -> str:
    return f"{day.installation.name}, 7 to {7 + day.installation.hours}"


def _middle_and_high(times: Sequence[float]) -> str:
    if len(times) < 2:
        return "–"
    return f"{statistics.median(times):,.1f}, {statistics.quantiles(times, n=20)[-1]:,.1f}"


def _loads(days: Sequence[Day], assumed: Assumed, costs: Measured) -> Iterator[str]:
    most = costs.papers_a_second * INGEST_ENTRIES
    shares = {day.installation.share: day for day in days}
    rows = [
        [
            name,
            f"{shares[share].handed_over:,.2f}",
            f"{shares[share].handed_over * assumed.server_seconds:.0%}",
            f"{assumed.busy / shares[share].handed_over:.2g} s",
            f"{shares[share].entries:,.1f}",
            f"{shares[share].entries / most:.0%}",
        ]
        for name, share in whose(assumed).items()
    ]
    head = [
        "installation", "batches a second", "of a Prefect server's core, as assumed", f"a batch may take it, to be busy for {assumed.busy:.0%}",
        "entries of the trail a second", "of what its one writer writes",
    ]  # fmt: skip
    return _table(head, rows)


def whose(assumed: Assumed) -> Mapping[str, float]:
    """Return whose archives are looked at, with their share of the country's dossiers."""
    return {"one office": 1 / assumed.offices, _MIDDLE: 1 / assumed.provinces, "the country at once": 1.0}


def archives(assumed: Assumed, costs: Measured) -> Mapping[str, Callable[[float], Stock]]:
    """Return whose archives are looked at, each with what it holds after so many years."""
    return {
        name: partial(stock_after, share=share, assumed=assumed, measured=costs)
        for name, share in whose(assumed).items()
    }


def _stocks(assumed: Assumed, costs: Measured) -> Iterator[str]:
    rows = []
    for name, stock_of in archives(assumed, costs).items():
        for years in _YEARS:
            stock = stock_of(years)
            rows.append(
                [
                    name,
                    f"{years}",
                    f"{stock.papers / 1e6:,.2f}",
                    f"{stock.archive_bytes / _TERA:,.2f}",
                    f"{stock.objects / 1e6:,.1f}",
                    f"{sum(stock.rows.values()) / 1e9:,.3f}",
                    f"{stock.database_bytes / _TERA:,.3f}",
                    f"{backup_bytes(stock, costs) / _TERA:,.2f}",
                ]
            )
    head = [
        "installation", "years", "papers, million", "archive, TB", "objects, million", "rows, thousand million", "database, TB",
        f"backups ({POINTS} points), TB",
    ]  # fmt: skip
    return _table(head, rows)


def _database(assumed: Assumed, costs: Measured) -> Iterator[str]:
    stock = stock_after(1, 1 / assumed.provinces, assumed, costs)
    sizes = sorted(stock.database.items(), key=lambda each: -each[1])
    tables = {**GROUPS, OTHERS: [name for name in stock.rows if not any(name in some for some in GROUPS.values())]}
    rows = [
        [
            group,
            f"{sum(stock.rows.get(name, 0) for name in tables[group]) / stock.papers:.1f}",
            f"{size / stock.papers / 1e3:.1f}",
            f"{size / 1e9:,.0f}",
        ]
        for group, size in sizes
    ]
    whole = stock.database_bytes
    rows.append(
        [
            "all",
            f"{sum(stock.rows.values()) / stock.papers:.1f}",
            f"{whole / stock.papers / 1e3:.1f}",
            f"{whole / 1e9:,.0f}",
        ]
    )
    return _table(["what", "rows a paper", "KB a paper", "GB"], rows)


def _limits(assumed: Assumed, costs: Measured) -> Iterator[str]:
    stock_of = archives(assumed, costs)
    rows = [
        [
            limit.name,
            f"{limit.cost(stock_of[_MIDDLE](1)):,.1f} of {limit.most:,.0f} {limit.unit}",
            *("–" if years is None else f"{years:.2g}" for years in reached),
            limit.then,
        ]
        for limit, reached in first_full(assumed, costs).items()
    ]
    return _table(["what", f"{_MIDDLE} after a year", *stock_of, "what then"], rows)


def first_full(assumed: Assumed, costs: Measured) -> Mapping[Limit, Sequence[float | None]]:
    """Return after how many years each limit is reached by whom, in the order in which a province reaches them."""
    stocks = archives(assumed, costs)
    place = [*stocks].index(_MIDDLE)
    found = {limit: [limit.reached(stock_of) for stock_of in stocks.values()] for limit in limits(assumed, costs)}
    return dict(sorted(found.items(), key=lambda each: each[1][place] or math.inf))
