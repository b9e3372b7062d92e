"""Whether the Prefect server knows our flows, all of them: its database may be a new one, and telling it may be cut short."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import yaml
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName

from app.orchestrator import DEPLOYMENTS, flows_version, register_flows
from app.settings import Settings
from flows.asking import asking
from pipeline.domain.errors import SohoaError

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 60.0
"""between two looks at whether the server still knows our flows"""
_AGAIN_SECONDS = 2.0
"""after a look, or a telling, that failed"""


@contextlib.contextmanager
def registering(settings: Settings) -> Iterator[None]:
    """Tell the server of our flows whenever it does not know them, in a thread of this process: other work does not wait."""
    stopped = threading.Event()
    threading.Thread(target=_looks, args=[settings, stopped], name="sohoa-register", daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def register_missing(settings: Settings, *, any_version: bool) -> bool:
    """Tell the server of our flows if it does not know them; `any_version`: those of another version of the product will do.

    Of one machine only one process does so at a time. Two machines may: the server keeps what came last, which is the same.

    Raises:
        OrchestratorUnavailable, ToolFailed
    """
    version = None if any_version else flows_version()
    if knows_flows(version=version):
        return False
    folder = settings.home / "log"
    with _alone(folder):
        if knows_flows(version=version):
            return False
        began = time.monotonic()
        register_flows(settings, log_folder=folder, api_url=settings.prefect.api_url)
    _log.warning("the Prefect server did not know all flows; they were registered in %.0f s", time.monotonic() - began)
    return True


def knows_flows(*, version: str | None = None) -> bool:
    """Say whether the server has all our deployments, and of this version where one is named.

    Raises:
        OrchestratorUnavailable
    """
    wanted = wanted_flows()
    named = DeploymentFilter(name=DeploymentFilterName(any_=sorted({name for _, name in wanted})))
    with asking() as client:
        known = client.read_deployments(deployment_filter=named)
    return wanted <= {(each.entrypoint, each.name) for each in known if version in {None, each.version}}


def wanted_flows() -> set[tuple[str, str]]:
    """Return the deployments that there should be: entry point and name, as they are written down."""
    written = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    return {(each["entrypoint"], each["name"]) for each in written["deployments"]}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine does the same; one that is killed waits for nobody."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "deploy.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _looks(settings: Settings, stopped: threading.Event) -> None:
    any_version, failing = False, ""
    while not stopped.is_set():
        try:
            register_missing(settings, any_version=any_version)
            any_version, failing = True, ""
            stopped.wait(_LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - the edge of a thread that has to live on
            # told once, not every few seconds while a server is away
            if type(error).__name__ != failing:
                _log.warning("registering the flows: %s", error, exc_info=not isinstance(error, SohoaError))
            failing = type(error).__name__
            stopped.wait(_AGAIN_SECONDS)
