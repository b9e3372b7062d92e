"""Retention, holds and disposal from the command line, by two accounts of the operating system."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from pipeline.domain.ids import DocumentId
from tests.storage.disposal_office import LAN, open_office

LONG_AGO = dt.datetime(2015, 3, 3, tzinfo=dt.UTC)
SCHEDULE = """
[[rule]]
id = "cong-van"
types = ["cong_van"]
retention = "07"
years = 5
since = 2010-01-01
source = "QĐ 12/QĐ-UBND"
"""
Run = Callable[..., Any]


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[DocumentId]:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "retention.toml").write_text(SCHEDULE, encoding="utf-8")
    monkeypatch.setenv("SOHOA_HOME", str(home))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    monkeypatch.setenv("SOHOA_RETENTION__SCHEDULE", str(tmp_path / "retention.toml"))
    with open_office(f"sqlite:///{home / 'sohoa.db'}", home / "archive", people=[LAN]) as office:
        return office.keep(when=LONG_AGO)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - whatever JSON can hold
        assert command_line.main([*words, "--json"]) == code
        printed = capsys.readouterr().out
        return json.loads(printed) if printed else None

    return run


@pytest.fixture
def other_account(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(os, "getuid", lambda: 1)


@pytest.fixture
def as_service(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Run what follows under an account that nobody can sign in with, as the installed command does, called by somebody."""
    service = next(each for each in pwd.getpwall() if each.pw_uid and each.pw_shell.endswith("/nologin"))

    def called_by(person: str) -> None:
        monkeypatch.setattr(os, "getuid", lambda: service.pw_uid)
        monkeypatch.setenv("SOHOA_INVOKER", person)

    return called_by


def test_two_people_dispose_though_the_command_changes_accounts(
    papers: Sequence[DocumentId], run: Run, as_service: Callable[[str], None]
) -> None:
    known = [each.pw_name for each in pwd.getpwall() if not each.pw_shell.endswith("/nologin")]
    one, other = known[0], known[1]
    as_service(one)
    disposal = run("disposal", "propose", "--reason", "Hết thời hạn")
    assert disposal["proposed"]["by"] == one
    run("disposal", "approve", disposal["id"], "--reason", "Đã xem", code=1)
    as_service(other)
    approved = run("disposal", "approve", disposal["id"], "--reason", "Đã xem")
    assert (approved["state"], approved["decided"]["by"]) == ("approved", other)


@pytest.mark.parametrize("person", ["không có ai", ""])
def test_a_name_that_is_no_account_is_not_taken(
    papers: Sequence[DocumentId], run: Run, as_service: Callable[[str], None], person: str
) -> None:
    as_service(person)
    assert run("disposal", "propose", "--reason", "Hết thời hạn")["proposed"]["by"] == _own_name()


def test_an_account_that_people_sign_in_with_speaks_for_itself_only(
    papers: Sequence[DocumentId], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else anybody could propose, set the variable, and approve."""
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SOHOA_INVOKER", "daemon")
    assert run("disposal", "propose", "--reason", "Hết thời hạn")["proposed"]["by"] == "root"


def _own_name() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def test_two_people_dispose_of_what_is_due(
    papers: Sequence[DocumentId],
    run: Run,
    other_account: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    held, due = papers
    assert run("retention", due)["due"] == "2020-03-03"
    hold = run("hold", "place", "document", held, "--reason", "Khiếu nại")
    assert [each["id"] for each in run("hold")] == [hold["id"]]
    disposal = run("disposal", "propose", "--reason", "Hết thời hạn")
    assert [each["document"] for each in disposal["items"]] == [due]
    run("disposal", "approve", disposal["id"], "--reason", "Đã xem", code=1)
    run("disposal", "carry-out", disposal["id"], code=1)
    other_account()
    assert run("disposal", "approve", disposal["id"], "--reason", "Đã xem")["state"] == "approved"
    done = run("disposal", "carry-out", disposal["id"])
    assert done["state"] == "carried_out"
    assert run("show", due)["certificate"] == done["certificate"]
    assert run("show", due)["fields"] == {}
    assert run("disposal", "certificate", disposal["id"])["items"][0]["state"] == "disposed"
    for command in (["get", due, "--part", "text"], ["verify", due]):
        assert command_line.main(command) == 3
        assert disposal["id"] in capsys.readouterr().err
    out = tmp_path / "certificate.txt"
    assert command_line.main(["disposal", "certificate", disposal["id"], "--out", str(out)]) == 0
    assert due in out.read_text(encoding="utf-8")
    assert run("retention", held)["holds"][0]["id"] == hold["id"]
    run("hold", "lift", hold["id"], "--reason", "Đã xong")
    assert run("hold") == []
    again = run("disposal", "propose", "--reason", "Hết thời hạn")
    assert [each["document"] for each in again["items"]] == [held]
    assert {each["id"]: each["state"] for each in run("disposal")} == {
        disposal["id"]: "carried_out",
        again["id"]: "proposed",
    }


def test_nothing_due_is_said(
    papers: Sequence[DocumentId], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOHOA_RETENTION__SCHEDULE")
    assert command_line.main(["disposal", "propose", "--reason", "…"]) == 1
    assert "disposal.refused" in capsys.readouterr().err
    assert command_line.main(["retention", papers[0]]) == 0
    assert "for ever" in capsys.readouterr().out


def test_a_wrong_schedule_is_named(
    papers: Sequence[DocumentId], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "retention.toml").write_text(SCHEDULE.replace("cong_van", "cong_vam"), encoding="utf-8")
    assert command_line.main(["retention"]) == 3
    said = capsys.readouterr().err
    assert "retention.bad_schedule" in said
    assert "line 4" in said
