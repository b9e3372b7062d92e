"""What people do meanwhile: systems hand batches in, an official signs. They try again as people and programs do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.specimens.batch import write_batch
from sohoa_client import Problem, Retry, Sohoa, Unreachable
from tests.e2e.office import ROOT, Office

PAGES_OF_A_DOSSIER = 5.5
_LOOSE = 3
"""dossiers of a batch from the counter"""
_RETRY = Retry(attempts=30, first_seconds=0.3, most_seconds=3.0)
_PATIENCE_SECONDS = 3600
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A batch that comes in when a share of all the work is done."""

    name: str
    files: tuple[Path, ...]
    pages: int
    """in its files, as other programs than ours count them"""
    papers: int
    """as whoever drew them knows"""
    lane: str
    at: float
    is_signed: bool
    """an official signs its papers"""


def draw_papers(folder: Path, *, pages: int, seed: int) -> tuple[HandedIn, ...]:
    """Write about so many pages of invented dossiers: most of them one batch nobody waits for, the rest from the counter."""
    dossiers = max(2, round(pages / PAGES_OF_A_DOSSIER))
    loose = min(5, max(1, dossiers // 2 // _LOOSE))
    each = min(_LOOSE, max(1, dossiers // 3))
    sizes = [dossiers - loose * each, *[each] * loose]
    papers = []
    for number, size in enumerate(sizes):
        place = folder / f"{number:02d}"
        truth = place / "truth.json"
        if not truth.exists():
            written = write_batch(place, seed=seed * 1000 + number, dossiers=size)
            files = [str(each.relative_to(place)) for each in written.files]
            truth.write_text(json.dumps({"pages": len(written.pages), "papers": len(written.papers), "files": files}))
        told = json.loads(truth.read_text())
        papers.append(
            HandedIn(
                name=f"batch-{number}",
                files=tuple(place / name for name in told["files"]),
                pages=told["pages"],
                papers=told["papers"],
                lane="counter" if number else "bulk",
                at=0.85 * number / len(sizes),
                is_signed=number % 2 == 1,
            )
        )
    return tuple(papers)


class HandingInFailed(Exception):
    """An office refused what it should have taken."""


def hand_in(
    address: str, secret: str, batch: HandedIn, *, on_trouble: Callable[[str], None], stopped: threading.Event
) -> str:
    """Hand a batch in by the interface for systems, however often it takes, and return its id.

    Raises:
        HandingInFailed
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and not stopped.is_set():
        try:
            with Sohoa(address, client_id=CLIENT, client_secret=secret, retry=_RETRY) as client:
                return client.hand_in(batch.files, lane=batch.lane, key=batch.name, duplicates="keep").id
        except (Problem, Unreachable) as error:
            on_trouble(f"{batch.name}: {type(error).__name__} {error}")
            stopped.wait(_PAUSE_SECONDS)
    raise HandingInFailed(batch.name)


CLIENT = "crash-test"


def register(office: Office) -> str:
    """Let a system in that hands papers in; return its secret."""
    scopes = [word for scope in ("batches:read", "batches:write") for word in ("--scope", scope)]
    done = office.run("client", "add", CLIENT, "--name", "Hệ thống một cửa", *scopes)
    if done.returncode:
        raise HandingInFailed(done.stderr)
    return done.stdout.strip()


def sign(office: Office, batch: str, log: Path, *, stopped: threading.Event) -> int:
    """Sign a batch as an official does on the command line: what was interrupted is resumed until nothing is left.

    Returns how often something was typed.

    Raises:
        HandingInFailed
    """
    order: Sequence[str] = ("sign", batch, "--role", "official", "--level", "B-B")
    resume = ("sign", "--resume")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    typed = 0
    command: Sequence[str] = order
    while time.monotonic() < deadline and not stopped.is_set():
        typed += 1
        done = _typed(office, command, log) == 0
        if done and command is order:
            return typed
        # an order is given again only when none is open: it would be a second one
        command = order if done else resume
        stopped.wait(_PAUSE_SECONDS)
    raise HandingInFailed(f"{batch} was not signed: {log}")


def _typed(office: Office, command: Sequence[str], log: Path) -> int:
    with log.open("ab") as out:
        return subprocess.run(
            [sys.executable, "-m", "app.cli.main", *command],
            cwd=ROOT,
            env=office.environment,
            stdout=out,
            stderr=out,
            check=False,
        ).returncode
