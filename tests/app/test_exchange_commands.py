"""`sohoa exchange`: packages that can be checked, tables that can be opened, dossiers that reach the portal."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.cli import main as command_line
from app.clock import SystemClock
from pipeline.domain.ids import DocumentId
from pipeline.understand.catalogue import load_types
from pipeline.understand.procedure_file import built_in_procedures
from storage.records import open_records
from tests.e2e.papers import DOSSIER, home_with_papers
from tests.fakes.author import CLERK
from tests.servers.other_systems import TOKEN, Fault, other_systems

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def papers(tmp_path: Path) -> Sequence[DocumentId]:
    return home_with_papers(tmp_path / "home", 2)


@pytest.fixture
def run(
    tmp_path: Path, papers: Sequence[DocumentId], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "vi")
    monkeypatch.setenv("COLUMNS", "160")

    def run_(*words: str | Path) -> tuple[int, str, str]:
        code = command_line.main(["exchange", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def answer(run: Run, *words: str | Path) -> Any:  # noqa: ANN401 - JSON
    code, out, err = run(*words, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_papers_are_packaged_and_the_package_checked(
    run: Run, papers: Sequence[DocumentId], tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    done = answer(run, "hand-over", "--dossier", DOSSIER, "--out", out, "--purpose", "Nộp lưu")
    assert (done["papers"], done["left_out"]) == (2, {})
    assert set(done["incomplete"]) == set(papers)
    checked = answer(run, "check", out)
    assert checked == {"package": done["package"], "files": done["files"] - 1, "problems": []}


def test_a_package_that_was_changed_is_found_out(run: Run, papers: Sequence[DocumentId], tmp_path: Path) -> None:
    out = tmp_path / "package"
    run("hand-over", papers[0], "--out", out)
    (copy,) = out.rglob("*.pdf")
    copy.write_bytes(copy.read_bytes() + b"%")
    code, _, err = run("check", out)
    assert code == 1
    assert "exchange.package_damaged" in err
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert run("check", tmp_path / "no.zip")[0] == 3


def test_wrong_use_is_said_in_words(run: Run, tmp_path: Path) -> None:
    assert run("hand-over", "--out", tmp_path / "p")[0] == 2
    code, _, err = run("hand-over", "--dossier", "H42.12-000000-0000", "--out", tmp_path / "p")
    assert (code, "H42.12-000000-0000" in err) == (3, True)
    assert run("table", "--out", tmp_path / "t.ods")[0] == 2


def test_tables_have_the_words_of_people(run: Run, papers: Sequence[DocumentId], tmp_path: Path) -> None:
    done = answer(run, "table", "--out", tmp_path / "t.xlsx", "--field", "subject", "--field", "own_field")
    assert done["rows"] == 2
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert [cell.value for cell in sheet[1]] == [
        "Mã",
        "Mã hồ sơ",
        "Loại",
        "Trạng thái",
        "Số trang",
        "Trích yếu",
        "own_field",
    ]
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == set(papers)
    assert answer(run, "table", "--out", tmp_path / "f.csv", "--rows", "fields", "--dossier", DOSSIER)["rows"] == 0


@pytest.mark.enable_socket
def test_a_dossier_reaches_the_portal(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run("queue", DOSSIER, "H42.12-000000-0000")
    assert code == 1
    assert "chưa biết thủ tục" in err
    assert run("queue", DOSSIER, "--procedure", "khai sinh")[0] == 2
    procedure = built_in_procedures(types=load_types())[0]
    home = tmp_path / "home"
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    records.procedures.load(built_in_procedures(types=load_types()))
    records.close()
    (home / "token").write_text(TOKEN)
    assert answer(run, "queue", DOSSIER, "--procedure", procedure.code)["failed"] == {}
    assert answer(run, "queue", DOSSIER)["failed"] == {}  # it is known from now on
    assert run("send")[0] == 3  # no setting says where the portal is
    with other_systems() as systems:
        monkeypatch.setenv("SOHOA_CONNECTORS__NATIONAL_PORTAL__ADDRESS", f"{systems.address}/portal")
        monkeypatch.setenv("SOHOA_CONNECTORS__NATIONAL_PORTAL__TOKEN_FILE", str(home / "token"))
        (listed,) = answer(run, "list")
        assert (listed["state"], listed["attempts"]) == ("waiting", 1)
        records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
        with records.engine.begin() as connection:  # the minute that it has to wait is over
            connection.exec_driver_sql("UPDATE sync_queue SET due_at = '2026-01-01 00:00:00.000000'")
        records.close()
        systems.faults = [Fault.SLOW]
        systems.seconds = 0.1
        assert answer(run, "send") == {"taken": [DOSSIER], "refused": [], "failed": []}
        assert systems.dossiers[DOSSIER]["MaTTHC"] == procedure.code
        assert systems.dossiers[DOSSIER]["TenTTHC"] == procedure.name
    (listed,) = answer(run, "list", "--state", "taken")
    assert listed["dossier"] == DOSSIER
    assert DOSSIER in run("list")[1]
