"""`sohoa types` and `sohoa separators` as an administrator and a clerk use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zxingcpp
from pdf2image import convert_from_path

from app.cli import main as command_line
from tests.understand.residence import RESIDENCE, write_sample


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    made = tmp_path / "types"
    made.mkdir()
    (made / "residence.toml").write_text(RESIDENCE, encoding="utf-8")
    return made


@pytest.mark.tools
def test_a_new_type_works_with_one_file_and_one_sample(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sample(folder / "mau.png")

    assert command_line.main(["types", "test", "--folder", str(folder), "--json"]) == 0

    (result,) = json.loads(capsys.readouterr().out)
    assert result == {
        "type": "xac_nhan_cu_tru",
        "file": "mau.png",
        "passed": True,
        "read_as": "xac_nhan_cu_tru",
        "wrong": [],
        "error": None,
    }


def test_a_sample_that_cannot_be_read_is_named_and_the_command_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mau.png").write_bytes(b"")

    assert command_line.main(["types", "test", "--folder", str(folder), "--json"]) == 1

    (result,) = json.loads(capsys.readouterr().out)
    assert result["passed"] is False
    assert "mau.png" in result["error"]


def test_every_mistake_is_named_with_file_line_and_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = RESIDENCE.replace('kind = "personal_id"', 'kind = "passport"')
    (folder / "residence.toml").write_text(wrong, encoding="utf-8")

    assert command_line.main(["types", "check", "--folder", str(folder), "--json"]) == 3

    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["file"].endswith("residence.toml")
    assert wrong.splitlines()[problem["line"] - 1] == 'kind = "passport"'
    assert problem["key"] == "fields[1].kind"


def test_right_declarations_are_listed_with_those_of_the_product(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["types", "check", "--folder", str(folder)]) == 0
    capsys.readouterr()

    assert command_line.main(["types", "--folder", str(folder), "--json"]) == 0
    assert {"xac_nhan_cu_tru", "quyet_dinh"} <= {each["code"] for each in json.loads(capsys.readouterr().out)}


def test_without_a_folder_the_way_to_name_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")

    assert command_line.main(["types", "check"]) == 2
    assert "--folder" in capsys.readouterr().err


@pytest.mark.tools
def test_separator_sheets_are_read_by_an_independent_reader(tmp_path: Path) -> None:
    codes = ["H42.12-220801-0001", "H42.12-220801-0002"]

    assert command_line.main(["separators", *codes, "--out", str(tmp_path / "sheets.pdf"), "--json"]) == 0

    sheets = convert_from_path(tmp_path / "sheets.pdf", dpi=150)
    assert [{code.text for code in zxingcpp.read_barcodes(sheet)} for sheet in sheets] == [{codes[0]}, {codes[1]}]


def test_what_is_no_dossier_code_gets_no_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")

    assert command_line.main(["separators", "17", "--out", str(tmp_path / "sheets.pdf")]) == 2
    assert "17" in capsys.readouterr().err
    assert not (tmp_path / "sheets.pdf").exists()
