"""The command line as a person uses it: a process of its own, a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.warm import warm
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]
NO_SERVER = "http://127.0.0.1:9/api"
"""the discard port: nothing answers there"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One installation: where it keeps things, and settings that differ from the defaults."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process of this office."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "PREFECT_"))}
        own = {"SOHOA_HOME": str(self.home), "SOHOA_PREFECT__API_URL": NO_SERVER, "LC_ALL": "C.UTF-8"}
        return clean | own | dict(self.settings)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start `sohoa` and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli.main", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run `sohoa` to its end."""
        return warm().run([str(each) for each in arguments], self.environment, seconds=seconds)

    @contextlib.contextmanager
    def served(self) -> Iterator[str]:
        """Serve the pages with a process of their own, and give their address."""
        address, process = self.serve()
        try:
            yield address
        finally:
            process.terminate()
            process.wait(30)

    def serve(self) -> tuple[str, subprocess.Popen[bytes]]:
        """Start the process that serves the pages; return their address when they answer."""
        port = free_port()
        own = {"SOHOA_WEB__PORT": str(port)}
        log = self.home.parent / f"{self.home.name}-web.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "web.main"], cwd=ROOT, env=self.environment | own, stdout=out, stderr=out
            )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for_pages(address, process, log)
        except RuntimeError:
            process.kill()
            process.wait(30)
            raise
        return address, process

    def json(self, *arguments: str | Path) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Run `sohoa … --json` and return what it prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode in {0, 1}, done.stderr
        return json.loads(done.stdout)


def wait_for_pages(address: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 180) -> None:
    """Wait until pages are served.

    Raises:
        RuntimeError: the process ended, or does not answer in time; the message ends with its log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/health", timeout=2, trust_env=False).is_success:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no pages: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def comparable(batch: dict[str, Any]) -> dict[str, Any]:
    """Return a batch without the moment at which it was received, which differs from run to run."""
    return {name: value for name, value in batch.items() if name != "created_at"}
