"""What an installation holds after so many years, and which of its parts is full first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.capacity import Assumed, Measured

_HOUR, _DAY = 3600.0, 86400.0
_NIGHT = 8.0
"""hours between the last counter that closes and the first that opens"""
_LONGEST = 100
"""years that are looked ahead"""
POINTS = 30
"""backups whose database is kept; nobody removes older ones by itself"""
_FULL_DISK = 20e12
"""bytes of the largest single disks: a database beyond that needs several"""
GROUPS: Mapping[str, Sequence[str]] = {
    "search": ("search_entries", "search_words", "search_cards"),
    "values and what was said of them": ("fields", "field_changes"),
    "audit trail": ("audit_entries",),
    "fixity": ("fixity_checks",),
    "ledger": ("ledger", "ledger_sources"),
    "depositories": ("owners", "owner_identifiers", "owner_links", "holdings", "accesses"),
    "signatures": ("signing_orders", "signing_items"),
    "events": ("events",),
}
"""tables by what they are for; all others are papers, pages and versions"""
OTHERS = "papers, pages, versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is there after some years."""

    years: float
    papers: float
    pages: float
    archive_bytes: float
    """in one store, with what can be made again"""
    kept_bytes: float
    """of it, what a backup or a second store holds"""
    objects: float
    checked_objects: float
    """in the store and in the second one"""
    rows: Mapping[str, float]
    """by table"""
    database: Mapping[str, float]
    """bytes by group of tables"""
    renewals: float
    """so far"""

    @property
    def database_bytes(self) -> float:
        """Of all tables."""
        return sum(self.database.values())


def stock_after(years: float, share: float, assumed: Assumed, measured: Measured) -> Stock:
    """Return what an installation holds that gets a share of the country's dossiers."""
    papers = assumed.dossiers_a_year * share * measured.papers_a_dossier * years
    pages = papers * measured.pages_a_paper
    renewals = _renewals(years, assumed) * papers / years * assumed.signatures if years else 0.0
    added = papers * assumed.signatures * measured.signed_bytes + renewals * measured.renewed_bytes
    kept = pages * measured.archive_bytes + added
    derived = pages * measured.derived_bytes
    objects = {name: each * papers for name, each in measured.objects.items()}
    objects["sign"] *= assumed.signatures
    objects["renew"] = measured.objects["renew"] * renewals
    whole = sum(objects[name] for name in ("digitize", "sign", "renew"))
    second = whole - objects["digitize"] + papers * (measured.archive_objects + measured.texts)
    rows = _rows(papers, renewals, years, assumed, measured)
    rows["fixity_checks"] = whole + (second if assumed.mirror else 0.0)
    return Stock(
        years=years,
        papers=papers,
        pages=pages,
        archive_bytes=kept + derived,
        kept_bytes=kept,
        objects=whole,
        checked_objects=rows["fixity_checks"],
        rows=rows,
        database=_database(rows, measured),
        renewals=renewals,
    )


def _renewals(years: float, assumed: Assumed) -> float:
    """Return how many renewals each paper of a year's intake makes so far, added up over the intakes."""
    done, after = 0.0, assumed.renewed_after
    while after < years:
        done += years - after
        after += assumed.renewed_after
    return done


def _rows(papers: float, renewals: float, years: float, assumed: Assumed, measured: Measured) -> dict[str, float]:
    times = {
        "digitize": papers,
        "confirm": papers,
        "sign": papers * assumed.signatures,
        "renew": renewals,
        "look": papers * assumed.looks,
        # papers that came in evenly are there for half of the time
        "depository": papers * measured.rows["digitize"]["holdings"] * assumed.reused * years / 2,
    }
    rows: dict[str, float] = {}
    for step, count in times.items():
        for table, each in measured.rows[step].items():
            rows[table] = rows.get(table, 0.0) + each * count
    return rows


def _database(rows: Mapping[str, float], measured: Measured) -> Mapping[str, float]:
    group_of = {table: group for group, tables in GROUPS.items() for table in tables}
    found = dict.fromkeys([*GROUPS, OTHERS], 0.0)
    for table, count in rows.items():
        found[group_of.get(table, OTHERS)] += count * measured.row_bytes[table]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that grows with what is kept, and is full one day."""

    name: str
    unit: str
    most: float
    cost: Callable[[Stock], float]
    then: str
    """what helps"""

    def reached(self, stock_of: Callable[[float], Stock]) -> float | None:
        """Return after how many years it is reached; None: not within a hundred."""
        if self.cost(stock_of(_LONGEST)) <= self.most:
            return None
        low, high = 0.0, float(_LONGEST)
        while high - low > 0.01:
            middle = (low + high) / 2
            low, high = (low, middle) if self.cost(stock_of(middle)) > self.most else (middle, high)
        return high


def limits(assumed: Assumed, measured: Measured) -> Sequence[Limit]:
    """Return what grows. Times are of one core that does nothing else: a disk that is slower than that makes them longer."""

    def reading(stock: Stock) -> float:
        whole = stock.archive_bytes + (stock.kept_bytes if assumed.mirror else 0.0)
        return whole / assumed.fixity_rate / _DAY

    return (
        Limit(
            name="reading everything again",
            unit="days a round",
            most=assumed.fixity_days,
            cost=reading,
            then="raise `fixity.mib_per_second`, or `fixity.days`",
        ),
        *_nights(assumed, measured),
        Limit(
            name="database",
            unit="TB",
            most=_FULL_DISK / 1e12,
            cost=lambda stock: stock.database_bytes / 1e12,
            then="tables parted by year",
        ),
    )


def _nights(assumed: Assumed, measured: Measured) -> Iterator[Limit]:
    """Yield what has to be done between two days."""
    jobs, stores = measured.nights, 2 if assumed.mirror else 1
    listing = jobs["enlist again"] + jobs["list"] + jobs["note"] / assumed.fixity_days
    work = (
        (
            "`verify-archive`: lists and laws",
            listing * stores + jobs["laws"],
            "look at what changed since the last night, and at all of it once a month",
        ),
        (
            "backup: dump and list of objects",
            jobs["dump"] + jobs["list"],
            "archive PostgreSQL's log (a base backup each week) instead of a dump each night",
        ),
        (
            "`renew-signatures`: what is due",
            jobs["renewals"] * min(1.0, assumed.signatures),
            "ask the database for those that are due, by an index on `proven_until`",
        ),
        ("`counting` of dossiers for the indices", jobs["indices"], "count closed years once"),
    )
    for name, seconds, then in work:
        cost = partial(_hours, seconds=seconds)
        yield Limit(name=name, unit="hours a night", most=_NIGHT, cost=cost, then=then)


def _hours(stock: Stock, *, seconds: float) -> float:
    """Return how long it takes that takes so many seconds for a paper."""
    return stock.papers * seconds / _HOUR


def backup_bytes(stock: Stock, measured: Measured, *, points: int = POINTS) -> float:
    """Return what the disks for backups take: the objects once, and for each point a dump and the list of objects."""
    named = stock.objects - stock.papers * (measured.objects["digitize"] - measured.archive_objects - measured.texts)
    point = stock.database_bytes * measured.dump_bytes + named * measured.listed_bytes
    return stock.kept_bytes + points * point
