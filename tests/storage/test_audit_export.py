"""The exported trail, and the small program that checks it: it must find what the product finds, knowing nothing of it."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.audit_findings import AuditFinding
from pipeline.usecases.export_audit import export_audit
from pipeline.usecases.verify_audit import AuditServices
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.audit_trails import KeyedStamps, Trail, three_days
from tests.storage.conftest import SetClock

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_audit.py"
COPIED = "author, role, origin, action, subject_kind, subject_id, before, after, reason, details, previous, hash"
TAMPERINGS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "altered": ("UPDATE audit_entries SET author = 'mallory' WHERE number = 3",),
    "altered details": ("""UPDATE audit_entries SET details = '{"count": "9"}' WHERE number = 3""",),
    "no json": ("UPDATE audit_entries SET details = '{' WHERE number = 3",),
    "moment": ("UPDATE audit_entries SET at = '2026-03-02 02:02:01.000000' WHERE number = 3",),
    "no moment": ("UPDATE audit_entries SET at = 'gestern' WHERE number = 3",),
    "hash": ("UPDATE audit_entries SET hash = previous WHERE number = 4",),
    "link": ("UPDATE audit_entries SET previous = hash WHERE number = 8",),
    "removed": ("DELETE FROM audit_entries WHERE number IN (3, 4)",),
    "beginning": ("DELETE FROM audit_entries WHERE number = 1",),
    "end": ("DELETE FROM audit_entries WHERE number >= 6",),
    "unsealed end": ("DELETE FROM audit_entries WHERE number = 9",),
    "closed gap": (
        "DELETE FROM audit_entries WHERE number = 3",
        *(f"UPDATE audit_entries SET number = {n - 1} WHERE number = {n}" for n in range(4, 10)),
    ),
    "inserted": (
        *(f"UPDATE audit_entries SET number = {n + 1} WHERE number = {n}" for n in range(9, 3, -1)),
        f"INSERT INTO audit_entries (number, at, {COPIED}) SELECT 4, at, {COPIED} FROM audit_entries WHERE number = 5",
        "UPDATE audit_entries SET author = 'mallory' WHERE number = 4",
    ),
    "moved": (
        "UPDATE audit_entries SET number = 100 WHERE number = 2",
        "UPDATE audit_entries SET number = 2 WHERE number = 4",
        "UPDATE audit_entries SET number = 4 WHERE number = 100",
    ),
    "seal root": ("UPDATE audit_days SET root = head WHERE day = '2026-03-02'",),
    "seal range": ("UPDATE audit_days SET last = 4 WHERE day = '2026-03-02'",),
    "seal removed": ("DELETE FROM audit_days WHERE day = '2026-03-02'",),
}


@pytest.fixture
def records(tmp_path: Path, clock: SetClock) -> Iterator[Records]:
    """Records in a file that the script can open."""
    opened = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield opened
    opened.close()


@pytest.fixture
def trail(records: Records, clock: SetClock) -> Trail:
    return three_days(records, clock)


def run(*words: object) -> tuple[int, str]:
    """Run the script as somebody would who has nothing but Python."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def shown(finding: AuditFinding) -> dict[str, Any]:
    detail = "" if finding.fault == "entry_altered" else finding.detail
    return {
        "fault": finding.fault.value,
        "first": finding.first,
        "last": finding.last,
        "day": finding.day,
        "detail": detail,
    }


def export(trail: Trail, folder: Path) -> None:
    stamps = KeyedStamps(trail.clock)
    services = AuditServices(trail=trail.records.trail, seals=trail.records.seals, objects=trail.objects, stamps=stamps)
    export_audit(services, folder)


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_the_script_finds_in_a_database_what_the_product_finds(trail: Trail, tmp_path: Path, kind: str) -> None:
    if TAMPERINGS[kind]:
        trail.tamper(*TAMPERINGS[kind])
    code, printed = run(tmp_path / "sohoa.db", "--json")
    expected = [shown(each) for each in trail.findings()]
    assert json.loads(printed) == expected
    assert code == bool(expected)
    assert bool(expected) is (kind not in {"nothing", "unsealed end"})


def change(line: int, edit: Callable[[str], str]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        file = folder / "trail.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[line - 1] = edit(lines[line - 1])
        file.write_text("".join(lines), encoding="utf-8")

    return tamper


@pytest.mark.parametrize(
    ("tamper", "fault", "number"),
    [
        (change(3, lambda line: line.replace('"name":"lan"', '"name":"mai"')), "entry_altered", 3),
        (change(3, lambda line: line.replace("tra cứu", "tra c\\u1ee9u")), "", 0),  # the same JSON, written otherwise
        (change(3, lambda line: ""), "entries_removed", 3),
        (change(3, lambda line: line + line), "entries_moved", 3),
    ],
)
def test_an_exported_trail_that_was_changed_is_found(
    trail: Trail, tmp_path: Path, tamper: Callable[[Path], None], fault: str, number: int
) -> None:
    export(trail, tmp_path / "out")
    assert run(tmp_path / "out") == (0, "")
    tamper(tmp_path / "out")
    code, printed = run(tmp_path / "out", "--json")
    found = json.loads(printed)
    assert code == bool(fault)
    assert ([(found[0]["fault"], found[0]["first"])] if fault else found) == ([(fault, number)] if fault else [])


def test_a_seal_s_files_are_checked(trail: Trail, tmp_path: Path) -> None:
    export(trail, tmp_path / "out")
    (tmp_path / "out" / "seals" / "2026-03-02.tst").write_bytes(b"other")
    code, printed = run(tmp_path / "out", "--json")
    assert code == 1
    (found,) = json.loads(printed)
    assert (found["fault"], found["day"], found["detail"]) == ("seal_object_lost", "2026-03-02", "2026-03-02.tst")


def test_what_cannot_be_read_is_no_sound_trail(tmp_path: Path) -> None:
    assert run(tmp_path)[0] == 2
    (tmp_path / "x.db").write_bytes(b"no database")
    assert run(tmp_path / "x.db")[0] == 2


def test_the_script_uses_nothing_but_the_standard_library_of_python_3_9(tmp_path: Path) -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        alias.name.split(".")[0] for each in ast.walk(tree) if isinstance(each, ast.Import) for alias in each.names
    }
    imported |= {str(each.module).split(".")[0] for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)
    shutil.copy(SCRIPT, tmp_path / "alone.py")
    alone = [sys.executable, "-I", "-S", str(tmp_path / "alone.py"), "--help"]
    assert subprocess.run(alone, capture_output=True, check=False, cwd=tmp_path).returncode == 0
