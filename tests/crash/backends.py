"""Database and object store of the office, which are killed, started again and cut off."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg

from tests.crash.processes import descendants, kill
from tests.servers.faulty_proxy import Fault, Plan, faulty_proxy
from tests.servers.postgres import ACCOUNT, PostgresServer, postgres_server
from tests.servers.process import As, answers
from tests.servers.rados_gateway import S3Server, rados_gateway
from tests.servers.severed_line import Line, severed_line

BUCKET = "crash"
_START_SECONDS = 60


class Outage(StrEnum):
    """What happens to a server or on the way to it."""

    DATABASE_RESTART = "PostgreSQL restarted"
    DATABASE_CRASH = "PostgreSQL killed"
    DATABASE_CUT = "PostgreSQL cut off"
    DATABASE_SILENT = "PostgreSQL not heard of"
    STORE_CRASH = "S3 server killed"
    STORE_CUT = "S3 server cut off"
    STORE_BUSY = "S3 server too busy"


@dataclass(slots=True)
class Program:
    """A server that runs, and how it is started again."""

    pid: int
    command: list[str]
    log: Path
    starter: Executor
    """a thread that outlives it: a server ends with the thread that started it"""
    started: subprocess.Popen[bytes] | None = None

    @classmethod
    def running(cls, *words: str, account: As, log: Path, starter: Executor) -> Program:
        """Find the server whose command line has all these words."""
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().decode().split("\0")[:-1]
                if folder.name.isdecimal() and all(word in command[1:] for word in words):
                    return cls(int(folder.name), account.command(*command), log, starter)
        raise LookupError(words)

    def kill(self, *, with_children: bool) -> None:
        """End it without a word."""
        others = list(descendants(self.pid)) if with_children else []
        for each in (self.pid, *others):
            kill(each)
        self._reap()

    def ask_to_end(self, number: signal.Signals) -> None:
        """End it as its administrator does, and wait until it has."""
        os.kill(self.pid, number)
        self._reap()

    def start(self) -> None:
        """Start it again."""
        self.started = self.starter.submit(self._run).result()
        self.pid = self.started.pid

    def _run(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def _reap(self) -> None:
        if self.started is not None:
            self.started.wait(_START_SECONDS)
            return
        # started by tests.servers, a child of this very process: whoever waits for it there finds it ended
        _until(lambda: _is_over(self.pid), f"{self.command[0]} ends")
        # PostgreSQL takes a data folder for used as long as its last process has an id, be it a zombie's
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)


@dataclass(slots=True)
class Backends:
    """Both servers, and the ways on which the office reaches them."""

    postgres: PostgresServer
    database: str
    """URL of the database, past the line"""
    database_program: Program
    line: Line
    s3: S3Server
    s3_program: Program
    s3_endpoint: str
    """past which the office reaches the store"""
    s3_plan: Plan

    @property
    def settings(self) -> dict[str, str]:
        """Settings of an office that uses both."""
        return {
            "SOHOA_RECORDS__URL": self.database.replace(f":{self.postgres.port}/", f":{self.line.port}/"),
            "SOHOA_STORE__KIND": "s3",
            "SOHOA_STORE__ENDPOINT": self.s3_endpoint,
            "SOHOA_STORE__BUCKET": BUCKET,
            "SOHOA_STORE__REGION": self.s3.region,
            "SOHOA_STORE__ACCESS_KEY": self.s3.access_key,
            "SOHOA_STORE__SECRET_KEY": self.s3.secret_key,
            "SOHOA_STORE__SECURE": "false",
        }

    def suffer(self, outage: Outage, seconds: float) -> None:
        """Let an outage last so long; at its end everything answers again."""
        match outage:
            case Outage.DATABASE_RESTART:
                self.database_program.ask_to_end(signal.SIGINT)
                self._database_again(seconds)
            case Outage.DATABASE_CRASH:
                self.database_program.kill(with_children=True)
                self._database_again(seconds)
            case Outage.DATABASE_CUT:
                self.line.cut()
                time.sleep(seconds)
                self.line.mend()
            case Outage.DATABASE_SILENT:
                self.line.fall_silent()
                time.sleep(seconds)
                self.line.mend()
            case Outage.STORE_CRASH:
                self.s3_program.kill(with_children=True)
                time.sleep(seconds)
                self.s3_program.start()
                _until(lambda: answers(int(self.s3.endpoint.rpartition(":")[2])), "the S3 server answers")
            case Outage.STORE_CUT | Outage.STORE_BUSY:
                fault = Fault.CUT_BEFORE if outage is Outage.STORE_CUT else Fault.BUSY_BEFORE
                self.s3_plan.begin(fault, 1, always=True)
                time.sleep(seconds)
                self.s3_plan.begin(None)

    def strike(self, fault: Fault) -> None:
        """Let one of the next requests to the store go wrong."""
        self.s3_plan.begin(fault, 2)

    def _database_again(self, seconds: float) -> None:
        time.sleep(seconds)
        self.database_program.start()
        _until(lambda: _lets_in(self.database), "PostgreSQL lets somebody in")


@contextlib.contextmanager
def backends(logs: Path) -> Iterator[Backends]:
    """Start both servers and lay the lines to them.

    Raises:
        ServersMissing, ServerFailed
    """
    with contextlib.ExitStack() as started:
        postgres = started.enter_context(postgres_server())
        s3 = started.enter_context(rados_gateway())
        line = started.enter_context(severed_line("127.0.0.1", postgres.port))
        endpoint, plan = started.enter_context(faulty_proxy(s3.endpoint))
        starter = started.enter_context(ThreadPoolExecutor(1))
        account = As(ACCOUNT) if os.geteuid() == 0 else As()
        database_program = Program.running(
            f"--port={postgres.port}", account=account, log=logs / "postgres.log", starter=starter
        )
        s3_program = Program.running(
            "client.admin", _settings_of(s3), account=As(), log=logs / "radosgw.log", starter=starter
        )
        for program in (database_program, s3_program):
            started.callback(_end, program)
        yield Backends(postgres, postgres.new_database(), database_program, line, s3, s3_program, endpoint, plan)


def _settings_of(s3: S3Server) -> str:
    """Return the path of the gateway's settings, by which its process is known."""
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            command = (folder / "cmdline").read_bytes().decode().split("\0")
            if command[0] == "radosgw":
                settings = command[command.index("-c") + 1]
                if f"endpoint={s3.endpoint}" in Path(settings).read_text(encoding="utf-8"):
                    return settings
    raise LookupError(s3.endpoint)


def _end(program: Program) -> None:
    """End a server that was started here; the first one ends with its own context."""
    if program.started is not None and program.started.poll() is None:
        program.kill(with_children=True)


def _lets_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _is_over(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "Z"
        )
    except OSError:
        return True


def _until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come to pass that {what}")
        time.sleep(0.1)
