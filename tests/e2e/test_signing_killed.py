"""A batch of 200 signatures that is killed again and again: 200 signed, none twice, none half-written, one manifest."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.e2e.papers import home_with_papers

pytestmark = [pytest.mark.slow, pytest.mark.tools, pytest.mark.enable_socket]
NUMBER = 200


def query(home: Path, words: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{home / 'sohoa.db'}?mode=ro", uri=True) as connection:
        return connection.execute(words).fetchall()


def settled(home: Path) -> int:
    (count,) = query(home, "SELECT count(*) FROM signing_items WHERE state <> 'waiting'")[0]
    return int(str(count))


def kill_at(process: subprocess.Popen[str], home: Path, count: int, *, after: float) -> None:
    """Kill a process when `count` documents are settled, or are being kept, and `after` seconds more have passed."""
    until = time.monotonic() + 120
    while settled(home) < count and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(after)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_any_moment_all_are_signed_once(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    office = Office(home=tmp_path / "home")
    documents = home_with_papers(office.home, NUMBER)
    command = ("sign", *documents, "--role", "official", "--level", "B-B")
    killed = 0
    for count in sorted(chance.sample(range(NUMBER), 4)):
        with office.start(*(command if chance.random() < 0.5 or not killed else ("sign", "--resume"))) as process:
            kill_at(process, office.home, count, after=chance.uniform(0, 0.05))
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 3, "it was over before it could be killed"

    done = office.run("sign", "--resume") if seed % 2 else office.run(*command)

    assert done.returncode == 0, done.stderr
    versions = query(office.home, "SELECT document, number, role, sha256 FROM copy_versions WHERE number > 1")
    assert sorted(str(document) for document, *_ in versions) == sorted(documents)
    assert {(number, role) for _, number, role, _ in versions} == {(2, "official")}
    assert query(office.home, "SELECT DISTINCT state FROM signing_items") == [("signed",)]
    assert [state for (state,) in query(office.home, "SELECT state FROM signing_orders")] == ["done"]

    archive = office.home / "archive" / "archive" / "sha256"
    kept = {file.name: file.read_bytes() for file in archive.rglob("*") if file.is_file()}
    unsigned = query(office.home, "SELECT document, sha256 FROM copy_versions WHERE number = 1")
    before = {document: sha256 for document, sha256 in unsigned}  # noqa: C416 - dict() would not know what rows hold
    after = {document: sha256 for document, _, _, sha256 in versions}
    pdfs = {name for name, data in kept.items() if data.startswith(b"%PDF")}
    assert pdfs == {*before.values(), *after.values()}, "nothing was signed that does not count"
    for document, sha256 in after.items():
        assert kept[str(sha256)].startswith(kept[str(before[document])])
        assert kept[str(sha256)].count(b"/ByteRange") == 1
    (manifest,) = (json.loads(data) for data in kept.values() if b"sohoa.signing-manifest/1" in data[:100])
    told = {entry["document"]: entry["signed"] for entry in manifest["documents"]}
    assert told == after
    assert office.run("verify", documents[-1]).returncode == 0
