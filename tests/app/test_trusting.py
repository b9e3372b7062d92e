"""`sohoa trust` as it is typed: nothing is believed without confirmation, and what is believed says who said so."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import pwd
from pathlib import Path

import pytest

from app.cli import main as command_line
from signing.issuing import Identity, Usage, Validity, issue, rsa_key, subject


@pytest.fixture(scope="module")
def root() -> Identity:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    validity = Validity(start=start, end=start + dt.timedelta(days=9000))
    return issue(subject("Gốc", "Thử"), key=rsa_key(), issuer=None, usage=Usage.AUTHORITY, validity=validity)


@pytest.fixture
def file(tmp_path: Path, root: Identity, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # no terminal: nobody answers
    (path := tmp_path / "root.pem").write_bytes(root.pem)
    return path


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str | None]]:
    capsys.readouterr()
    assert command_line.main(["trust", "list", "--json"]) == 0
    found: list[dict[str, str | None]] = json.loads(capsys.readouterr().out)
    return found


def test_nothing_is_believed_without_confirmation(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["trust", "add", str(file), "--store", "state"]) == 3
    assert "--yes" in capsys.readouterr().err
    assert listed(capsys) == []


def test_what_is_believed_says_who_said_so(file: Path, root: Identity, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trust", "add", str(file), "--store", "state", "--from", "2021-01-01T00:00:00+07:00", "--yes"]
    assert command_line.main(words) == 0
    digest = hashlib.sha256(root.der).hexdigest()
    assert digest in capsys.readouterr().err
    (found,) = listed(capsys)
    assert (found["store"], found["name"], found["sha256"]) == ("state", "Gốc", digest)
    assert (found["since"], found["until"]) == ("2021-01-01T00:00:00+07:00", None)
    assert (found["added_by"], found["source"]) == (pwd.getpwuid(os.getuid()).pw_name, "root.pem")


def test_a_bundle_goes_to_another_machine(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_line.main(["trust", "add", str(file), "--store", "timestamp", "--yes"]) == 0
    before = listed(capsys)
    bundle = tmp_path / "trust.json"
    assert command_line.main(["trust", "bundle", "--out", str(bundle)]) == 0
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert digest in capsys.readouterr().out
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "other"))
    assert command_line.main(["trust", "load", str(bundle), "--sha256", "00" * 32, "--yes"]) == 3
    assert listed(capsys) == []
    assert command_line.main(["trust", "load", str(bundle), "--sha256", digest, "--yes"]) == 0
    assert listed(capsys) == before
    assert command_line.main(["trust", "load", str(bundle), "--yes"]) == 0
    assert listed(capsys) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "none.pem", "--store", "state", "--yes"], 3),
        (["add", "FILE", "--store", "intermediate", "--yes"], 3),
        (["add", "FILE", "--store", "state", "--from", "2026-01-02", "--until", "2026-01-01", "--yes"], 3),
        (["bundle", "--out", "b.json"], 3),
        (["load", "FILE", "--yes"], 3),
    ],
)
def test_what_is_wrong_is_refused(file: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int) -> None:
    assert command_line.main(["trust", *(str(file) if word == "FILE" else word for word in words)]) == code
    assert capsys.readouterr().err
    assert listed(capsys) == []
