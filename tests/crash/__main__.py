"""The kill test: `python -m tests.crash [--pages N] [--kills N] [--seed N]`.

An office under `sohoa run`, on PostgreSQL and an S3 server, takes in and digitizes generated papers and signs some of them, while
its processes are killed at random instants and its servers are killed, restarted and cut off. In the end it has to hold what an
undisturbed office holds, line by line, and nothing may have stood still for more than half a minute.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.crash.backends import backends
from tests.crash.paperwork import HandedIn, draw_papers
from tests.crash.plan import Blow, draw_blows
from tests.crash.run import Run, run
from tests.crash.standing import Standing, differences, told
from tests.crash.watching import Struck
from tests.e2e.office import ROOT

STATE = ROOT / ".state" / "crash"
RESUMED_SECONDS = 30.0
"""within which work goes on after any kill (issue: "resumed within 30 s")"""
_PRODUCT = (
    "app",
    "flows",
    "pipeline",
    "prefect.yaml",
    "signing",
    "storage",
    "tests/crash/paperwork.py",
    "tests/crash/standing.py",
    "uv.lock",
    "web",
)


def main(words: Sequence[str]) -> int:
    """Run both offices, compare them, and say what came of it; 0 only if nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep homes and logs though all is well")
    asked = parser.parse_args(words)
    papers = draw_papers(STATE / f"papers-{asked.pages}-{asked.seed}", pages=asked.pages, seed=asked.seed)
    folder = Path(tempfile.mkdtemp(prefix="sohoa-crash-"))
    expected, steps = undisturbed(papers, folder / "undisturbed", name=f"{asked.pages}-{asked.seed}")
    blows = draw_blows(kills=asked.kills, seed=asked.seed)
    struck = struck_run(papers, folder / "struck", blows, steps)
    wrong = faults(expected, struck)
    report = "\n".join([summary(struck, papers, asked.kills), *(wrong or ["nothing differs from an undisturbed run"])])
    say(report)
    (STATE / f"last-{asked.pages}-{asked.kills}-{asked.seed}.txt").write_text(f"{report}\n", encoding="utf-8")
    if wrong or asked.keep:
        say(f"homes and logs: {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if wrong else 0


def undisturbed(papers: Sequence[HandedIn], folder: Path, *, name: str) -> tuple[Standing, int]:
    """Return how an office stands that nobody struck, and its steps; of the same program and papers it is made once."""
    kept = STATE / f"undisturbed-{name}-{program_digest()}.json"
    if not kept.exists():
        with backends(made(folder)) as servers:
            done = run(folder, papers, servers)
        say(f"undisturbed: {done.steps} steps in {done.seconds:.0f} s")
        for older in STATE.glob(f"undisturbed-{name}-*.json"):
            older.unlink()
        kept.write_text(json.dumps({"standing": done.standing, "steps": done.steps}, ensure_ascii=False))
    read = json.loads(kept.read_text())
    return read["standing"], read["steps"]


def struck_run(papers: Sequence[HandedIn], folder: Path, blows: Sequence[Blow], steps: int) -> Run:
    """Let the blows fall on an office of its own."""
    with backends(made(folder)) as servers:
        done = run(folder, papers, servers, blows=blows, steps=steps)
    (folder / "struck.json").write_text(
        json.dumps(dataclasses.asdict(done), ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return done


def faults(expected: Standing, struck: Run) -> list[str]:
    """Say what is not as it has to be."""
    wrong = [told([each]) for each in differences(expected, struck.standing)]
    slow = [each for each in struck.struck if any(seconds > RESUMED_SECONDS for seconds in measured(each))]
    wrong += [f"not resumed within {RESUMED_SECONDS:.0f} s: {dataclasses.asdict(each)}" for each in slow]
    if struck.not_struck:
        wrong.append(f"{struck.not_struck} kills came too late: all was done")
    return wrong


def measured(struck: Struck) -> list[float]:
    """Return the seconds that are known; one that was struck again before counts from then on."""
    return [each for each in (struck.back, struck.taken_up, struck.progress) if each is not None]


def summary(done: Run, papers: Sequence[HandedIn], kills: int) -> str:
    """Write down what was done to an office and how it took that."""
    counted = Counter(each.part for each in done.struck)
    lines = [
        f"{sum(each.pages for each in papers)} pages in {len(papers)} batches, {done.steps} steps in {done.seconds:.0f} s",
        f"{len(done.struck)} of {kills} kills: "
        + ", ".join(f"{part} {count}" for part, count in counted.most_common()),
        f"`sohoa run` was started {done.starts} times; those who handed in began anew {done.trouble} times",
        f"{'part':16} {'kills':>5} {'back':>13} {'taken up':>13} {'progress':>13}   median and longest, seconds",
    ]
    for part, count in counted.most_common():
        of_part = [each for each in done.struck if each.part == part]
        columns = (
            spread(each.back for each in of_part),
            spread(each.taken_up for each in of_part if each.held),
            spread(each.progress for each in of_part),
        )
        lines.append(f"{part:16} {count:5} " + " ".join(f"{column:>13}" for column in columns))
    return "\n".join(lines)


def spread(values: Iterable[float | None]) -> str:
    """Return median and longest."""
    known = sorted(each for each in values if each is not None)
    return f"{known[len(known) // 2]:.1f} {known[-1]:.1f}" if known else "-"


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
