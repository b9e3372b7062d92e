"""An installation on many machines: records, objects, flows and pages on a machine each, and workers."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psycopg

from app.orchestrator import prefect_environment
from app.settings import Settings
from tests.crash.left import misregistered
from tests.e2e.office import Office, wait_for_pages
from tests.machines.network import Machine, network
from tests.servers.postgres import PostgresServer, postgres_server
from tests.servers.prefect_server import FlowServer, prefect_server
from tests.servers.process import ServerFailed, own_folder, running
from tests.servers.rados_gateway import S3Server, rados_gateway

RECORDS, OBJECTS, FLOWS, PAGES = "records", "objects", "flows", "pages"
_PAGES_PORT = 8000
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """An installation that runs."""

    folder: Path
    machines: Mapping[str, Machine]
    settings: Mapping[str, str]
    """of every machine"""
    postgres: PostgresServer
    flows: FlowServer
    s3: S3Server

    @property
    def workers(self) -> list[Machine]:
        """Machines on which nothing runs yet."""
        return [each for name, each in self.machines.items() if name not in {RECORDS, OBJECTS, FLOWS, PAGES}]

    @property
    def database(self) -> str:
        """URL of the records."""
        return self.settings["SOHOA_RECORDS__URL"]

    @property
    def knows_flows(self) -> bool:
        """Say whether the Prefect server has all deployments: the first machine that works tells it of them."""
        with httpx.Client(base_url=self.flows.api_url, timeout=20, trust_env=False) as client:
            return not misregistered(client)

    def office(self, machine: Machine | None = None) -> Office:
        """Return it as it is seen from a machine, or from here; each has a home of its own."""
        home = self.folder / (machine.name if machine else "here")
        return Office(home=home, settings=self.settings)

    def environment(self, machine: Machine) -> dict[str, str]:
        """Return the variables of the product's processes on a machine."""
        office = self.office(machine)
        flows = prefect_environment(Settings(home=office.home), api_url=self.flows.api_url)
        return office.environment | flows | {"NO_PROXY": "*"}

    def sohoa(
        self, machine: Machine, *words: str | Path, seconds: float = 300, settings: Mapping[str, str] = _NONE
    ) -> str:
        """Run `sohoa` on a machine to its end, and return what it printed.

        Raises:
            ServerFailed
        """
        done = subprocess.run(
            machine.command(sys.executable, "-m", "app.cli.main", *words),
            env=self.environment(machine) | dict(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        # 1: it is done, and somebody should look at some of it
        if done.returncode not in {0, 1}:
            raise ServerFailed(f"sohoa {words} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def started(
        self, machine: Machine, name: str, *words: str, cores: Collection[int] = (), settings: Mapping[str, str] = _NONE
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a Python module of the product on a machine until the end of the context."""
        command = machine.command(sys.executable, "-m", *words, cores=cores)
        log = self.folder / f"{machine.name}-{name}.log"
        with running(command, log=log, env=self.environment(machine) | dict(settings)) as process:
            yield process

    @contextlib.contextmanager
    def working(
        self, machine: Machine, *, cores: Collection[int] = (), settings: Mapping[str, str] = _NONE
    ) -> Iterator[None]:
        """Have a machine work, on these cores only where some are named."""
        with self.started(machine, "work", "app.cli.main", "work", cores=cores, settings=settings):
            yield

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the records say."""
        with psycopg.connect(self.database, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(question.encode(), values).fetchall()

    def anew(self, bucket: str) -> Province:
        """Return an installation on the same machines of which nothing is there yet."""
        fresh = {"SOHOA_RECORDS__URL": self.postgres.new_database(), "SOHOA_STORE__BUCKET": bucket}
        return replace(self, settings={**self.settings, **fresh})


@contextlib.contextmanager
def province(*workers: str) -> Iterator[Province]:
    """Run PostgreSQL, the S3 gateway, the Prefect server (on PostgreSQL) and the pages, and give machines for workers.

    Raises:
        ServersMissing, ServerFailed, NotAllowed
    """
    with contextlib.ExitStack() as started:
        machines = started.enter_context(network(RECORDS, OBJECTS, FLOWS, PAGES, *workers))
        folder = started.enter_context(own_folder("province"))
        # one database server for both, as offices have it
        postgres = started.enter_context(postgres_server("max_connections=200", place=machines[RECORDS].place))
        s3 = started.enter_context(rados_gateway(machines[OBJECTS].place))
        prefect_database = postgres.new_database().replace("postgresql://", "postgresql+asyncpg://")
        flows = started.enter_context(prefect_server(machines[FLOWS].place, database=prefect_database))
        settings = {
            "SOHOA_RECORDS__URL": postgres.new_database(),
            "SOHOA_STORE__KIND": "s3",
            "SOHOA_STORE__ENDPOINT": s3.endpoint,
            "SOHOA_STORE__ACCESS_KEY": s3.access_key,
            "SOHOA_STORE__SECRET_KEY": s3.secret_key,
            "SOHOA_STORE__REGION": s3.region,
            "SOHOA_STORE__BUCKET": "province",
            "SOHOA_STORE__SECURE": "false",
            "SOHOA_PREFECT__API_URL": flows.api_url,
        }
        whole = Province(folder=folder, machines=machines, settings=settings, postgres=postgres, flows=flows, s3=s3)
        started.enter_context(_pages(whole, machines[PAGES]))
        yield whole


@contextlib.contextmanager
def _pages(whole: Province, machine: Machine) -> Iterator[None]:
    own = {"SOHOA_WEB__HOST": machine.address, "SOHOA_WEB__PORT": str(_PAGES_PORT)}
    with whole.started(machine, "web", "web.main", settings=own) as web:
        wait_for_pages(f"http://{machine.address}:{_PAGES_PORT}", web, whole.folder / f"{machine.name}-web.log")
        yield
