"""`sohoa find`: hits with the place that was found, counts, pages, and what is said to questions that ask nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from app.clock import SystemClock
from pipeline.domain.ids import TypeCode
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.storage.searching import keep


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SOHOA_HOME", str(home))
    monkeypatch.setenv("SOHOA_LANGUAGE", "vi")
    monkeypatch.setenv("COLUMNS", "160")
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    keep(records, "b-1", ["cấp cho bà Nguyễn Thị Đào", "giấy của ông Đạo"], issued="2025-03-05")
    keep(records, "b-2", ["bà Nguyễn Thị Hoa"], agency="H42.12", type=TypeCode("cong_van"))
    records.close()
    return home


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert command_line.main(["find", *words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_hits_with_marks_counts_and_pages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "nguyen", "thi", "--limit", "1")
    assert (answer["total"], answer["is_more"]) == (2, False)
    assert answer["facets"]["type"] == {"cong_van": 1, "quyet_dinh": 1}
    (hit,) = answer["hits"]
    assert (hit["document"], hit["agency"]) == ("b-2-1", "H42.12")
    assert [hit["snippet"][start:end] for start, end in hit["marks"]] == ["Nguyễn", "Thị"]
    rest = asked(capsys, "nguyen", "thi", "--limit", "1", "--after", answer["next"])
    assert [each["document"] for each in rest["hits"]] == ["b-1-1"]
    assert rest["next"] == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("bà", "--type", "cong_van"), ["b-2-1"]),
        (("--agency", "H42.12"), ["b-2-1"]),
        (("bà", "--since", "2025-03-05", "--until", "2025-03-05"), ["b-1-1"]),
        (("ngu*", "--batch", "b-1"), ["b-1-1"]),
        (("bà", "ngu", "--prefix"), ["b-2-1", "b-1-1"]),
        (('"bà nguyễn thị đào"',), ["b-1-1"]),
        (("bà", "--received-until", "2020-01-01"), []),
    ],
)
def test_filters(home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: list[str]) -> None:
    assert [hit["document"] for hit in asked(capsys, *words)["hits"]] == expected


def test_people_see_hits_and_counts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["find", "nguyễn"]) == 0
    shown = capsys.readouterr().out
    for text in ("b-1-1", "Nguyễn Thị Đào", "2 giấy tờ.", "Loại: Công văn 1, Quyết định 1", "(của đơn vị) 1, H42.12 1"):
        assert text in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "Không có gì để tìm"),
        (["- . /"], 2, "Không có gì để tìm"),
        (["*"], 2, "Không có gì để tìm"),
        (["đào", "--since", "2026-01-02", "--until", "2026-01-01"], 2, "Không có ngày nào"),
        (["xyz"], 0, "Không tìm thấy “xyz”"),
        (["--dossier", "H42.12-220801-0009"], 0, "Không có giấy tờ nào như vậy"),
        (["đào", "--after", "1.2"], 3, "1.2"),
    ],
)
def test_questions_that_ask_nothing_are_named(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert command_line.main(["find", *words]) == code
    assert said in capsys.readouterr().err
