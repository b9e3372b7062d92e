"""Importing a module reads code and nothing else: no connection, no program, no database, no file written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

IMPORT_EVERYTHING = """
import os, pkgutil, sys

FORBIDDEN = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "sqlite3.connect",
             "os.mkdir", "os.rename", "os.remove"}
NOT_FOR_IMPORT = {"storage.migrations.env"}  # a script that the migration tool runs
PACKAGES = ("pipeline", "storage", "signing", "flows", "app", "web")

def refuse(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and not isinstance(args[0], int)
    if args and str(args[0]).startswith(os.environ["PREFECT_HOME"]):
        return  # Prefect makes its home and looks into it when it is imported
    if event in FORBIDDEN or writes:
        raise RuntimeError(f"{event} {args!r} while importing {module}")

sys.addaudithook(refuse)
for package in PACKAGES:
    module = package
    __import__(package)
    for found in pkgutil.walk_packages([package], package + "."):
        module = found.name
        if module in NOT_FOR_IMPORT:
            continue
        __import__(module)
        print(module)
"""


def test_importing_any_module_opens_nothing(tmp_path: Path) -> None:
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pipeline.domain.errors" in done.stdout.splitlines()
    assert not (tmp_path / "home").exists()
