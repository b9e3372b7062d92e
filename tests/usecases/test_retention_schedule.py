"""How long papers are kept: which rule counts, when its time begins, and what is wrong with a schedule."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import BadRetention
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, TypeCode, content_hash
from pipeline.domain.retention import (
    PERMANENT,
    KeptPaper,
    RetentionCode,
    RetentionRule,
    RetentionStart,
    RuleId,
    retention_of,
    years_after,
)
from pipeline.usecases.retention_schedule import load_schedule

TYPES = frozenset({TypeCode("cong_van"), TypeCode("giay_phep_xay_dung")})
ENDED = dt.date(2026, 2, 28)
PAPER = KeptPaper(
    document=DocumentId("d-1"),
    batch=BatchId("b-1"),
    dossier=DossierCode("H42.12-220801-0001"),
    type=TypeCode("cong_van"),
    procedures=frozenset({"1.001193"}),
    work_ended=ENDED,
    valid_to=None,
    newest=content_hash(b""),
)


def rule(name: str, years: int | None = 10, **changes: object) -> RetentionRule:
    plain = RetentionRule(
        id=RuleId(name),
        code=RetentionCode.OTHER,
        years=years,
        begins=RetentionStart.WORK_END,
        since=dt.date(2020, 1, 1),
        source="…",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


LETTER = {"types": frozenset({TypeCode("cong_van")})}
BIRTH = {"procedures": frozenset({"1.001193"})}


def test_what_no_rule_names_is_kept_for_ever() -> None:
    found = retention_of(PAPER, [rule("other", types=frozenset({TypeCode("bao_cao")}))])
    assert (found.rule, found.due) == (PERMANENT, None)
    assert not found.is_due(dt.date(9999, 12, 31))


def test_the_most_precise_rule_counts() -> None:
    rules = [
        rule("all", 50),
        rule("type", 40, **LETTER),
        rule("procedure", 30, **BIRTH),
        rule("both", 20, **LETTER, **BIRTH),
    ]
    for count, expected in ((4, "both"), (3, "procedure"), (2, "type"), (1, "all")):
        assert retention_of(PAPER, rules[:count]).rule.id == expected


def test_of_two_equally_precise_rules_the_longer_counts() -> None:
    assert retention_of(PAPER, [rule("a", 20), rule("b", None), rule("c", 70)]).rule.id == "b"


def test_of_several_procedures_the_one_that_keeps_longer_counts() -> None:
    rules = [rule("short", 5, **BIRTH), rule("long", 30, procedures=frozenset({"2.000815"}))]
    both = replace(PAPER, procedures=frozenset({"1.001193", "2.000815"}))
    assert retention_of(both, rules).rule.id == "long"


def test_a_rule_counts_for_dossiers_that_ended_while_it_was_in_force() -> None:
    old = rule("old", 5, until=dt.date(2026, 2, 27))
    new = rule("new", 30, since=dt.date(2026, 2, 28))
    assert retention_of(PAPER, [old, new]).rule.id == "new"
    assert retention_of(replace(PAPER, work_ended=dt.date(2026, 2, 27)), [old, new]).rule.id == "old"


def test_the_time_begins_when_the_work_has_ended() -> None:
    found = retention_of(PAPER, [rule("ten")])
    assert (found.began, found.due) == (ENDED, dt.date(2036, 2, 28))
    assert not found.is_due(dt.date(2036, 2, 27))
    assert found.is_due(dt.date(2036, 2, 28))


@pytest.mark.parametrize(
    ("valid_to", "began"),
    [(None, None), (dt.date(2030, 1, 1), dt.date(2030, 1, 1)), (dt.date(2020, 1, 1), ENDED)],
    ids=["not-known", "later", "before-the-work-ended"],
)
def test_or_when_the_paper_is_no_longer_valid(valid_to: dt.date | None, began: dt.date | None) -> None:
    found = retention_of(replace(PAPER, valid_to=valid_to), [rule("valid", begins=RetentionStart.VALIDITY_END)])
    assert found.began == began
    assert found.is_due(dt.date(2041, 1, 1)) == (began is not None)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(2, 70))
def test_a_year_is_never_shorter_than_a_year(day: dt.date, years: int) -> None:
    due = years_after(day, years)
    assert due.year == day.year + years
    assert (due.month, due.day) == (day.month, day.day) or (day.month, day.day, due.month, due.day) == (2, 29, 3, 1)


# --- the file -------------------------------------------------------------------------------------------------------------

GOOD = """\
[[rule]]
id = "giay-phep"
procedures = ["1.009974"]
types = ["giay_phep_xay_dung"]
retention = "05"
begins = "validity_end"
since = 2025-07-01
until = 2030-06-30
source = "QĐ 12/QĐ-UBND"

[[rule]]
id = "cong-van"
types = ["cong_van"]
retention = "07"
years = 5
since = 2020-01-01
source = "QĐ 12/QĐ-UBND"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "retention.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_schedule_is_read(tmp_path: Path) -> None:
    permit, letter = load_schedule(written(tmp_path, GOOD), types=TYPES)
    assert (permit.years, permit.code, permit.begins) == (20, RetentionCode.YEARS_20, RetentionStart.VALIDITY_END)
    assert (permit.since, permit.until) == (dt.date(2025, 7, 1), dt.date(2030, 6, 30))
    assert (letter.years, letter.procedures, letter.begins) == (5, frozenset(), RetentionStart.WORK_END)


def test_without_a_schedule_there_are_no_rules() -> None:
    assert load_schedule(None, types=TYPES) == ()


@pytest.mark.parametrize(("code", "years"), [("01", None), ("02", 70), ("03", 50), ("04", 30), ("05", 20), ("06", 10)])
def test_codes_are_those_of_the_circular(tmp_path: Path, code: str, years: int | None) -> None:
    """TT 05/2025/TT-BNV."""
    first, _ = load_schedule(written(tmp_path, GOOD.replace('"05"', f'"{code}"')), types=TYPES)
    assert first.years == years


@pytest.mark.parametrize(
    ("good", "bad", "line", "key"),
    [
        ('retention = "05"', 'retention = "08"', 5, "retention"),
        ('retention = "05"', 'retention = "07"', 1, "years"),
        ("years = 5", "years = 71", 15, "years"),
        ("years = 5", "years = 1", 15, "years"),
        ('retention = "07"', 'retention = "06"', 15, "years"),
        ("years = 5", "year = 5", 15, "year"),
        ("until = 2030-06-30", "until = 2020-06-30", 8, "until"),
        ('id = "cong-van"', 'id = "giay-phep"', 12, "id"),
        ('id = "cong-van"', 'id = "permanent"', 12, "id"),
        ('id = "cong-van"', 'id = "Công văn"', 12, "id"),
        ('["1.009974"]', '["1.009974.000"]', 3, "procedures"),
        ('["cong_van"]', '["cong_vam"]', 13, "types"),
        ("since = 2020-01-01", 'since = "2020"', 16, "since"),
        ('begins = "validity_end"', 'begins = "someday"', 6, "begins"),
        ("years = 5", "years = ", 15, ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, good: str, bad: str, line: int, key: str) -> None:
    with pytest.raises(BadRetention) as raised:
        load_schedule(written(tmp_path, GOOD.replace(good, bad, 1)), types=TYPES)
    assert (raised.value.details["line"], raised.value.details["key"]) == (line, key)
    assert raised.value.details["problem"]


def test_a_period_without_its_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRetention) as raised:
        load_schedule(written(tmp_path, GOOD.replace('source = "QĐ 12/QĐ-UBND"', 'source = " "', 1)), types=TYPES)
    assert raised.value.details["key"] == "source"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRetention) as raised:
        load_schedule(tmp_path / "none.toml", types=TYPES)
    assert raised.value.details["file"] == str(tmp_path / "none.toml")
