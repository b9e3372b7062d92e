"""Stand-ins of the other systems, and connectors that are set to them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.connector_settings import ConnectorSettings
from app.connectors.opening import open_connectors
from pipeline.connector_ports import Connectors
from pipeline.domain.exchange import OtherSystem
from pipeline.understand.catalogue import load_types
from tests.servers.other_systems import TOKEN, OtherSystems, other_systems

PATHS = {
    OtherSystem.NATIONAL_PORTAL: "/portal",
    OtherSystem.POPULATION: "/population",
    OtherSystem.PROCEDURES: "/procedures",
    OtherSystem.ONE_STOP: "/one-stop",
    OtherSystem.DEPOSITORY: "/depository",
}


class SetClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.time


@pytest.fixture
def systems() -> Iterator[OtherSystems]:
    with other_systems() as started:
        yield started


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


Opened = Callable[..., contextlib.AbstractContextManager[Connectors]]


@pytest.fixture
def opened(systems: OtherSystems, clock: SetClock, tmp_path: Path) -> Opened:
    """Open connectors to the stand-ins; keyword arguments change their settings."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")

    def open_(**changes: object) -> contextlib.AbstractContextManager[Connectors]:
        settings = {
            system: ConnectorSettings.model_validate(
                {"address": f"{systems.address}{path}", "token_file": token, "seconds": 10.0, **changes}
            )
            for system, path in PATHS.items()
        }
        return open_connectors(settings, types=load_types(), clock=clock)

    return open_


@pytest.fixture
def connectors(opened: Opened) -> Iterator[Connectors]:
    with opened() as found:
        yield found
