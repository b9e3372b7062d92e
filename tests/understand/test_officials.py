"""Known officials bear a reading out or propose a name; they never replace one silently."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.domain.document import CheckOutcome
from pipeline.domain.errors import BadOfficials
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import Word
from pipeline.understand.evidence import Reading, as_field
from pipeline.understand.officials import Official, known_signer, load_officials, signers_of
from tests.understand.papers import POLICY, body, centred, decision, page, understood

NAME, ORGAN, DATE = FieldName("signer_name"), FieldName("organ_name"), FieldName("issued_date")
AGENCY = "ỦY BAN NHÂN DÂN XÃ MẪU"
OFFICIALS = (
    Official(AGENCY, "Trần Văn Ví Dụ", since=dt.date(2025, 7, 1)),
    Official(AGENCY, "Lê Thị Mẫu", until=dt.date(2025, 6, 30)),
    Official("SỞ MẪU", "Võ Thử", since=None),
)


def reading(value: str, sure: float = 0.7) -> Reading:
    return Reading(value=value, raw=value, page=1, words=(Word(value, Box(300, 600, 380, 612), sure),))


def signed(name: str, day: str = "2026-01-05") -> Reading:
    readings = {NAME: reading(name), ORGAN: reading("UỶ BAN NHÂN DÂN XÃ MẪU"), DATE: reading(day)}
    return known_signer(readings, OFFICIALS)[NAME]


def confidence(found: Reading) -> float:
    return as_field(NAME, found, [page([centred("x", 100, 100), *body()])], policy=POLICY).confidence


def test_a_known_name_is_borne_out() -> None:
    found = signed("Trần Văn Ví Dụ")
    assert found.checks["official"] is CheckOutcome.PASSED
    assert confidence(found) > confidence(reading("Trần Văn Ví Dụ"))


def test_a_name_that_is_almost_known_is_proposed_as_a_doubt() -> None:
    found = signed("-®*¡n Văn Ví Dụ")
    assert (found.value, found.raw) == ("Trần Văn Ví Dụ", "-®*¡n Văn Ví Dụ")
    assert found.checks["official"] is CheckOutcome.FAILED
    assert confidence(found) < 0.6


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Lê Thị Mẫn", "2026-01-05"),  # out of office by then
        ("Võ Thừ", "2026-01-05"),  # signs for another organ
        ("Hoàng Khác", "2026-01-05"),
    ],
)
def test_nobody_else_is_proposed(name: str, day: str) -> None:
    assert signed(name, day) == reading(name)


def test_of_two_that_are_alike_none_is_proposed() -> None:
    twins = (Official(AGENCY, "Trần Văn Mẫu"), Official(AGENCY, "Trần Văn Mẩu"))
    readings = {NAME: reading("Trần Văn Mầu"), ORGAN: reading(AGENCY)}
    assert known_signer(readings, twins)[NAME] == reading("Trần Văn Mầu")


def test_who_signed_one_paper_for_sure_is_known_for_the_others() -> None:
    paper = understood(page(decision()))
    assert paper.fields[NAME].confidence >= 0.95
    assert signers_of([paper]) == (Official(str(paper.fields[ORGAN].value), str(paper.fields[NAME].value)),)


def test_a_list_is_read(tmp_path: Path) -> None:
    file = tmp_path / "officials.csv"
    file.write_text(f"organ,name,since,until\n{AGENCY},Trần Văn Ví Dụ,2025-07-01,\n", encoding="utf-8-sig")
    assert load_officials(file) == OFFICIALS[:1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("organ;name\n", 1),
        ("organ,name,since,until\nỦY BAN,,,\n", 2),
        ("organ,name,since,until\nỦY BAN,Lê Thị Mẫu,,\nỦY BAN,Võ Thử,1.7.2025,\n", 3),
    ],
)
def test_a_wrong_list_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "officials.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadOfficials) as caught:
        load_officials(file)
    assert caught.value.details["line"] == line
