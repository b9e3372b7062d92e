"""Starting real servers for tests: on loopback or a machine of their own, on free ports, in a folder of their own, gone when the tests are."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
_PREFIX = "sohoa-server-"
_SETTLED_SECONDS = 60
_FIRST_PORT, _PORTS = 12_000, 2_000
"""the ports of the first of at most ten processes that test at once, below those that the kernel gives (Linux: from 32,768)"""
_given = itertools.count()
"""A folder this old is locked by its run, if that lives."""


class ServersMissing(Exception):
    """Programs of a server are not installed: the message names the packages."""


class ServerFailed(Exception):
    """A server did not start: the message ends with its log."""


@contextlib.contextmanager
def own_folder(kind: str) -> Iterator[Path]:
    """Make a folder, short enough for socket paths, and remove it at the end, and those of runs that were killed."""
    base = Path(tempfile.gettempdir())
    for left in base.glob(f"{_PREFIX}*"):
        # a lock ends with its process, also with one that this process cannot see (in a container with the same /tmp)
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _SETTLED_SECONDS:
                with _locked(left):
                    shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", dir=base))
    with _locked(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock; OSError where somebody else holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody gets who asks the kernel for any (ip_local_port_range begins behind).

    Raises:
        OSError: there is none.
    """
    first = _FIRST_PORT + _PORTS * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 10)
    for _ in range(_PORTS):
        port = first + (os.getpid() + next(_given)) % _PORTS
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise OSError("no port is free")


def answers(port: int, address: str = LOOPBACK) -> bool:
    """Say whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server runs."""

    address: str = LOOPBACK
    """on which it listens"""
    enter: tuple[str, ...] = ()
    """words before its command that have it run there"""

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command that runs there."""
        return [*self.enter, *words]


HERE = Place()


@dataclass(frozen=True, slots=True)
class As:
    """The account that runs a server: another one when we are root and the server refuses root."""

    account: str | None = None

    def command(self, *words: str | Path) -> list[str]:
        """Return the command as this account, bound to stop when the test run dies, however that ends."""
        other = [] if self.account is None else [f"--reuid={self.account}", f"--regid={self.account}", "--init-groups"]
        return ["setpriv", "--pdeathsig", "INT", *other, *map(str, words)]


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, seconds: float = 180) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        ServerFailed
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=env, timeout=seconds, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise ServerFailed(f"{command}: no end within {seconds} s") from error
    if done.returncode:
        raise ServerFailed(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the context; its process group is killed when it does not stop."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(
    is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path, seconds: float = 180
) -> None:
    """Wait for a server.

    Raises:
        ServerFailed: it ended, or was not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-3000:]
            raise ServerFailed(f"{process.args!r} is not ready (exit {process.poll()}):\n{tail}")
        time.sleep(0.1)
