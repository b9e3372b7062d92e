"""The laws of the kill test: each sees what it is there to see, in an undisturbed office too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.crash.backends import Outage
from tests.crash.laws import Law, judged
from tests.crash.left import DEPLOYMENTS, RUNS, SCRATCH, TEMPORARY
from tests.crash.paperwork import HandedIn
from tests.crash.processes import Part
from tests.crash.report import written
from tests.crash.run import Run
from tests.crash.signed import GOOD
from tests.crash.standing import SIGNED, VERIFIED
from tests.crash.watching import EVERYTHING, Mark, Struck, Watch
from tests.e2e.office import Office

Lines = Mapping[str, Sequence[str]]


def rows(*found: Mapping[str, object]) -> list[str]:
    return [json.dumps(each) for each in found]


def paper(name: str, *, pages: int, papers: int, is_signed: bool = False) -> HandedIn:
    return HandedIn(name=name, files=(), pages=pages, papers=papers, lane="bulk", at=0.0, is_signed=is_signed)


PAPERS = [paper("a", pages=3, papers=1), paper("b", pages=1, papers=1, is_signed=True)]
PAGES = [
    {"batch": batch, "state": state} for batch, state in [("b-1", "kept")] * 2 + [("b-1", "blank"), ("b-2", "kept")]
]
RIGHT: Lines = {
    "table batches": rows({"id": "b-1", "state": "digitized"}, {"id": "b-2", "state": "digitized"}),
    "table sources": rows({"batch": "b-1", "state": "digitized"}, {"batch": "b-2", "state": "digitized"}),
    "table pages": rows(*PAGES),
    "table documents": rows({"id": "d-1", "batch": "b-1"}, {"id": "d-2", "batch": "b-2"}),
    "table copy_versions": rows(
        {"document": "d-1", "number": 1}, {"document": "d-2", "number": 1}, {"document": "d-2", "number": 2}
    ),
    "table signing_orders": rows({"id": "o-1", "state": "done"}),
    "table signing_items": rows({"document": "d-2", "state": "signed"}),
    "table parts": [],
    SIGNED: [f"d-2 2: {GOOD}"],
    VERIFIED: ["sound True, stores ['store']"],
    RUNS: [],
    DEPLOYMENTS: [],
    SCRATCH: [],
    TEMPORARY: [],
}
WRONG: Mapping[str, Lines] = {
    "not sound": {VERIFIED: ["sound False, stores ['store']"]},
    "a law broken": {VERIFIED: [*RIGHT[VERIFIED], '{"law": "pages"}']},
    "nobody asked": {VERIFIED: []},
    "a page failed": {"table pages": rows(*PAGES[:3], {"batch": "b-2", "state": "failed"})},
    "a batch not done": {
        "table batches": rows({"id": "b-1", "state": "digitized"}, {"id": "b-2", "state": "received"})
    },
    "a file refused": {"table sources": rows({"batch": "b-1", "state": "refused"})},
    "a page lost": {"table pages": rows(*PAGES[1:])},
    "a page in another batch": {"table pages": rows(*PAGES[1:], {"batch": "b-2", "state": "kept"})},
    "a paper doubled": {"table documents": [*RIGHT["table documents"], *rows({"id": "d-3", "batch": "b-1"})]},
    "not signed": {"table copy_versions": RIGHT["table copy_versions"][:2], SIGNED: []},
    "signed twice": {
        "table copy_versions": [*RIGHT["table copy_versions"], *rows({"document": "d-2", "number": 3})],
        SIGNED: [f"d-2 2: {GOOD}", f"d-2 3: {GOOD}"],
    },
    "never ordered": {"table signing_orders": [], "table signing_items": []},
    "order open": {"table signing_orders": rows({"id": "o-1", "state": "open"})},
    "signing failed": {"table signing_items": rows({"document": "d-2", "state": "failed"})},
    "signature not valid": {
        SIGNED: ["d-2 2: continues True, signatures 1 more, invalid HASH_FAILURE here, [] to poppler"]
    },
    "nobody looked at a signature": {SIGNED: []},
    "a part left": {"table parts": ["{}"]},
    "a run left": {RUNS: ["SCHEDULED part 3 of b-1"]},
    "a deployment missing": {DEPLOYMENTS: ["missing: flows/seal.py:seal_audit sealing, schedules 1"]},
    "scratch left": {SCRATCH: ["sohoa-scratch-x of 5"]},
    "a temporary file left": {TEMPORARY: ["page.png"]},
}


def broken(undisturbed: Run, struck: Run) -> list[Law]:
    return [law for law in judged(undisturbed, struck, PAPERS) if law.broken]


def ended(standing: Lines = RIGHT, *struck: Struck) -> Run:
    return Run(standing=standing, steps=1, seconds=1.0, struck=list(struck))


def test_two_offices_that_are_right_and_alike_break_no_law() -> None:
    assert broken(ended(), ended()) == []


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_two_offices_that_are_wrong_alike_break_a_law_each(wrong: Lines) -> None:
    bad = ended({**RIGHT, **wrong})

    assert [law.office for law in broken(bad, bad)] == ["undisturbed", "struck"]


def test_an_office_that_differs_breaks_a_law() -> None:
    (law,) = broken(ended(), ended({**RIGHT, "objects": ["archive x"]}))

    assert law.broken == ("objects: 0 missing, 1 more\n  + archive x",)


def test_a_run_that_was_broken_off_or_not_struck_breaks_a_law() -> None:
    off, late = ended({}), ended()
    off.broken_off, late.not_struck = "nothing was done for 600 s", 2

    assert [law.broken for law in broken(ended(), off)] == [("nothing was done for 600 s",)]
    assert [law.broken for law in broken(ended(), late)] == [("2 blows came too late: all was done",)]


def blow(what: str = Part.WEB, **marks: Mark | None) -> Struck:
    back, taken_up, progress = (marks.get(name, Mark(1.0)) for name in ("back", "taken_up", "progress"))
    return Struck(number=1, what=what, since=0.0, back=back, taken_up=taken_up, progress=progress or Mark())


@pytest.mark.parametrize("name", ["back", "taken_up", "progress"])
@pytest.mark.parametrize("what", [Part.WEB, Outage.DATABASE_CUT])
@pytest.mark.parametrize("mark", [Mark(), Mark(30.1), Mark(30.1, 2)], ids=["never", "late", "struck again, too late"])
def test_what_is_not_resumed_in_time_breaks_a_law(what: str, name: str, mark: Mark) -> None:
    good, bad = blow(what, **{name: Mark(30.0)}), blow(what, **{name: mark})

    assert broken(ended(), ended(RIGHT, good)) == []
    assert broken(ended(), ended(RIGHT, blow(what, **{name: Mark(30.0, 2)}))) == []
    assert [len(law.broken) for law in broken(ended(), ended(RIGHT, good, bad))] == [1]


def test_the_report_names_each_blow_each_kind_and_each_law() -> None:
    run = ended({**RIGHT, VERIFIED: ["sound False"]}, blow(), blow(Part.SERVER, back=Mark(4.0, 7)), blow(back=Mark()))
    text = written(run, PAPERS, judged(ended(), run, PAPERS))

    lines = text.splitlines()
    assert [line.split()[2:] for line in lines if line.startswith("   1 ")] == [
        ["web", "-", "-", "-", "1.0", "1.0", "1.0"],
        ["prefect", "server", "-", "-", "-", "4.0>#7", "1.0", "1.0"],
        ["web", "-", "-", "-", "never", "1.0", "1.0"],
    ]
    assert [line.split() for line in lines if line.startswith("web ")] == [
        ["web", "2", "1", "0", "1", "1.0", "1.0", "1.0", "1.0", "1.0"]
    ]
    assert [line.split()[-2:] for line in lines if line.startswith("`sohoa verify --all`")] == [["pass", "FAIL"]]
    assert "  sound False" in lines


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """Over an office of which nothing is there."""
    return Watch(Office(home=tmp_path), "postgresql://127.0.0.1:9/none?connect_timeout=1")


def open_marks(struck: Struck) -> set[str]:
    return {name for name, mark in struck.marks.items() if mark.is_open}


def test_a_further_blow_takes_over_what_the_one_before_waits_for(watch: Watch) -> None:
    first = watch.note_kill(Part.FLOW, 1)()
    first.held, first.taken_up = {"b-1": 3}, Mark()
    second = watch.note_kill(Part.COUNTER, 2)()

    assert open_marks(first) == set()
    assert [mark.overtaken_by for mark in first.marks.values()] == [2, 2]
    assert second.held == {"b-1": 3}
    assert open_marks(second) == {"back", "taken up", "progress"}
    assert not watch.is_settled()


def test_a_blow_that_stops_no_work_puts_nothing_off(watch: Watch) -> None:
    first = watch.note_kill(Part.FLOW, 1)()
    first.held, first.taken_up = {"b-1": 3}, Mark()
    watch.note_kill(Part.WEB, 2)()

    assert open_marks(first) == {"taken up", "progress"}


def test_of_all_that_was_killed_only_what_is_struck_again_is_waited_for_anew(watch: Watch) -> None:
    everything = watch.note_kill(EVERYTHING, 0)()
    watch.note_kill(Part.WEB, 2)()

    assert everything.missed == {Part.OFFICE, Part.SERVER, Part.WORKER, Part.COUNTER}
    assert open_marks(everything) == {"back", "progress"}

    watch.note_kill(Part.OFFICE, 3)()

    assert open_marks(everything) == set()


def test_seconds_count_from_the_end_of_an_outage_and_it_is_waited_for_itself(watch: Watch) -> None:
    before = watch.note_kill(Part.SERVER, 1)()
    over = watch.note_outage(Outage.STORE_CUT)
    during = watch.note_kill(Part.SERVER, 2)()
    meanwhile = during.since

    assert meanwhile is None
    assert open_marks(before) == set()
    outage = over()
    assert during.since is not None
    assert during.since == outage.since
    assert during.since >= during.at
    assert open_marks(during) == {"back", "progress"}
    assert open_marks(outage) == {"back"}
    assert Part.SERVER not in outage.missed
