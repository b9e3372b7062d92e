"""The Prefect server as seen from outside: where it is, whether it answers, how its processes are started."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from app.holding import this_machine
from app.log_lines import LogFormat
from app.own_process import ROOT, Child, Crew, wait_for
from app.settings import Settings
from pipeline.domain.errors import ToolFailed

_LOG_LINES = ROOT / "app" / "prefect_logs.yml"
_REGISTER_SECONDS = 600.0
"""that telling a server of all flows may take; nobody waits for it, and a busy machine that was cut short would begin anew each time"""
DEPLOYMENTS = ROOT / "prefect.yaml"
"""where it is written which flows a server is told of"""


def prefect_environment(settings: Settings, *, api_url: str | None = None) -> dict[str, str]:
    """Return the variables under which Prefect's client, server and workers run here.

    No telemetry, no server of its own in a process that finds none, everything below the home folder. The workers' query
    intervals are short: with the defaults a run waits up to fifteen seconds before anything happens.
    """
    return {
        "DO_NOT_TRACK": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "PREFECT_API_URL": api_url or settings.prefect.api_url,
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # who has a place of a limited deployment is known after a restart, too: in memory, long runs were ended by it, and places lost
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_WORKER_PREFETCH_SECONDS": "2",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_CLI_PROMPT": "false",
        # its own spans tell what errors say, and so names of files; ours tell of runs too (app/tracing.py)
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "SOHOA_FLOWS": flows_version(),
        "SOHOA_POOL": settings.prefect.pool,
        "SOHOA_ROOT": str(ROOT),
        **({"PREFECT_LOGGING_SETTINGS_PATH": str(_LOG_LINES)} if settings.log.format is LogFormat.JSON else {}),
    }


def flows_version() -> str:
    """Return what changes with the deployments that there should be."""
    return hashlib.sha256(DEPLOYMENTS.read_bytes()).hexdigest()[:12]


def server_answers(api_url: str, *, seconds: float = 3.0) -> bool:
    """Say whether a Prefect server answers at `api_url` within `seconds`; a busy machine may need one or two."""
    try:
        return httpx.get(f"{api_url}/health", timeout=seconds, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def use_prefect_for_good(settings: Settings) -> None:
    """Let Prefect's client in this process talk to the configured server until it ends; call it before `prefect` is imported."""
    os.environ.update(prefect_environment(settings))


@contextlib.contextmanager
def prefect_client(settings: Settings) -> Iterator[None]:
    """Let Prefect's client in this process talk to the configured server. Enter it before `prefect` is imported."""
    before = dict(os.environ)
    os.environ.update(prefect_environment(settings))
    # somebody waits here, and the work does not depend on the server: it is not asked for minutes when it has gone
    os.environ["PREFECT_CLIENT_MAX_RETRIES"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _never() -> bool:
    return False


def start_server(crew: Crew, settings: Settings) -> Child:
    """Run a Prefect server on loopback; it may take some seconds to answer."""
    port = settings.prefect.port
    command = (sys.executable, "-m", "flows.server", "--host", "127.0.0.1", "--port", str(port))
    return crew.start("server", command, _environment(settings, local_api(settings)))


def local_api(settings: Settings) -> str:
    """Return where the Prefect server of this machine is asked."""
    return f"http://127.0.0.1:{settings.prefect.port}/api"


def start_work(
    crew: Crew,
    settings: Settings,
    server: Child,
    *,
    on_step: Callable[[str], None],
    stopped: Callable[[], bool] = _never,
) -> None:
    """Run workers for the Prefect server of this machine, which was just started.

    `on_step` hears `server`, `workers` as each begins; when `stopped` says so, waiting for the server ends.

    Raises:
        ToolFailed: the server ended early; details name its log.
    """
    api_url = local_api(settings)
    on_step("server")
    # somebody waits for work to go on after a crash: this one loads its programs meanwhile, and waits for the server by itself
    start_counter(crew, settings, api_url=api_url)
    wait_for(lambda: stopped() or server_answers(api_url), server)
    on_step("workers")
    start_bulk(crew, settings, limit=1, api_url=api_url)


def start_workers(crew: Crew, settings: Settings, *, limit: int, api_url: str) -> None:
    """Run both workers for a Prefect server that is there."""
    start_counter(crew, settings, api_url=api_url)
    start_bulk(crew, settings, limit=limit, api_url=api_url)


def start_counter(crew: Crew, settings: Settings, *, api_url: str) -> None:
    """Run the worker for the counter. Beside it the server is told of our flows, and what died is reconciled."""
    crew.start("task-worker", (sys.executable, "-m", "flows.resident"), _environment(settings, api_url))


def start_bulk(crew: Crew, settings: Settings, *, limit: int, api_url: str) -> None:
    """Run the worker for bulk work, which takes `limit` runs at once. It is named after the machine: see `flows.part`."""
    how = ("--pool", settings.prefect.pool, "--type", "process", "--limit", str(limit), "--name", this_machine())
    command = _prefect("worker", "start", *how)
    crew.start("worker", command, _environment(settings, api_url))


def register_flows(settings: Settings, *, log_folder: Path, api_url: str) -> None:
    """Tell a Prefect server of the work pool and of the deployments in `prefect.yaml`; again changes nothing.

    Raises:
        ToolFailed: the server refused; details name the log.
    """
    command = (sys.executable, "-m", "flows.register", settings.prefect.pool)
    log = log_folder / "deploy.log"
    with log.open("ab") as out:
        try:
            subprocess.run(
                command,
                env=_environment(settings, api_url),
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=_REGISTER_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired as late:
            raise ToolFailed(tool=command[2], reason=f"> {_REGISTER_SECONDS:.0f} s ({log})") from late
        except subprocess.CalledProcessError as failed:
            raise ToolFailed(tool=command[2], reason=f"{failed.returncode} ({log})") from failed


def _environment(settings: Settings, api_url: str) -> dict[str, str]:
    return {**os.environ, **prefect_environment(settings, api_url=api_url)}


def _prefect(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *arguments)
