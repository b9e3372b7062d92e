"""What a paper costs, as it was measured, and what a year of an office, a province, the country comes to.

Every number is read from a file of `benchmarks/results` or is one of `Assumed`; there are no others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
FOOTPRINT = RESULTS / "footprint.json"
"""`python -m benchmarks.footprint`: papers of 12 generated dossiers, digitized, confirmed, signed, renewed, looked at"""
STARTS = RESULTS / "starts.json"
"""`make benchmark-starts`: small batches with and without Prefect"""
ENDURANCE = RESULTS / "endurance.md"
"""`make benchmark-endurance`: 126 pages read by one worker and by two"""
INGEST = RESULTS / "ingest.md"
"""`make benchmark-ingest`: 10,000 papers written down"""
INGEST_ENTRIES = 2.02
"""entries of the trail for a paper of that benchmark: one of the paper, one of its copy, and two for a batch of a hundred"""
_ELSE = {"start", "verify", "depository"}
"""steps whose rows do not go by the papers of the batch"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What nobody measured here: put your own numbers in."""

    dossiers_a_year: float = 130e6
    """of the whole country, over all ways in which they come"""
    offices: int = 3321
    """communes since 1 July 2025 (NQ 202/2025/QH15), each with its counter; offices of provinces come on top and are few"""
    provinces: int = 34
    days: int = 250
    """on which offices work"""
    hours: tuple[float, ...] = (0.06, 0.24, 0.22, 0.14, 0.02, 0.04, 0.12, 0.10, 0.06)
    """share of a day's dossiers in each hour from 7 on: a counter is fullest when it has opened"""
    monday: float = 1.4
    """how much more than the mean comes on the fullest day of a week"""
    bulk_share: float = 0.3
    """of dossiers that come in batches of many, from post and from older files"""
    bulk_dossiers: int = 20
    """in such a batch"""
    signatures: float = 1.0
    """of each paper: the clerk's, on the copy"""
    renewed_after: float = 5.0
    """years after which each signature gets a further archive time stamp"""
    looks: float = 5.0
    """at each paper in its first year, by people and systems"""
    reused: float = 0.5
    """looks at each paper in a depository, a year"""
    mirror: bool = True
    """whether there is a second store"""
    busy: float = 0.7
    """share of the time that cores should be busy in the fullest hour, when their number is chosen"""
    fixity_days: int = 90
    """in which every object is read again: setting `fixity.days`"""
    fixity_rate: float = 20 * 2**20
    """bytes a second at which objects are read again: setting `fixity.mib_per_second`"""
    counter_start: float = 1.0
    """seconds after a batch of the counter was handed over, until it is begun. This and the next four are no measurements: what was seen
    (results/starts.json) was seen while other work ran. Here: no more than half of what it took until a first page was read"""
    counter_turn: float = 1.7
    """seconds for which a batch of the counter takes a machine besides its pages and papers: by so much later was it whole than without
    Prefect"""
    run_start: float = 14.0
    """seconds until a run of the bulk lane is begun: processor time beyond that without Prefect, and the second for which a worker waits
    between two questions for runs"""
    run_work: float = 12.0
    """of a core, for such a start"""
    server_seconds: float = 0.6
    """of the Prefect server, which works on one core, for a batch of the counter: what was seen, less what it spends by itself in that time
    as it did beside the batch without Prefect"""
    server_seconds_seen: float = 0.86
    """the same, nothing taken off: the most that it takes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured; the file is named in brackets."""

    pages_a_paper: float
    """[footprint]"""
    papers_a_dossier: float
    """[footprint]"""
    read_seconds: float
    """of a core, to read a page [endurance]"""
    page_seconds: float
    """of a core, for a page from file to copy, the start of programs left out [footprint]"""
    sign_seconds: float
    """of a core, for a signature B-LTA [footprint]"""
    archive_bytes: float
    """of a page: what came in, and its copy [footprint]"""
    derived_bytes: float
    """of a page, in what can be made again [footprint]"""
    signed_bytes: float
    """of a signature: the copy once more, with it [footprint]"""
    renewed_bytes: float
    """of a renewal: the copy once more [footprint]"""
    objects: Mapping[str, float]
    """in the store, of a paper, by what was done [footprint]"""
    rows: Mapping[str, Mapping[str, float]]
    """in the database, of a paper, by what was done and by table; `depository`: of a look at a paper in one [footprint]"""
    row_bytes: Mapping[str, float]
    """of a row in PostgreSQL with its share of indexes, by table [footprint]"""
    archive_objects: float
    """of a paper in the archive before it is signed: what came in, and the copy [footprint]"""
    texts: float
    """objects of a paper that can be made again and are in backups nevertheless [footprint]"""
    listed_bytes: float
    """of an object in the list of a backup [footprint]"""
    nights: Mapping[str, float]
    """seconds of cores for a paper, by job [footprint]"""
    dump_bytes: float
    """of the database's dump, for each byte of the database [footprint]"""
    papers_a_second: float
    """that one PostgreSQL writes down, entries of the trail included [ingest]"""

    @property
    def paper_seconds(self) -> float:
        """Of a core, to understand a paper and to make its copy."""
        return (self.page_seconds - self.read_seconds) * self.pages_a_paper


def measured() -> Measured:
    """Read the results."""
    footprint = json.loads(FOOTPRINT.read_text())
    sqlite, postgres = footprint["engines"]["sqlite"], footprint["engines"]["postgresql"]
    steps = {each["name"]: each for each in sqlite["steps"]}
    pages, papers = sqlite["pages"], sqlite["papers"]
    start, digitize = steps["start"], steps["digitize"]
    return Measured(
        pages_a_paper=pages / papers,
        papers_a_dossier=papers / footprint["dossiers"],
        read_seconds=number(r"^\| 2 \| [\d.]+ \| ([\d.]+) \|", ENDURANCE),
        page_seconds=(digitize["cpu"] - start["cpu"]) / (digitize["units"] - start["units"]),
        sign_seconds=steps["sign"]["cpu"] / papers,
        archive_bytes=digitize["bytes"]["archive"] / pages,
        derived_bytes=digitize["bytes"]["derived"] / pages,
        signed_bytes=steps["sign"]["bytes"]["archive"] / papers,
        renewed_bytes=steps["renew"]["bytes"]["archive"] / papers,
        objects={name: sum(each["objects"].values()) / papers for name, each in steps.items()},
        rows={name: _each(step["rows"], papers) for name, step in steps.items() if name not in _ELSE}
        | {"depository": _each(steps["depository"]["rows"], steps["depository"]["units"])},
        row_bytes=_row_bytes(postgres["many"][-1]["tables"]),
        archive_objects=digitize["objects"]["archive"] / papers,
        texts=_texts(sqlite) / (papers + _papers(start)),
        listed_bytes=sqlite["backup"]["list_bytes"] / sqlite["backup"]["objects"],
        nights=_nights(postgres["many"]),
        dump_bytes=_dump_bytes(postgres["many"][-1]),
        papers_a_second=number(r"^\| postgresql \| [\d,]+ \| (\d+) \|", INGEST),
    )


def number(pattern: str, file: Path) -> float:
    """Return the number that a line of a result file tells.

    Raises:
        LookupError: no line is of that form.
    """
    found = re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise LookupError(f"{file.name} has no {pattern}")
    return float(found[1].replace(",", ""))


def _each(rows: Mapping[str, int], papers: int) -> Mapping[str, float]:
    return {table: count / papers for table, count in rows.items()}


def _texts(engine: Mapping[str, Any]) -> float:
    archive = sum(each["objects"].get("archive", 0) for each in engine["steps"])
    return float(engine["backup"]["objects"] - archive)


def _papers(step: Mapping[str, Any]) -> int:
    return int(step["rows"]["documents"])


def _row_bytes(tables: Mapping[str, Mapping[str, int]]) -> Mapping[str, float]:
    """Return what a row takes by table; the words of an entry of the search stand in a table that only the search engine knows."""
    found = {name: (each["table"] + each["indexes"]) / each["rows"] for name, each in tables.items()}
    return found | {"search_entries": found["search_entries"] + found["search_words"]}


def _dump_bytes(many: Mapping[str, Any]) -> float:
    """Return how large a dump is for each byte of the database."""
    whole = sum(each["table"] + each["indexes"] for each in many["tables"].values())
    return float(_night(many, "dump")["units"] / whole)


def _night(many: Mapping[str, Any], job: str) -> Mapping[str, float]:
    return next(each for each in many["nights"] if each["job"] == job)


def _nights(many: list[Mapping[str, Any]]) -> Mapping[str, float]:
    """Return the seconds that one paper more costs each job, between the two largest databases."""
    less, more = many[-2], many[-1]
    papers = more["papers"] - less["papers"]
    return {
        each["job"]: max(0.0, _seconds(more, each["job"]) - _seconds(less, each["job"])) / papers
        for each in more["nights"]
    }


def _seconds(many: Mapping[str, Any], job: str) -> float:
    night = _night(many, job)
    return float(night["cpu"] + night["database_cpu"])
