"""docs/explanation/scale.md says nothing that no result file holds, and the constants of the model are those of their files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.capacity import FOOTPRINT, RESULTS, STARTS, Assumed, measured, number

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scale.md"
_NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/-])")


def numbers_of(text: str) -> set[str]:
    """Return the numbers of a page, those in links and in names of files left out."""
    return set(_NUMBER.findall(re.sub(r"\]\([^)]*\)", "]", text)))


def test_every_number_of_the_page_stands_in_the_results() -> None:
    told = "\n".join((RESULTS / name).read_text(encoding="utf-8") for name in ("scale.md", "search.md", "ingest.md"))
    known = numbers_of(told) | {str(value) for value in (Assumed().offices, Assumed().provinces)}
    known |= {f"{Assumed().offices:,}"}
    assert numbers_of(PAGE.read_text(encoding="utf-8")) - known == set()


def test_what_was_measured_is_what_the_files_say() -> None:
    """Worked out again by hand from the files."""
    costs, sqlite = measured(), json.loads(FOOTPRINT.read_text())["engines"]["sqlite"]
    steps = {each["name"]: each for each in sqlite["steps"]}
    assert costs.paper_seconds > 0
    assert costs.pages_a_paper == sqlite["pages"] / sqlite["papers"]
    assert costs.signed_bytes * sqlite["papers"] == pytest.approx(steps["sign"]["bytes"]["archive"])
    assert costs.rows["sign"]["copy_versions"] == 1.0
    assert costs.rows["depository"]["accesses"] == 1.0
    assert f"| 2 | 384 | {costs.read_seconds:.3f} |" in (RESULTS / "endurance.md").read_text()
    assert f"| postgresql | 10,000 | {costs.papers_a_second:.0f} |" in (RESULTS / "ingest.md").read_text()


def test_what_was_assumed_of_handing_over_is_not_beyond_what_was_seen() -> None:
    assumed, seen = Assumed(), json.loads(STARTS.read_text())
    assert assumed.counter_start < seen["counter"]["first"]
    assert assumed.counter_turn <= round(seen["counter"]["seconds"] - seen["direct"]["seconds"], 1)
    assert assumed.run_work < assumed.run_start < seen["bulk"]["first"]
    assert assumed.server_seconds < assumed.server_seconds_seen == seen["counter"]["flows_cpu"]


def test_a_line_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "empty.md"
    file.write_text("nothing")
    with pytest.raises(LookupError):
        number(r"(\d+)", file)
