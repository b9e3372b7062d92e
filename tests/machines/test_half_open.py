"""A machine that vanishes in the middle of a transaction blocks the others no longer than a lease lasts."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from app.holding import LEASE_SECONDS
from pipeline.domain.errors import RecordsUnavailable
from storage.database import connect, writing
from tests.machines.network import network
from tests.servers.postgres import postgres_server

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.long, pytest.mark.enable_socket]

_LOCK = "SELECT pg_advisory_xact_lock(9)"
_HOLD = f"""
import sys, time
import sqlalchemy as sa
from pipeline.domain.errors import RecordsUnavailable
from storage.database import connect, writing
try:
    with writing(connect(sys.argv[1])) as connection:
        connection.execute(sa.text({_LOCK!r}))
        print("held", flush=True)
        while True:
            time.sleep(1)
            connection.execute(sa.text("SELECT 1"))
except RecordsUnavailable:
    print("lost", flush=True)
"""


def test_what_it_locked_is_free_and_it_learns_that_it_lost_it() -> None:
    with network("records", "one") as machines, postgres_server(place=machines["records"].place) as server:
        url, one = server.new_database(), machines["one"]
        with subprocess.Popen(one.command(sys.executable, "-c", _HOLD, url), stdout=subprocess.PIPE, text=True) as gone:
            assert gone.stdout is not None
            assert gone.stdout.readline() == "held\n"
            one.cut()
            began = time.monotonic()
            free = _seconds_until_free(url, since=began)
            with contextlib.suppress(subprocess.TimeoutExpired):
                gone.wait(max(0, 4 * LEASE_SECONDS - (time.monotonic() - began)))
            learnt = time.monotonic() - began
            gone.kill()
            told = gone.stdout.read()
    print(f"free after {free:.1f} s, told after {learnt:.1f} s")  # noqa: T201 - shown with -s
    assert free < LEASE_SECONDS + 15
    assert told == "lost\n"
    assert learnt < LEASE_SECONDS + 15


def _seconds_until_free(url: str, *, since: float) -> float:
    engine = connect(url, busy_seconds=5)
    try:
        while time.monotonic() - since < 4 * LEASE_SECONDS:
            with contextlib.suppress(RecordsUnavailable), writing(engine) as connection:
                connection.execute(sa.text(_LOCK))
                return time.monotonic() - since
        return float("inf")
    finally:
        engine.dispose()
