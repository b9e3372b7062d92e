"""Definitions of indices: those of the product, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.domain.desk_errors import BadIndices
from pipeline.domain.indices import Condition, FileWorth, Needs
from pipeline.usecases.index_definitions import in_force, load_indices

GOOD = """
[[index]]
code = "4.3"
title = "Sử dụng lại"
source = "QĐ 766/QĐ-TTg"
since = 2022-06-23
counted = ["reuses"]
"""


def test_the_product_brings_the_indices_of_decision_766() -> None:
    found = {str(each.code): each for each in in_force(load_indices(), dt.date(2026, 3, 31))}
    assert list(found) == ["1.4", "2.1", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.5"]
    assert {code for code, each in found.items() if each.is_computed(())} == {"2.1", "4.1", "4.2", "4.3"}
    assert {code for code, each in found.items() if each.is_computed([Needs.ONE_STOP])} - {
        "2.1",
        "4.1",
        "4.2",
        "4.3",
    } == {
        "3.3",
        "3.6",
    }
    assert all(each.is_computed(frozenset(Needs)) for each in found.values())
    assert found["3.3"].times == "1.4"
    assert found["4.4"].needs is Needs.NATIONAL_PORTAL
    assert all("766/QĐ-TTg" in each.source for each in found.values())
    assert in_force(load_indices(), dt.date(2022, 6, 22)) == ()


def test_a_formula_that_changes_gets_an_edition_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "indices.toml"
    ended = GOOD.replace("since = 2022-06-23", "since = 2022-06-23\nuntil = 2026-06-30")
    file.write_text(ended + GOOD.replace("since = 2022-06-23", "since = 2026-07-01\nfull_at = 90"), encoding="utf-8")
    both = load_indices(file)
    assert [each.full_at for each in in_force(both, dt.date(2026, 6, 30))] == [None]
    assert [each.full_at for each in in_force(both, dt.date(2026, 7, 1))] == [90]


@pytest.mark.parametrize(
    ("was", "now", "line", "key"),
    [
        ('["reuses"]', '["reuse"]', 7, "index[0].counted[0]"),
        ("title =", "titel =", 4, "index[0].titel"),
        ('source = "QĐ 766/QĐ-TTg"', 'source = " "', 5, "index[0].source"),
        ('counted = ["reuses"]', 'counted = ["reuses"]\ntimes = "1.4"', 8, "index[0].times"),
        ('counted = ["reuses"]', 'counted = ["reuses"]\ntimes = "4.3"', 8, "index[0].times"),
        ('counted = ["reuses"]', "", 2, "index[0].counted"),
        ("since = 2022-06-23", "since = 2022-06-23\nuntil = 2022-06-01", 7, "index[0].until"),
        ('code = "4.3"', 'code = "Bốn"', 3, "index[0].code"),
        ('counted = ["reuses"]', f'counted = ["reuses"]\n{GOOD}', 13, "index[1].since"),
        ('counted = ["reuses"]', 'counted = ["reuses"]\nfull_at = 180', 8, "index[0].full_at"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, was: str, now: str, line: int, key: str) -> None:
    file = tmp_path / "indices.toml"
    file.write_text(GOOD.replace(was, now), encoding="utf-8")
    with pytest.raises(BadIndices) as refused:
        load_indices(file)
    assert refused.value.details["key"] == key
    assert refused.value.details["line"] == line


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadIndices):
        load_indices(tmp_path / "nowhere.toml")


def test_the_reference_page_says_what_the_formulae_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "indices.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    for each in load_indices():
        row = rows[f"`{each.code}`"]
        assert each.title in row
        day, of, counted, times, full, needs = (cell.strip() for cell in row.split("|")[3:9])
        assert day == each.day.value
        assert of == (", ".join(f"`{one.value}`" for one in each.of) or "–")
        assert counted == ", ".join(f"`{one.value}`" for one in each.counted)
        assert times == (f"`{each.times}`" if each.times else "–")
        assert needs == (f"`{each.needs.value}`" if each.needs else "–")
        assert full == (f"{each.full_at} %" if each.full_at else "–")
    assert {f"`{each.value}`" for each in (*Condition, *FileWorth)} <= set(rows)
