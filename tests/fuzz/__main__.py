"""Fuzz our own parsers: `python -m tests.fuzz [TARGET…]`, each for FUZZ_SECONDS (600) seconds.

With atheris (libFuzzer, guided by coverage) where it is installed, else with Hypothesis. Begins with the seeds of tests/fuzz/corpus;
what it learns and what it breaks goes to .state/fuzz.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import CORPUS, TARGETS

FOUND = Path(".state/fuzz")


def main(names: list[str]) -> int:
    """Fuzz one target after the other, each in a process of its own; return how many broke."""
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        print(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
        return 2
    seconds = int(os.environ.get("FUZZ_SECONDS", "600"))
    fuzzer = "atheris" if find_spec("atheris") else "hypothesis"
    broken = []
    for name in names or list(TARGETS):
        print(f"{name}: {seconds} s with {fuzzer}", flush=True)
        command = [sys.executable, "-m", f"tests.fuzz.with_{fuzzer}", name, str(seconds), str(_folder(name))]
        if subprocess.run(command, check=False).returncode:
            broken.append(name)
    print(f"broken: {', '.join(broken)}; see {FOUND}" if broken else "nothing broke")
    return len(broken)


def _folder(name: str) -> Path:
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    (CORPUS / name).mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
