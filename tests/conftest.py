"""Fixtures that several areas of the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from storage import records
from tests.servers.browser import chromium_browser
from tests.servers.migrated import MigratedOnce
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import postgres_server as start_postgres
from tests.servers.prefect_server import FlowServer, prefect_server
from tests.servers.process import ServersMissing
from tests.servers.rados_gateway import S3Server, rados_gateway
from tests.servers.required import give_up

# the same examples in every run, whatever else the machine does; further ones are drawn by tests/fuzz
settings.register_profile(
    "sohoa", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sohoa")


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the records of tests opened on copies of one migrated database."""
    once = MigratedOnce(tmp_path_factory.mktemp("migrated"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "upgrade", once.upgrade)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run; needs the marks `services` and `enable_socket`."""
    try:
        with start_postgres() as server:
            yield server
    except ServersMissing as error:
        give_up(str(error))


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database of the test's own; needs the marks `services` and `enable_socket`."""
    with postgres.lent_database() as url:
        yield url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 server of this test run; needs the marks `services` and `enable_socket`."""
    try:
        with rados_gateway() as server:
            yield server
    except ServersMissing as error:
        give_up(str(error))


@pytest.fixture(scope="session")
def flow_server() -> Iterator[FlowServer]:
    """A Prefect server of this test run, without workers; needs the marks `services` and `enable_socket`."""
    with prefect_server() as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; needs the marks `services` and `enable_socket`.

    For one module at a time: while it runs, its thread counts as one with an event loop, and other tests start their own.
    """
    try:
        with chromium_browser() as browser:
            yield browser
    except ServersMissing as error:
        give_up(str(error))
