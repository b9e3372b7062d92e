"""The Prefect server as seen from outside: where it is, whether it answers, how its processes are started."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.own_process import ROOT, own_process, wait_for
from app.settings import Settings
from pipeline.domain.errors import ToolFailed

_START_SECONDS = 120.0


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
        "SOHOA_POOL": settings.prefect.pool,
        "SOHOA_ROOT": str(ROOT),
    }


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


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A Prefect server of our own with its workers."""

    address: str
    """of Prefect's pages"""
    processes: Mapping[str, subprocess.Popen[bytes]]


def _never() -> bool:
    return False


@contextlib.contextmanager
def local_server(
    settings: Settings,
    *,
    log_folder: Path,
    on_step: Callable[[str], None],
    stopped: Callable[[], bool] = _never,
) -> Iterator[LocalServer]:
    """Run server, bulk worker and task worker on loopback. All end with the context.

    `on_step` hears `server`, `deployments`, `workers` as each begins; when `stopped` says so, waiting for the server ends.

    Raises:
        ToolFailed: a process ended early; details name its log.
    """
    port = settings.prefect.port
    api_url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, **prefect_environment(settings, api_url=api_url)}
    log_folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        on_step("server")
        server = stack.enter_context(
            own_process(
                "server",
                _prefect("server", "start", "--host", "127.0.0.1", "--port", str(port)),
                environment,
                log_folder,
            )
        )
        wait_for(lambda: stopped() or server_answers(api_url), "prefect server", server, log_folder / "server.log")
        on_step("deployments")
        pool = settings.prefect.pool
        _finish(_prefect("work-pool", "create", pool, "--type", "process", "--overwrite"), environment, log_folder)
        _finish(_prefect("--no-prompt", "deploy", "--all"), environment, log_folder)
        on_step("workers")
        commands = {
            "worker": _prefect("worker", "start", "--pool", pool, "--type", "process", "--limit", "1"),
            "task-worker": (sys.executable, "-m", "flows.counter"),
        }
        workers = {
            name: stack.enter_context(own_process(name, command, environment, log_folder))
            for name, command in commands.items()
        }
        yield LocalServer(f"http://127.0.0.1:{port}", {"server": server, **workers})


def _prefect(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *arguments)


def _finish(command: Sequence[str], environment: Mapping[str, str], log_folder: Path) -> None:
    log = log_folder / "deploy.log"
    with log.open("ab") as out:
        try:
            code = subprocess.run(
                command,
                env=environment,
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_START_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise ToolFailed(tool=_named(command), reason=f"> {_START_SECONDS:.0f} s ({log})") from error
    if code != 0:
        raise ToolFailed(tool=_named(command), reason=f"{code} ({log})")


def _named(command: Sequence[str]) -> str:
    return " ".join(command[2:5])
