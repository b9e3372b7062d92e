"""The server is told of our flows when it does not know all of them, on a real Prefect server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.orchestrator import flows_version
from app.setting_groups import PrefectSettings
from app.settings import Settings
from flows.registry import knows_flows, register_missing, wanted_flows
from tests.flows.conftest import Server


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.long  # the server is told of all flows twice
@pytest.mark.enable_socket
def test_what_was_cut_short_is_told_again_and_by_one_of_a_machine(server: Server, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, prefect=PrefectSettings(api_url=server.api_url))
    assert register_missing(settings, any_version=False)
    assert not register_missing(settings, any_version=False)
    assert {(each["entrypoint"], each["name"]) for each in known(server)} == wanted_flows()

    lost = next(each for each in known(server) if each["name"] == "sealing")
    httpx.delete(f"{server.api_url}/deployments/{lost['id']}", timeout=60, trust_env=False).raise_for_status()
    assert not knows_flows()
    with ThreadPoolExecutor(2) as two:
        # which server it is stands in the context
        told = [two.submit(copy_context().run, partial(register_missing, settings, any_version=True)) for _ in range(2)]
        assert sorted(each.result() for each in told) == [False, True]

    assert {(each["entrypoint"], each["name"]) for each in known(server)} == wanted_flows()
    assert {each["version"] for each in known(server)} == {flows_version()}
    assert max(len(each["schedules"]) for each in known(server)) == 1
    assert knows_flows(version=flows_version())
    assert not knows_flows(version="another")


def known(server: Server) -> list[dict[str, Any]]:
    """Return the deployments that `prefect.yaml` may name: those that other tests made have no entry point."""
    return [each for each in server.post("deployments/filter", {}) if each["entrypoint"]]
