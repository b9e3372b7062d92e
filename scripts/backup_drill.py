"""Destroy an installation and bring it back from its backup: `make backup-drill`.

The demonstration's papers are digitized and signed in a fresh folder and backed up; then database and store are
destroyed. What comes back is compared with what was there: the digest of every object, read from the disk or the bucket,
and the list of papers. Any difference ends the drill with an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Digests = Mapping[str, str]
"""SHA-256 of the bytes of each object, by its place"""


class DrillFailed(Exception):
    """Something is not as it was, or a command failed: the text says what."""


def drill(
    home: Path,
    folder: Path,
    *,
    fill: Sequence[str | Path],
    settings: Mapping[str, str],
    digests: Callable[[], Digests],
    destroy: Callable[[], None],
) -> str:
    """Fill the installation in `home`, back it up below `folder`, destroy it, restore it, and return what was compared.

    Args:
        home: an empty home folder, or one that is not there.
        folder: where the backup goes.
        fill: the command that brings papers in.
        settings: environment variables of the installation.
        digests: reads all objects of its store.
        destroy: destroys database and store.

    Raises:
        DrillFailed
    """

    def sohoa(*words: str | Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
        return _sohoa(home, settings, *words)

    sohoa(*fill)
    objects, papers = digests(), sohoa("list")
    if not objects or not papers:
        raise DrillFailed("there is nothing to lose")
    backed_up = sohoa("backup", folder / "backup")
    if backed_up["failed"]:
        raise DrillFailed(f"not backed up: {backed_up['failed']}")
    destroy()
    if digests():
        raise DrillFailed("the store was not destroyed")
    restored = sohoa("restore", folder / "backup", "--verify")
    checked = sohoa("verify", "--all")
    if restored["failed"] or not restored["verified"]["sound"] or not checked["sound"]:
        raise DrillFailed(f"not sound: {json.dumps([restored, checked], ensure_ascii=False)[:2000]}")
    _compare(backed_up["objects"], objects, digests())
    if sohoa("list") != papers:
        raise DrillFailed("the list of papers is another one")
    return f"{backed_up['objects']} objects with their digests, the list of papers, the trail and all records"


def _compare(named: int, before: Digests, after: Digests) -> None:
    """Every object that came back is one of before, and each that the records name came back.

    What can be made again and is named by no record is not backed up: it may be missing among the derived ones.
    """
    altered = [each for each in after if before.get(each) != after[each]]
    lost = [each for each in before if "archive/" in each and each not in after]
    if altered or lost or len(after) != named:
        raise DrillFailed(f"altered {altered}, lost {lost}, {len(after)} objects instead of {named}")


def _sohoa(home: Path, settings: Mapping[str, str], *words: str | Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", *map(str, words), "--json"],
        cwd=ROOT,
        env=clean | {"SOHOA_HOME": str(home)} | dict(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:  # 1: papers that somebody has to look at, findings that the caller looks at
        raise DrillFailed(f"sohoa {words[0]}: {done.returncode}\n{done.stderr}\n{done.stdout[-2000:]}")
    return json.loads(done.stdout)


def folder_digests(archive: Path) -> Digests:
    """Read the objects of a store in a folder."""
    found = {}
    for file in sorted(archive.glob("*/sha256/*/*/*")):
        with file.open("rb") as stream:
            found[str(file.relative_to(archive))] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def own_server() -> Mapping[str, str]:
    """Return settings by which an installation starts a Prefect server of its own."""
    port = free_port()
    return {"SOHOA_PREFECT__PORT": str(port), "SOHOA_PREFECT__API_URL": f"http://127.0.0.1:{port}/api"}


def main() -> None:
    """Do it with SQLite and a folder."""
    with tempfile.TemporaryDirectory(prefix="sohoa-drill-") as name:
        folder = Path(name)
        home = folder / "home"
        archive = home / "archive"

        def destroy() -> None:
            shutil.rmtree(archive)
            for file in home.glob("sohoa.db*"):
                file.unlink()

        try:
            told = drill(
                home,
                folder,
                fill=("demo", "--out", folder / "demo"),
                settings=own_server(),
                digests=lambda: folder_digests(archive),
                destroy=destroy,
            )
        except DrillFailed as error:
            sys.exit(f"backup drill failed: {error}")
    sys.stdout.write(f"destroyed and restored, and as before: {told}\n")


if __name__ == "__main__":
    main()
