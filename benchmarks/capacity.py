"""What a page costs, as it was measured, and what follows for a year of an office, a province, the country."""

from __future__ import annotations

from dataclasses import dataclass

DAYS = 250
"""working days of a year"""
DOSSIERS_A_YEAR = 130_000_000
"""of the whole country, about, over all ways in which they come"""
OFFICES = 3321
"""communes since 1 July 2025 (NQ 202/2025/QH15), each with its counter; provinces come on top and are few"""
PROVINCES = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured on two cores of the machine that `benchmarks/results` names; each with where it stands."""

    read_seconds: float = 0.31
    """CPU seconds of reading a page (results/endurance.md)"""
    page_seconds: float = 0.53
    """CPU seconds of a page from file to copy: 33 s for a batch of 62 pages, 48 papers, start of the program included"""
    pages_a_paper: float = 62 / 48
    papers_a_dossier: float = 48 / 12
    source_bytes: float = 468_000
    """of a page as it came in"""
    archive_bytes: float = 892_000
    """of a page for good: what came in, and the copy"""
    derived_bytes: float = 35_000
    """of a page in what can be made again: texts, readings, previews"""
    objects: float = 238 / 62
    """of a page in the store"""
    rows: float = 1330 / 62
    """of a page in the database, audit trail and ledger included"""
    paper_database_bytes: float = 18_500
    """of a paper in PostgreSQL with indexes and search (results/ingest.md)"""
    papers_a_second: float = 341
    """that one PostgreSQL writes down: entries of the trail follow each other, so this does not grow with more machines"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What a year of digitizing leaves behind."""

    dossiers: float
    pages: float
    papers: float
    archive_bytes: float
    objects: float
    rows: float
    database_bytes: float
    core_hours: float


def year_of(dossiers: float, costs: Costs) -> Year:
    """Return what so many dossiers come to."""
    papers = dossiers * costs.papers_a_dossier
    pages = papers * costs.pages_a_paper
    return Year(
        dossiers=dossiers,
        pages=pages,
        papers=papers,
        archive_bytes=pages * (costs.archive_bytes + costs.derived_bytes),
        objects=pages * costs.objects,
        rows=pages * costs.rows,
        database_bytes=papers * costs.paper_database_bytes,
        core_hours=pages * costs.page_seconds / 3600,
    )
