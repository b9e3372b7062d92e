"""How long searches take among many papers, on SQLite and PostgreSQL: `make benchmark-search`.

Targets (two cores, 95 of 100 mixed questions): 50 ms among 100,000 papers, 200 ms among 1,000,000. A question is all that a
person gets: the first twenty hits with their fields and snippets, the number of matches, and the counts by type, state,
agency and year.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa

from benchmarks.machine import describe_machine
from benchmarks.search_corpus import AGENCIES, Paper, papers
from benchmarks.search_load import Corpus, fill
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.search import EVERYTHING, Scope, SearchQuery
from pipeline.text.fold import fold_for_search
from storage.database import connect
from storage.library_sql import SqlLibrary
from storage.schema import upgrade
from storage.tables import documents
from tests.servers.postgres import postgres_server

RESULTS = Path(__file__).parent / "results" / "search.md"
TARGETS = {100_000: 50, 1_000_000: 200}
"""milliseconds"""
_SHARE = 95
_COMMON = (
    "hồ sơ",
    "giấy khai sinh",
    "ngày",
    "so",
    "quyền sử dụng đất",
    "Ủy ban nhân dân",
    "nguyen",
    "căn cước",
    "quyet dinh",
)
_PHRASES = (
    '"giấy khai sinh"',
    '"hồ sơ"',
    '"quyền sử dụng đất"',
    '"thủ tục hành chính"',
    '"uy ban nhan dan xa"',
    '"sơ hồ"',
    '"đất sử dụng"',
)
_BEGINNINGS = ("ngu*", "th*", "nguyễn thị th*", "khai s*", "nguyen*", "019*", "qu*", "tr*", "đ*", "xã tân b*")
_ABSENT = ("zzyzx", "giấy phép xây nhà máy điện hạt nhân zx", "9999999999999", '"hồ hồ hồ"')


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and for whom."""

    query: SearchQuery
    scope: Scope = EVERYTHING


def _word(dice: random.Random, _: Paper) -> Question:
    return Question(SearchQuery(words=dice.choice(_COMMON)))


def _narrowed(dice: random.Random, paper: Paper) -> Question:
    year = dice.randrange(2017, 2027)
    narrowed = dice.choice(
        (
            {"type": TypeCode(paper.type)},
            {"type": TypeCode(paper.type), "issued_since": dt.date(year, 2, 3), "issued_until": dt.date(year, 11, 20)},
            {"agency": paper.agency},
            {"received_since": dt.date(year, 1, 1), "received_until": dt.date(year, 12, 31)},
            {"dossier": DossierCode(paper.dossier)},
        )
    )
    return Question(replace(_word(dice, paper).query, **narrowed))


def _with_rights(dice: random.Random, paper: Paper) -> Question:
    own = {paper.agency, *(f"H42.{dice.randrange(AGENCIES) + 10}" for _ in range(dice.choice((0, 2, 20))))}
    return Question(_word(dice, paper).query, Scope(frozenset(own)))


QUESTIONS: Mapping[str, Callable[[random.Random, Paper], Question]] = {
    "identity number": lambda _, paper: Question(SearchQuery(words=paper.personal_id)),
    "identity number in groups": lambda _, paper: Question(SearchQuery(words=_grouped(paper.personal_id))),
    "number and notation": lambda _, paper: Question(SearchQuery(words=paper.reference or paper.dossier)),
    "dossier code": lambda _, paper: Question(SearchQuery(words=paper.dossier)),
    "full name": lambda _, paper: Question(SearchQuery(words=paper.name)),
    "full name without diacritics": lambda _, paper: Question(SearchQuery(words=fold_for_search(paper.name))),
    "name and common words": lambda dice, paper: Question(SearchQuery(words=f"{paper.name} {dice.choice(_COMMON)}")),
    "common words": _word,
    "phrase": lambda dice, _: Question(SearchQuery(words=dice.choice(_PHRASES))),
    "beginning of a word": lambda dice, _: Question(SearchQuery(words=dice.choice(_BEGINNINGS))),
    "common words, filters": _narrowed,
    "common words, rights": _with_rights,
    "filters only": lambda dice, paper: Question(replace(_narrowed(dice, paper).query, words="")),
    "nothing there": lambda dice, _: Question(SearchQuery(words=dice.choice(_ABSENT))),
}
"""what people ask, in equal parts"""


@dataclass(slots=True)
class Times:
    """Milliseconds of one kind of question."""

    taken: list[float] = field(default_factory=list)
    found: list[int] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return a row of the table."""
        return (
            f"| {name} | {statistics.median(self.taken):.1f} | {_percentile(self.taken):.1f} | {max(self.taken):.1f} |"
            f" {statistics.median(self.found):.0f} |"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000])
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--questions", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--processes", type=int, default=2, help="that make papers")
    parser.add_argument("--folder", type=Path, help="where the SQLite file is made, and stays for another run")
    parser.add_argument("--url", help="of a PostgreSQL database that is empty or was filled by this program")
    arguments = parser.parse_args()
    sections = []
    for size in arguments.sizes:
        corpus = Corpus(size=size, seed=arguments.seed)
        for engine in arguments.engines:
            with _database(engine, arguments) as url:
                sections.append(_section(engine, url, corpus, arguments))
                print(sections[-1], flush=True)
    machine = describe_machine()
    head = f"# Search\n\n{machine['processor']}, {machine['cores']} cores, {machine['memory']}, commit {machine['commit']}.\n"
    about = "\nMilliseconds of one question, asked one after the other; how they are made stands in `benchmarks/search.py`.\n"
    RESULTS.write_text(head + about + "".join(sections), encoding="utf-8")


@contextlib.contextmanager
def _database(engine: str, arguments: argparse.Namespace) -> Iterator[str]:
    if engine == "postgresql":
        if arguments.url:
            yield arguments.url
            return
        with postgres_server("shared_buffers=1GB", "max_wal_size=8GB") as server:
            yield server.new_database()
        return
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.folder or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{place}/search-{'-'.join(map(str, arguments.sizes))}.db"


def _section(name: str, url: str, corpus: Corpus, arguments: argparse.Namespace) -> str:
    engine = connect(url)
    upgrade(engine)
    with engine.connect() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(documents))
    begin, load = time.monotonic(), os.getloadavg()[0]
    if not kept:
        fill(engine, corpus, processes=arguments.processes)
    filled = time.monotonic() - begin
    times, everything = _asked(SqlLibrary(engine), corpus, arguments.questions)
    engine.dispose()
    target = TARGETS.get(corpus.size)
    lines = [
        f"\n## {corpus.size:,} papers, {name}\n",
        (
            f"p95 of all questions **{_percentile(everything):.0f} ms**{f' (target {target})' if target else ''}, median "
            f"{statistics.median(everything):.1f} ms. Filled in {filled:.0f} s. Load of the machine "
            f"{load:.1f} before, {os.getloadavg()[0]:.1f} after.\n"
        ),
        "| question | median | p95 | longest | matches (1,000: more) |\n|---|---|---|---|---|",
        *(each.row(kind) for kind, each in times.items()),
    ]
    return "\n".join(lines) + "\n"


def _asked(library: SqlLibrary, corpus: Corpus, count: int) -> tuple[dict[str, Times], list[float]]:
    dice = random.Random(corpus.seed + 1)
    questions = [
        (kind, make(dice, _any_paper(dice, corpus))) for kind, make in QUESTIONS.items() for _ in range(count + 1)
    ]
    dice.shuffle(questions)
    times = {kind: Times() for kind in QUESTIONS}
    everything: list[float] = []
    # the first of all kinds warm caches up
    for at, (kind, question) in enumerate(questions):
        begin = time.perf_counter()
        result = library.search(question.query, scope=question.scope)
        taken = 1000 * (time.perf_counter() - begin)
        if at >= len(QUESTIONS):
            times[kind].taken.append(taken)
            times[kind].found.append(result.total)
            everything.append(taken)
            if taken > 500:
                print(f"{taken:.0f} ms: {question}", flush=True)
    return times, everything


def _any_paper(dice: random.Random, corpus: Corpus) -> Paper:
    return next(papers(dice.randrange(corpus.size) + 1, 1, seed=corpus.seed, total=corpus.size))


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))


def _percentile(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * _SHARE // 100) - 1)]


if __name__ == "__main__":
    main()
