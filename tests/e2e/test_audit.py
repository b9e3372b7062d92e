"""The audit trail from the command line: looks leave entries, days are sealed and time-stamped, tampering is named."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from pipeline.domain.audit import AuditEntry
from pipeline.domain.ids import DocumentId, content_hash
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.papers import keep_papers
from tests.fakes.author import CLERK
from tests.storage.audit_trails import tamper

pytestmark = pytest.mark.enable_socket
SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_audit.py"
HANOI = dt.timezone(dt.timedelta(hours=7))
Run = Callable[..., Any]


class _TwoDaysAgo:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) - dt.timedelta(days=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def papers(home: Path) -> Sequence[DocumentId]:
    """Two papers that came in two days ago."""
    home.mkdir()
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=_TwoDaysAgo(), author=CLERK)
    try:
        return keep_papers(records, FolderObjects(home / "archive"), 2)
    finally:
        records.close()


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object, code: int = 0) -> Any:  # noqa: ANN401 - whatever JSON can hold
        assert command_line.main([*map(str, words), "--json"]) == code
        printed = capsys.readouterr().out
        return json.loads(printed) if printed else None

    return run


def entries(home: Path) -> list[AuditEntry]:
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=_TwoDaysAgo(), author=CLERK)
    try:
        return [each for each in records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    finally:
        records.close()


def test_every_look_is_in_the_trail_before_it_is_over(
    home: Path, papers: Sequence[DocumentId], run: Run, tmp_path: Path
) -> None:
    before = len(entries(home))
    batch = run("show", papers[0], "--purpose", "đối chiếu")["batch"]
    run("get", papers[0], "--part", "text")
    run("list", "--type", "quyet_dinh")
    run("find", "text", "--limit", "1")
    run("export", batch, "--out", tmp_path / "out")
    run("list")  # names nobody
    run("show", "d-nobody", code=3)
    looks = entries(home)[before:]
    assert [(each.deed.action.value, each.deed.subject.kind.value, each.deed.subject.id) for each in looks] == [
        ("read", "document", papers[0]),
        ("read", "document", papers[0]),
        ("searched", "search", ""),
        ("searched", "search", ""),
        ("read", "batch", batch),
    ]
    shown, got, listed, found, exported = (each.deed for each in looks)
    assert (shown.reason, shown.details) == ("đối chiếu", {"part": "fields"})
    assert got.details == {"part": "text"}
    assert listed.details == {"type": "quyet_dinh", "documents": " ".join(papers)}
    assert found.details["words_sha256"] == content_hash(b"text")
    assert "words" not in found.details
    assert (found.details["total"], found.details["documents"]) == ("2", found.details["documents"])
    assert exported.details == {"part": "files"}
    author = looks[0].author
    assert (author.role, author.origin.endswith(": sohoa show")) == ("administrator", True)


def test_a_look_at_an_owner_is_in_the_trail_though_nothing_is_theirs(home: Path, run: Run) -> None:
    run("owner", "add", "001085000128", "--name", "Nguyễn Văn Mẫu")
    owner = run("depository", "show", "001085000128", "--purpose", "Luật X điều 1", "--by-law")["id"]
    assert run("depository", "log", owner) == []
    shown, logged = (each.deed for each in entries(home)[-2:])
    assert (shown.subject.kind.value, shown.subject.id, shown.details) == ("owner", owner, {"part": "depository"})
    assert (shown.reason, logged.details) == ("Luật X điều 1", {"part": "log"})


def test_the_words_of_a_search_are_kept_where_the_settings_say_so(
    home: Path, papers: Sequence[DocumentId], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert papers
    monkeypatch.setenv("SOHOA_AUDIT__KEEP_SEARCH_WORDS", "true")
    run("find", "text")
    assert entries(home)[-1].deed.details["words"] == "text"


def test_days_are_sealed_with_a_time_stamp_that_openssl_believes(
    home: Path, papers: Sequence[DocumentId], run: Run, tmp_path: Path
) -> None:
    assert papers
    seals = run("audit", "seal")
    today = dt.datetime.now(HANOI).date()
    assert [each["day"] for each in seals] == [str(today - dt.timedelta(days=2)), str(today - dt.timedelta(days=1))]
    assert run("audit", "seal") == []
    checked = run("verify", "--audit")
    assert (checked["findings"], checked["records"]) == ([], [])
    assert (checked["seals"], checked["unstamped"], checked["doubtful_stamps"]) == (2, 0, 0)

    out = tmp_path / "trail"
    run("audit", "export", "--out", out)
    (authority,) = (home / "development-authority" / "trust" / "timestamp").iterdir()
    words = [sys.executable, "-I", str(SCRIPT), str(out), "--ca", str(authority), "--json"]
    assert json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout) == []

    token = out / "seals" / f"{seals[0]['day']}.tst"
    shutil.copy(out / "seals" / f"{seals[1]['day']}.tst", token)
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
    assert [(each["fault"], each["day"]) for each in found] == [
        ("seal_object_lost", seals[0]["day"]),
        ("stamp_false", seals[0]["day"]),
    ]


def test_tampering_is_named_and_the_exit_code_says_so(
    home: Path, papers: Sequence[DocumentId], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("audit", "seal")
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=_TwoDaysAgo(), author=CLERK)
    tamper(
        records.engine,
        "UPDATE audit_entries SET author = 'mallory' WHERE number = 2",
        f"UPDATE documents SET type = 'cong_van' WHERE id = '{papers[1]}'",
    )
    records.close()
    found = run("verify", "--audit", code=1)
    assert [(each["fault"], each["first"]) for each in found["findings"]] == [("entry_altered", 2)]
    assert [(each["id"], each["fault"], each["tables"]) for each in found["records"]] == [
        (papers[1], "altered", ["documents"])
    ]
    assert command_line.main(["verify", "--audit"]) == 1
    told = capsys.readouterr()
    assert "Mục 2 đã bị sửa" in told.err
    assert f"Giấy tờ {papers[1]} khác với nhật ký" in told.err


def test_a_seal_that_the_store_lost_is_named(home: Path, papers: Sequence[DocumentId], run: Run) -> None:
    assert papers
    first, _ = run("audit", "seal")
    name = first["object"]
    file = next((home / "archive").rglob(name))
    file.parent.chmod(0o755)
    file.chmod(0o644)
    file.unlink()
    found = run("verify", "--audit", code=1)["findings"]
    assert [(each["fault"], each["day"], each["detail"]) for each in found] == [
        ("seal_object_lost", first["day"], "object.missing")
    ]


def test_verify_wants_a_file_or_the_trail(home: Path) -> None:
    assert home
    assert command_line.main(["verify"]) == 2
    assert command_line.main(["verify", "x.pdf", "--audit"]) == 2
