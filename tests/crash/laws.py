"""What an office has to be in the end, one law after the other: an undisturbed one too, or two could be wrong alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.crash.left import DEPLOYMENTS, RUNS, SCRATCH, TEMPORARY
from tests.crash.paperwork import HandedIn
from tests.crash.run import Run
from tests.crash.signed import GOOD
from tests.crash.standing import SIGNED, VERIFIED, Standing, differences, told

RESUMED_SECONDS = 30.0
"""within which work goes on after any blow (issue 9: "resumed within 30 s")"""

UNDISTURBED, STRUCK = "undisturbed", "struck"
_GONE_WITH_THE_WORK = ("table parts", RUNS, DEPLOYMENTS, SCRATCH, TEMPORARY)
"""sections that are empty when all is done"""


@dataclass(frozen=True, slots=True)
class Law:
    """Something that has to be so, of one of the two offices."""

    says: str
    office: str
    broken: tuple[str, ...] = ()
    """what is not so; nothing: it holds"""


def judged(undisturbed: Run, struck: Run, papers: Sequence[HandedIn]) -> list[Law]:
    """Hold all laws against both offices."""
    laws = [*of_one(undisturbed, papers, UNDISTURBED), *of_one(struck, papers, STRUCK)]
    if undisturbed.standing and struck.standing:
        found = differences(undisturbed.standing, struck.standing)
        laws.append(_law("it holds what the undisturbed one holds", STRUCK, [told([each]) for each in found]))
    return [*laws, _law(f"work went on within {RESUMED_SECONDS:.0f} s of each blow", STRUCK, _late(struck))]


def of_one(run: Run, papers: Sequence[HandedIn], office: str) -> list[Law]:
    """Hold against an office what can be said without another one."""
    ended = [run.broken_off] if run.broken_off else []
    if run.not_struck:
        ended.append(f"{run.not_struck} blows came too late: all was done")
    laws = [_law("the work came to its end, all blows before it", office, ended)]
    if run.standing:
        laws += [
            _law("`sohoa verify --all` finds it sound", office, _unsound(run.standing)),
            _law("every batch is digitized, and no page of it failed", office, _failed(run.standing)),
            _law("as many pages and papers as were drawn, batch by batch", office, _miscounted(run.standing, papers)),
            _law("every signature that was ordered is there, and valid", office, _unsigned(run.standing, papers)),
            _law("nothing is left of the work", office, _left(run.standing)),
        ]
    return laws


def _law(says: str, office: str, broken: Iterable[str]) -> Law:
    return Law(says, office, tuple(broken))


def _rows(standing: Standing, table: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in standing.get(f"table {table}", ())]


def _unsound(standing: Standing) -> list[str]:
    lines = standing.get(VERIFIED, ())
    return [] if len(lines) == 1 and lines[0].startswith("sound True") else list(lines) or ["it was not asked"]


def _failed(standing: Standing) -> list[str]:
    wanted = {"batches": {"digitized"}, "sources": {"digitized"}, "pages": {"kept", "blank", "separator"}}
    return [
        f"{table}: {row}"
        for table, states in wanted.items()
        for row in _rows(standing, table)
        if row["state"] not in states
    ]


def _miscounted(standing: Standing, papers: Sequence[HandedIn]) -> list[str]:
    """Compare pages and papers of each batch with what was drawn; which batch is which, an office does not know."""
    pages = Counter(row["batch"] for row in _rows(standing, "pages"))
    found = Counter(row["batch"] for row in _rows(standing, "documents"))
    seen = sorted((pages[row["id"]], found[row["id"]]) for row in _rows(standing, "batches"))
    drawn = sorted((each.pages, each.papers) for each in papers)
    return [] if seen == drawn else [f"pages and papers of batches: {seen}, drawn were {drawn}"]


def _unsigned(standing: Standing, papers: Sequence[HandedIn]) -> list[str]:
    """Compare what is signed with what an official was to sign: each paper of some batches, once."""
    batch = {row["id"]: row["batch"] for row in _rows(standing, "documents")}
    orders = _rows(standing, "signing_orders")
    items = _rows(standing, "signing_items")
    versions = [(row["document"], row["number"]) for row in _rows(standing, "copy_versions") if row["number"] > 1]
    wrong = [f"order {row['id']} is {row['state']}" for row in orders if row["state"] != "done"]
    wrong += [f"{row['document']} is {row['state']} in its order" for row in items if row["state"] != "signed"]
    ordered = sorted(each.papers for each in papers if each.is_signed)
    for what, documents in {
        "ordered": [row["document"] for row in items],
        "signed": [one for one, _ in versions],
    }.items():
        seen = sorted(Counter(batch.get(document, "?") for document in documents).values())
        if seen != ordered or len(documents) != len(set(documents)):
            wrong.append(f"papers of batches that are {what}: {seen}, an official was to sign {ordered}")
    judged_of = [line for line in standing.get(SIGNED, ()) if not line.endswith(f": {GOOD}")]
    if len(standing.get(SIGNED, ())) != len(versions):
        wrong.append(f"{len(versions)} versions are signed, {len(standing.get(SIGNED, ()))} were looked at")
    return [*wrong, *judged_of]


def _left(standing: Standing) -> list[str]:
    missing = [section for section in _GONE_WITH_THE_WORK if section not in standing]
    left = [f"{section}: {line}" for section in _GONE_WITH_THE_WORK for line in standing.get(section, ())]
    return [*(f"nobody looked: {section}" for section in missing), *left]


def _late(run: Run) -> Iterator[str]:
    """Name what was not as before in time, or when a further blow fell on it."""
    for each in run.struck:
        for name, mark in each.marks.items():
            if not mark.is_within(RESUMED_SECONDS):
                after = "never" if mark.after is None else f"after {mark.after:.1f} s"
                then = f", when blow {mark.overtaken_by} fell" if mark.overtaken_by else ""
                still = "still not " if mark.overtaken_by else ""
                yield f"blow {each.number} ({each.what}, at {each.at:.1f} s): {still}{name} {after}{then}"
