"""The Prefect server as seen from outside: where it is, whether it answers, how its processes are started."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from app.log_lines import LogFormat
from app.own_process import ROOT, Child, Crew, wait_for
from app.settings import Settings
from pipeline.domain.errors import ToolFailed

_LOG_LINES = ROOT / "app" / "prefect_logs.yml"
_START_SECONDS = 120.0
_LOOK_SECONDS = 0.2
_A_DEPLOYMENT = "digitize-batch/bulk"
"""one of those in `prefect.yaml`"""


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
    """Return what changes with the deployments that `prefect.yaml` names."""
    return hashlib.sha256((ROOT / "prefect.yaml").read_bytes()).hexdigest()[:12]


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


def _nothing() -> None:
    """Do nothing meanwhile."""


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
    """Wait for the Prefect server of this machine, tell it of our flows, and run workers for it.

    `on_step` hears `server`, `deployments`, `workers` as each begins; when `stopped` says so, waiting for the server ends.

    Raises:
        ToolFailed: a process ended early; details name its log.
    """
    api_url = local_api(settings)
    on_step("server")
    wait_for(lambda: stopped() or server_answers(api_url), server)
    # somebody waits for work to go on after a crash: telling the server what it knows takes as long as all the rest
    if not _knows_flows(api_url):
        on_step("deployments")
        register_flows(settings, log_folder=crew.log_folder, api_url=api_url, meanwhile=crew.look)
    on_step("workers")
    start_workers(crew, settings, limit=1, api_url=api_url)


def start_workers(crew: Crew, settings: Settings, *, limit: int, api_url: str) -> None:
    """Run the worker for bulk work, which takes `limit` runs at once, and the one for the counter."""
    environment = _environment(settings, api_url)
    pool = settings.prefect.pool
    crew.start(
        "worker",
        _prefect("worker", "start", "--pool", pool, "--type", "process", "--limit", str(limit)),
        environment,
    )
    crew.start("task-worker", (sys.executable, "-m", "flows.resident"), environment)


def register_flows(
    settings: Settings, *, log_folder: Path, api_url: str, meanwhile: Callable[[], None] = _nothing
) -> None:
    """Tell a Prefect server of the work pool and of the deployments in `prefect.yaml`; again changes nothing.

    `meanwhile` is called a few times a second.

    Raises:
        ToolFailed: the server refused; details name the log.
    """
    environment = _environment(settings, api_url)
    pool = settings.prefect.pool
    for command in (
        _prefect("work-pool", "create", pool, "--type", "process", "--overwrite"),
        _prefect("--no-prompt", "deploy", "--all"),
    ):
        _finish(command, environment, log_folder, meanwhile)


def _knows_flows(api_url: str) -> bool:
    """Say whether a server has our deployments, and of this version: they are all told at once."""
    try:
        answer = httpx.get(f"{api_url}/deployments/name/{_A_DEPLOYMENT}", timeout=10, trust_env=False)
        return answer.is_success and answer.json().get("version") == flows_version()
    except (httpx.HTTPError, ValueError):
        return False


def _environment(settings: Settings, api_url: str) -> dict[str, str]:
    return {**os.environ, **prefect_environment(settings, api_url=api_url)}


def _prefect(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *arguments)


def _finish(
    command: Sequence[str], environment: Mapping[str, str], log_folder: Path, meanwhile: Callable[[], None]
) -> None:
    log = log_folder / "deploy.log"
    deadline = time.monotonic() + _START_SECONDS
    with (
        log.open("ab") as out,
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise ToolFailed(tool=_named(command), reason=f"> {_START_SECONDS:.0f} s ({log})")
            meanwhile()
            time.sleep(_LOOK_SECONDS)
    if process.returncode != 0:
        raise ToolFailed(tool=_named(command), reason=f"{process.returncode} ({log})")


def _named(command: Sequence[str]) -> str:
    return " ".join(command[2:5])
