"""Killing what signs, and looking whether all was signed once in the end."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def query(home: Path, words: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{home / 'sohoa.db'}?mode=ro", uri=True) as connection:
        return connection.execute(words).fetchall()


def settled(home: Path) -> int:
    """Return how many documents of orders are signed, or are being kept."""
    (count,) = query(home, "SELECT count(*) FROM signing_items WHERE state <> 'waiting'")[0]
    return int(str(count))


def kill_at(process: subprocess.Popen[str], reached: Callable[[], int], count: int, *, after: float) -> None:
    """Kill a process when `reached` says `count`, and `after` seconds more have passed."""
    until = time.monotonic() + 120
    while reached() < count and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(after)
    process.kill()
    process.communicate()


def check_signed_once(home: Path, documents: Sequence[str]) -> None:
    """Every document has one signature of the official, nothing else was signed, and one manifest lists it all."""
    versions = query(home, "SELECT document, number, role, sha256 FROM copy_versions WHERE number > 1")
    assert sorted(str(document) for document, *_ in versions) == sorted(documents)
    assert {(number, role) for _, number, role, _ in versions} == {(2, "official")}
    assert query(home, "SELECT DISTINCT state FROM signing_items") == [("signed",)]
    assert [state for (state,) in query(home, "SELECT state FROM signing_orders")] == ["done"]

    archive = home / "archive" / "archive" / "sha256"
    kept = {file.name: file.read_bytes() for file in archive.rglob("*") if file.is_file()}
    unsigned = query(home, "SELECT document, sha256 FROM copy_versions WHERE number = 1")
    before = {document: sha256 for document, sha256 in unsigned}  # noqa: C416 - dict() would not know what rows hold
    after = {document: sha256 for document, _, _, sha256 in versions}
    pdfs = {name for name, data in kept.items() if data.startswith(b"%PDF")}
    assert pdfs == {*before.values(), *after.values()}, "nothing was signed that does not count"
    for document, sha256 in after.items():
        assert kept[str(sha256)].startswith(kept[str(before[document])])
        assert kept[str(sha256)].count(b"/ByteRange") == 1
    (manifest,) = (json.loads(data) for data in kept.values() if b"sohoa.signing-manifest/1" in data[:100])
    assert {entry["document"]: entry["signed"] for entry in manifest["documents"]} == after
