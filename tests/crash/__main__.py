"""The kill test: `python -m tests.crash [--pages N] [--kills N] [--seed N]`.

An office under `sohoa run`, on PostgreSQL and an S3 server, takes in and digitizes generated papers and signs some of them, while
its processes are killed at random instants and its servers are killed, restarted and cut off. In the end both it and an office
that nobody disturbed have to be right (`tests.crash.laws`), it has to hold what the other one holds, line by line, and after no
blow may anything have stood still for more than half a minute.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.crash.backends import backends
from tests.crash.laws import STRUCK, UNDISTURBED, judged, of_one
from tests.crash.paperwork import HandedIn, draw_papers
from tests.crash.plan import Blow, draw_blows
from tests.crash.report import written
from tests.crash.run import Run, run
from tests.e2e.office import ROOT

STATE = ROOT / ".state" / "crash"
_PRODUCT = (
    "app",
    "flows",
    "pipeline",
    "prefect.yaml",
    "signing",
    "storage",
    "tests/crash/left.py",
    "tests/crash/office.py",
    "tests/crash/paperwork.py",
    "tests/crash/signed.py",
    "tests/crash/standing.py",
    "uv.lock",
    "web",
)


def main(words: Sequence[str]) -> int:
    """Run both offices, hold all laws against them, and say what came of it; 0 only if none is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep homes and logs though all is well")
    asked = parser.parse_args(words)
    papers = draw_papers(STATE / f"papers-{asked.pages}-{asked.seed}", pages=asked.pages, seed=asked.seed)
    folder = Path(tempfile.mkdtemp(prefix="sohoa-crash-"))
    calm = undisturbed(papers, folder / UNDISTURBED, name=f"{asked.pages}-{asked.seed}")
    if calm.broken_off:
        # what it counted says when blows fall
        say(f"not even an undisturbed office came to its end: {calm.broken_off}\nhome and logs: {folder}")
        return 1
    struck = struck_run(papers, folder / STRUCK, draw_blows(kills=asked.kills, seed=asked.seed), calm)
    laws = judged(calm, struck, papers)
    report = written(struck, papers, laws)
    last = STATE / f"last-{asked.pages}-{asked.kills}-{asked.seed}.txt"
    last.write_text(f"{report}\n", encoding="utf-8")
    say(f"{report}\n\nwritten to {last.relative_to(ROOT)}")
    is_broken = any(law.broken for law in laws)
    if is_broken or asked.keep:
        say(f"homes and logs: {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if is_broken else 0


def undisturbed(papers: Sequence[HandedIn], folder: Path, *, name: str) -> Run:
    """Return how an office ends that nobody struck; of the same program and papers it is made once, unless a law is broken."""
    kept = STATE / f"undisturbed-{name}-{program_digest()}.json"
    if kept.exists():
        return Run(**json.loads(kept.read_text(encoding="utf-8")))
    with backends(made(folder)) as servers:
        done = run(folder, papers, servers)
    say(f"undisturbed: {done.steps} steps in {done.seconds:.0f} s")
    for older in STATE.glob(f"undisturbed-{name}-*.json"):
        older.unlink()
    if not any(law.broken for law in of_one(done, papers, UNDISTURBED)):
        kept.write_text(as_json(done), encoding="utf-8")
    return done


def struck_run(papers: Sequence[HandedIn], folder: Path, blows: Sequence[Blow], calm: Run) -> Run:
    """Let the blows fall on an office of its own."""
    with backends(made(folder)) as servers:
        done = run(folder, papers, servers, blows=blows, steps=calm.steps)
    (folder / "struck.json").write_text(as_json(done), encoding="utf-8")
    return done


def as_json(done: Run) -> str:
    """Write down what came of a run, whole."""
    return json.dumps(dataclasses.asdict(done), ensure_ascii=False, indent=1, default=sorted)


def program_digest() -> str:
    """Return what changes whenever the program does."""
    told = hashlib.sha256()
    for place in _PRODUCT:
        files = [ROOT / place] if (ROOT / place).is_file() else sorted((ROOT / place).rglob("*"))
        for each in files:
            if each.is_file() and "__pycache__" not in each.parts:
                told.update(str(each.relative_to(ROOT)).encode() + b"\0" + each.read_bytes())
    return told.hexdigest()[:16]


def made(folder: Path) -> Path:
    """Return the folder, which is there now."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def say(words: str) -> None:
    """Tell people."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
