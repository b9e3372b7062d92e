"""Owners, depositories, corrections, procedures and accounts as a clerk and an administrator use them, from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from app.passwords import SHORTEST, hash_password, password_fits
from pipeline.domain.document import FieldOrigin
from pipeline.domain.ids import DocumentId, FieldName
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.papers import FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.storage.samples import field

Run = Callable[..., tuple[int, Any, str]]
AN, OLD = "001199000011", "012345678"
QR = {"origin": FieldOrigin.QR}
CARD = {
    "personal_id": field(AN, **QR),
    "full_name": field("Nguyễn Thị An", **QR),
    "birth_date": field("1999-01-01", **QR),
    "old_id": field(OLD, **QR),
}
APPLICATION = {"personal_id": field(AN), "full_name": field("Nguyễn Thị Am")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SOHOA_HOME", str(folder))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    return folder


@pytest.fixture
def papers(home: Path) -> tuple[DocumentId, DocumentId]:
    """An identity card read by its code, and an application read from its picture."""
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    objects = FolderObjects(home / "archive")

    def keep(kind: str, fields: dict[str, Any]) -> DocumentId:
        named = {FieldName(name): each for name, each in fields.items()}
        return keep_papers(records, objects, 1, fields=named, kind=kind)[0]

    kept = keep("can_cuoc", CARD), keep("don_de_nghi", APPLICATION)
    records.close()
    return kept


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, Any, str]:
        code = command_line.main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


def test_a_paper_is_corrected_published_seen_and_revoked(run: Run, papers: tuple[DocumentId, DocumentId]) -> None:
    card, application = papers
    code, published, _ = run("publish", card, application)
    assert code == 1
    assert [each["withheld"] for each in published] == [[], ["owner_differs"]]

    code, corrected, _ = run("correct", application, "full_name=Nguyễn Thị An", "--seen", 1, "--reason", "đối chiếu")
    assert code == 0
    assert corrected["fields"]["full_name"]["origin"] == "clerk"
    assert corrected["publication"]["holdings"][0]["code"] == f"{AN}-don_de_nghi-000001"
    assert run("correct", application, "full_name=Ai đó", "--seen", 1)[0] == 1
    history = run("correct", application, "--history")[1]
    assert [(each["field"], each["before"], each["after"]) for each in history] == [
        ("full_name", "Nguyễn Thị Am", "Nguyễn Thị An")
    ]

    assert run("depository", "show", OLD)[0] == 2
    assert run("depository", "show", OLD, "--purpose", "tò mò")[0] == 3
    # somebody else's dossier, or none that there is, opens nothing
    assert run("depository", "show", OLD, "--purpose", "giải quyết", "--dossier", "H42.12-260131-0009")[0] == 3
    code, seen, _ = run("depository", "show", OLD, "--purpose", "giải quyết", "--dossier", "H42.12-260131-0001")
    assert code == 0
    assert {each["document"] for each in seen["holdings"]} == {card, application}
    looks = run("depository", "log", AN)[1]
    assert [(each["purpose"], each["basis"], each["dossier"]) for each in looks] == [
        ("giải quyết", "dossier", "H42.12-260131-0001")
    ] * 2

    (ended,) = run("depository", "supersede", application, "--by", card, "--reason", "đã có bản mới")[1]
    assert (ended["state"], ended["superseded_by"]) == ("superseded", card)
    assert run("depository", "revoke", application, "--reason", "lần nữa")[0] == 1
    assert run("verify", "--audit")[0] == 0


def test_consent_opens_a_depository_for_its_purpose_until_it_is_withdrawn(
    run: Run, papers: tuple[DocumentId, DocumentId]
) -> None:
    run("publish", papers[0])
    code, given, _ = run("owner", "consent", AN, "--purpose", "vay vốn", "--type", "can_cuoc")
    assert code == 0
    assert len(run("depository", "show", AN, "--purpose", "vay vốn")[1]["holdings"]) == 1
    assert run("depository", "show", AN, "--purpose", "quảng cáo")[0] == 3
    assert run("owner", "withdraw", given["id"])[1]["withdrawn"] is True
    assert run("depository", "show", AN, "--purpose", "vay vốn")[0] == 3


def test_owners_are_added_and_linked_by_hand(run: Run, home: Path) -> None:
    assert run("owner", "add", "--name", "Lê Văn Con")[0] == 2
    code, child, _ = run(
        "owner", "add", "--name", "Lê Văn Con", "--birth-date", "2025-12-01", "--paper", "giấy chứng sinh 12"
    )
    assert (code, child["identifiers"]) == (0, [])
    person = run("owner", "add", AN, "--name", "Nguyễn Thị An")[1]
    linked = run("owner", "link", OLD, AN, "--reason", "công văn 12/CA")[1]
    assert linked["id"] == person["id"]
    assert {each["value"] for each in linked["identifiers"]} == {AN, OLD}
    assert run("owner", "link", OLD, "001199000012", "--reason", "nhầm")[0] == 1
    assert run("owner", "link", "123", AN, "--reason", "nhầm")[0] == 3


def test_procedures_are_loaded_whole_or_not(run: Run, home: Path) -> None:
    assert run("procedures")[1] == []
    told = run("procedures", "import", "--dry-run")[1]
    assert (told["procedures"], told["changed"]) == (5, 0)
    assert {each["change"] for each in told["changes"]} == {"new"}
    assert run("procedures", "load")[1]["changed"] == 5
    assert {each["change"] for each in run("procedures", "compare")[1]["changes"]} == {"same"}
    assert run("procedures", "load")[1]["changed"] == 0
    codes = {each["code"] for each in run("procedures", "--on", "2020-01-01")[1]}
    assert "1.000894" in codes
    assert "1.001612" not in codes  # from July 2025 on
    wrong = home / "sai.toml"
    wrong.write_text('[[procedures]]\ncode = "x"\nname = "y"\n', encoding="utf-8")
    code, _, err = run("procedures", "load", wrong)
    assert code == 3
    assert "sai.toml" in err


def test_the_first_administrator_is_made_once_and_chooses_a_password_at_first(run: Run, home: Path) -> None:
    code, (first,), _ = run("account", "first")
    assert (code, first["login"], first["roles"]) == (0, "admin", ["administrator"])
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    kept = records.accounts.find("admin")
    records.close()
    assert kept is not None
    assert kept.password_given
    assert password_fits(first["password"], kept.password_hash)
    code, _, said = run("account", "first")
    assert (code, "not_the_first" in said) == (3, True)


def test_accounts_are_kept_without_their_passwords(run: Run, home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("mật khẩu đủ dài này\n", encoding="utf-8")
    code, (added,), _ = run("account", "add", "Lan", "--name", "Lan", "--role", "clerk", "--password-file", secret)
    assert (code, added["login"], added["roles"]) == (0, "lan", ["clerk"])
    assert run("account", "add", "LAN", "--name", "B", "--role", "clerk", "--password-file", secret)[0] == 3
    assert run("account", "disable", "lan")[1][0]["disabled"] is True
    assert run("account", "enable", "nobody")[0] == 3
    secret.write_text("ngắn\n", encoding="utf-8")
    assert run("account", "password", "lan", "--password-file", secret)[0] == 2
    kept = b"".join(each.read_bytes() for each in home.rglob("*") if each.is_file())
    assert "mật khẩu đủ dài này".encode() not in kept
    assert b"$argon2id$" in kept


def test_a_password_opens_what_it_closed_and_nothing_else() -> None:
    kept = hash_password("một câu dài để nhớ")
    assert password_fits("một câu dài để nhớ", kept)
    assert not password_fits("một câu dài để quên", kept)
    assert not password_fits("", "")
    assert kept != hash_password("một câu dài để nhớ")
    with pytest.raises(ValueError, match=str(SHORTEST)):
        hash_password("ngắn")
