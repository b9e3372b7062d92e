"""An office under `sohoa run`, kept up by what a service manager does: started again when it ends, and what it leaves is ended with it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.crash.backends import Backends
from tests.crash.processes import Found, Part, kill, living
from tests.e2e.office import ROOT, Office
from tests.servers.process import As, free_port

_PAUSE_SECONDS = 1.0
"""before it is started again, as in deploy/systemd"""
_LOOK_SECONDS = 0.2
_END_SECONDS = 60
_START_SECONDS = 600
_FORGOTTEN = "prefect.db*"


def open_office(home: Path, backends: Backends) -> Office:
    """Return an installation on these servers."""
    web, orchestrator = free_port(), free_port()
    temporary = home.parent / "tmp"
    temporary.mkdir(parents=True)
    settings = backends.settings | {
        "SOHOA_WEB__PORT": str(web),
        "SOHOA_PREFECT__PORT": str(orchestrator),
        "SOHOA_PREFECT__API_URL": f"http://127.0.0.1:{orchestrator}/api",
        "SOHOA_INTAKE__CHUNK_MIB": "1",
        "TMPDIR": str(temporary),
    }
    return Office(home=home, settings=settings)


def pages_of(office: Office) -> str:
    """Return the address of its pages."""
    return f"http://127.0.0.1:{office.settings['SOHOA_WEB__PORT']}"


def orchestrator_of(office: Office) -> str:
    """Return the address of its Prefect server."""
    return office.settings["SOHOA_PREFECT__API_URL"]


@dataclass(slots=True)
class Keeper:
    """Keeps `sohoa run` up until it is told to end."""

    office: Office
    log: Path
    on_start: Callable[[], None]
    starts: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _forget: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start it, and again whenever it has ended."""
        while not self._ended.is_set():
            if self._forget.is_set():
                self._forget.clear()
                for each in (self.office.home / "prefect").glob(_FORGOTTEN):
                    each.unlink()
            self._start()
            while self._process is not None and self._process.poll() is None and not self._ended.wait(_LOOK_SECONDS):
                pass
            if self._ended.is_set():
                break
            sweep(self.office.home)
            self._ended.wait(_PAUSE_SECONDS)
        self._stop()

    def end(self) -> None:
        """Let it end as its administrator does."""
        self._ended.set()

    def strike_everything(self, *, forget: bool) -> None:
        """Kill all processes at once; `forget`: what the orchestrator knew is lost before it is started again."""
        if forget:
            self._forget.set()
        for found in living(self.office.home):
            kill(found.pid)

    def _start(self) -> None:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                As().command(sys.executable, "-m", "app.cli.main", "run"),
                cwd=ROOT,
                env=self.office.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.starts += 1
        self.on_start()

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        left = [each for each in living(self.office.home) if each.part is not Part.SIGNING]
        sweep(self.office.home)
        if left:
            raise OfficeFailed(f"it ended, and left {', '.join(each.part for each in left)}")


class OfficeFailed(Exception):
    """The office did not start, or did not end as it should."""


def sweep(home: Path) -> None:
    """Kill what `sohoa run` left, as a service manager does with a control group."""
    for found in living(home):
        if found.part is not Part.SIGNING:
            kill(found.pid)


@contextlib.contextmanager
def kept(keeper: Keeper) -> Iterator[None]:
    """Keep an office up in the background; wait until it answers for the first time."""
    failures: list[BaseException] = []

    def keep() -> None:
        try:
            keeper.keep()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            failures.append(error)

    thread = threading.Thread(target=keep, name="keeper")
    thread.start()
    try:
        wait_for_all(keeper.office)
        yield
    finally:
        keeper.end()
        thread.join()
    if failures:
        raise failures[0]


def wait_for_all(office: Office) -> None:
    """Wait until pages and orchestrator answer and workers are there.

    Raises:
        OfficeFailed
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = {each.part for each in living(office.home)}
        if {Part.WORKER, Part.COUNTER} <= found and is_back(Part.WEB, office) and is_back(Part.SERVER, office):
            return
        time.sleep(_LOOK_SECONDS)
    raise OfficeFailed(f"not up after {_START_SECONDS} s: {living(office.home)}")


def is_back(part: Part, office: Office, *, besides: Collection[int] = (), among: list[Found] | None = None) -> bool:
    """Say whether a part can do its work, by another process than `besides`: the pages reach records and objects."""
    found = living(office.home) if among is None else among
    if not any(each.part is part and each.pid not in besides for each in found):
        return False
    address = {Part.WEB: f"{pages_of(office)}/ready", Part.SERVER: f"{orchestrator_of(office)}/health"}.get(part)
    if address is None:
        return True
    try:
        return httpx.get(address, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
