"""How quickly the interface answers fifty clients at once among 100,000 papers: `make benchmark-api`.

Asked on two cores, loopback: what is known of a paper p95 at most 50 ms, what can be used again p95 at most 100 ms, first byte of a
copy of 1 MB at most 100 ms; on PostgreSQL and an S3 server, and on SQLite and the folder. Clients, server, database and store share the
cores. *Paced*: every client asks twice a second, as systems with people in front of them do; *unpaced*: as soon as it has its answer,
which measures how much goes through.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.api_clients import Load
from benchmarks.api_office import AGENCY, Plan, fill
from benchmarks.machine import describe_machine
from tests.e2e.office import Office
from tests.servers.postgres import postgres_server
from tests.servers.rados_gateway import rados_gateway

RESULTS = Path(__file__).parent / "results" / "api.md"
CLIENTS = 50
PAUSE = 0.5
TARGETS = {"metadata": 50, "reusable": 100, "copy, first byte": 100}
"""milliseconds, for 95 of 100"""
_SOME = 5000
"""different addresses that are asked for"""
_PERCENT = 100


def main() -> None:
    """Measure, print, and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--offices", nargs="+", choices=("grown", "embedded"), default=["grown", "embedded"])
    arguments = parser.parse_args()
    rows = []
    for kind in arguments.offices:
        with office_of(kind) as (office, name):
            plan = fill(office.environment, papers=arguments.documents, seed=arguments.seed)
            with office.served() as address:
                for row in measured(address, plan, seconds=arguments.seconds):
                    rows.append(f"| {name} | {row}")
                    print(rows[-1], flush=True)
    machine = describe_machine()
    RESULTS.write_text(
        f"# The interface under load\n\n{machine['processor']}, {machine['cores']} cores, {machine['memory']}, commit {machine['commit']}, "
        f"{arguments.documents:,} papers, {CLIENTS} clients, one process that serves. What is measured stands in `benchmarks/api.py`.\n\n"
        "| office | asked for | pace | answers a second | asked, ms | median | 95 of 100 | 99 of 100 | refused | load of the machine |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )


@contextlib.contextmanager
def office_of(kind: str) -> Iterator[tuple[Office, str]]:
    """Give an office of a kind, and its name in the table."""
    quota = {"SOHOA_API__REQUESTS_PER_MINUTE": "1000000", "SOHOA_OFFICE__AGENCY": AGENCY}
    with tempfile.TemporaryDirectory(prefix="sohoa-api-") as folder, contextlib.ExitStack() as servers:
        home = Path(folder) / "home"
        if kind == "embedded":
            yield Office(home=home, settings=quota), "SQLite, folder"
            return
        # durable, as an office runs it: what the tests' server saves is not saved here
        database = servers.enter_context(postgres_server("fsync=on", "shared_buffers=512MB"))
        store = servers.enter_context(rados_gateway())
        grown = {
            "SOHOA_RECORDS__URL": database.new_database(),
            "SOHOA_STORE__KIND": "s3",
            "SOHOA_STORE__ENDPOINT": store.endpoint,
            "SOHOA_STORE__ACCESS_KEY": store.access_key,
            "SOHOA_STORE__SECRET_KEY": store.secret_key,
            "SOHOA_STORE__BUCKET": "so-hoa",
            "SOHOA_STORE__REGION": store.region,
            "SOHOA_STORE__SECURE": "false",
        }
        yield Office(home=home, settings=quota | grown), "PostgreSQL, S3"


def measured(address: str, plan: Plan, *, seconds: float) -> Iterator[str]:
    """Yield a row of the table for each kind of question, paced and unpaced."""
    kinds = {
        "metadata": [f"/documents/{each}" for each in _spread(plan.documents)],
        "reusable": [f"/owners/cccd/{each}/reusable?procedure={plan.procedure}" for each in _spread(plan.people)],
        "copy, first byte": [f"/documents/{each}/copy.pdf" for each in _spread(plan.documents)],
    }
    for kind, paths in kinds.items():
        for pause in (PAUSE, 0.0):
            found = _asked(address, plan, paths, seconds=seconds, pause=pause)
            times = sorted(each * 1000 for each in found["first_byte" if kind.startswith("copy") else "whole"])
            cuts = statistics.quantiles(times, n=_PERCENT) if len(times) > 1 else [0.0] * (_PERCENT - 1)
            refused = ", ".join(f"{status}: {count}" for status, count in found["failures"].items()) or "–"
            yield (
                f"{kind} | {'paced' if pause else 'unpaced'} | {len(times) / seconds:.0f} | {TARGETS[kind]} | {cuts[49]:.0f} | "
                f"{cuts[94]:.0f} | {cuts[98]:.0f} | {refused} | {os.getloadavg()[0]:.1f} |"
            )


def _spread(all_: tuple[str, ...]) -> list[str]:
    return list(all_[:: max(1, len(all_) // _SOME)])


def _asked(address: str, plan: Plan, paths: list[str], *, seconds: float, pause: float) -> dict[str, Any]:
    parts = urlsplit(address)
    headers = {
        "Authorization": f"Bearer {plan.token}",
        "Sohoa-Purpose": "Do%20tai",
        "Sohoa-Legal-Basis": "law",
        "Sohoa-Requester": "benchmark",
    }
    load = Load(
        host=parts.hostname or "",
        port=parts.port or 0,
        paths=[f"/api/v1{each}" for each in paths],
        headers=headers,
        clients=CLIENTS,
        seconds=seconds,
        pause=pause,
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.api_clients"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
