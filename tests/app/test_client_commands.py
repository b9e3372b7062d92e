"""Systems that may ask, as an administrator keeps them at the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from storage.records import open_records
from tests.e2e.papers import FixedClock
from tests.fakes.author import CLERK
from tests.servers.certificates import Authority

Run = Callable[..., tuple[int, Any, str]]
NEW = ("client", "add", "mot-cua", "--name", "Một cửa tỉnh", "--scope", "documents:read", "--scope", "files:read")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SOHOA_HOME", str(folder))
    monkeypatch.setenv("SOHOA_LANGUAGE", "vi")
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, Any, str]:
        code = command_line.main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


def kept_hash(home: Path, client: str) -> str:
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    found = next(each for each in records.clients.every() if each.id == client)
    records.close()
    return found.secret_hash


def test_a_secret_is_printed_once_and_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(list(NEW)) == 0
    out, err = capsys.readouterr()
    secret = out.removesuffix("\n")
    assert len(secret) >= 43  # 256 bits in base64
    assert "\n" not in secret
    assert hashlib.sha256(secret.encode()).hexdigest() == kept_hash(home, "mot-cua")
    assert "chỉ hiện một lần" in err
    assert "Một cửa tỉnh" in err
    assert command_line.main(["client", "show", "mot-cua"]) == 0
    out, _ = capsys.readouterr()
    assert secret not in out
    assert "files:read" in out
    assert secret.encode() not in b"".join(each.read_bytes() for each in home.rglob("*") if each.is_file())


def test_clients_are_added_changed_and_shut(run: Run, home: Path) -> None:
    assert run("client") == (0, [], "")
    code, (added,), _ = run(*NEW)
    assert (code, added["agencies"], added["scopes"]) == (0, [""], ["documents:read", "files:read"])
    code, _, err = run(*NEW)
    assert (code, "api.client_taken" in err) == (3, True)
    (changed,) = run("client", "change", "mot-cua", "--scope", "events:read", "--agency", "H42.12")[1]
    assert (changed["scopes"], changed["agencies"], changed["name"]) == (["events:read"], ["H42.12"], "Một cửa tỉnh")
    (again,) = run("client", "secret", "mot-cua")[1]
    assert again["secret"] != added["secret"]
    assert hashlib.sha256(again["secret"].encode()).hexdigest() == kept_hash(home, "mot-cua")
    assert run("client", "disable", "mot-cua")[1][0]["disabled"] is True
    assert run("client", "enable", "mot-cua")[1][0]["disabled"] is False
    assert [each["id"] for each in run("client", "list")[1]] == ["mot-cua"]
    assert run("client", "show", "nobody")[0] == 3


def test_a_certificate_is_known_by_its_digest(run: Run, tmp_path: Path) -> None:
    certificate = Authority("an authority").issue("mot-cua.example.vn")
    file, _ = certificate.write(tmp_path, "client")
    digest = certificate.sha256
    (added,) = run(*NEW, "--certificate", file, "--without-secret")[1]
    assert (added["certificate"], added["secret"]) == (digest, False)
    (changed,) = run(
        "client", "change", "mot-cua", "--subject", "https://sso.example.vn mot-cua", "--certificate", "-"
    )[1]
    assert (changed["certificate"], changed["subject"]) == (None, "https://sso.example.vn mot-cua")
    file.write_bytes(certificate.der)
    assert run("client", "change", "mot-cua", "--certificate", file)[1][0]["certificate"] == digest
    file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", encoding="ascii")
    assert run("client", "change", "mot-cua", "--certificate", file)[0] == 3


@pytest.mark.parametrize(
    "words",
    [
        ("client", "add", "mot-cua", "--name", "Một cửa"),
        ("client", "add", "mot-cua", "--scope", "files:read"),
        ("client", "add", "Một Cửa", "--name", "Một cửa", "--scope", "files:read"),
        ("client", "add", "mot-cua", "--name", "Một cửa", "--scope", "everything"),
        ("client", "secret"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    try:
        code = command_line.main(list(words))
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    assert capsys.readouterr().err
    assert not (home / "sohoa.db").exists()


def test_a_client_that_could_never_prove_itself_is_refused(run: Run) -> None:
    code, _, err = run(*NEW, "--without-secret")
    assert (code, "api.client_unproved" in err) == (3, True)
