"""Batches of signatures that are killed again and again: all signed, none twice, none half-written, one manifest."""

from __future__ import annotations

import random
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.e2e.papers import home_with_papers
from tests.e2e.signed_once import check_signed_once, kill_at, settled
from tests.long import further
from tests.servers.prefect_server import FlowServer

pytestmark = [pytest.mark.slow, pytest.mark.tools, pytest.mark.enable_socket]
NUMBER = 200


@pytest.mark.parametrize("seed", further(1, 2, 3))
def test_killed_at_any_moment_all_are_signed_once(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    office = Office(home=tmp_path / "home")
    documents = home_with_papers(office.home, NUMBER)
    command = ("sign", *documents, "--role", "official", "--level", "B-B")
    killed = 0
    for count in sorted(chance.sample(range(NUMBER), 4)):
        with office.start(*(command if chance.random() < 0.5 or not killed else ("sign", "--resume"))) as process:
            kill_at(process, partial(settled, office.home), count, after=chance.uniform(0, 0.05))
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 3, "it was over before it could be killed"

    done = office.run("sign", "--resume") if seed % 2 else office.run(*command)

    assert done.returncode == 0, done.stderr
    check_signed_once(office.home, documents)
    assert office.run("verify", documents[-1]).returncode == 0


@pytest.mark.services
@pytest.mark.parametrize("seed", further(4, 5))
def test_a_flow_that_is_killed_at_any_moment_signs_all_once(seed: int, flow_server: FlowServer, tmp_path: Path) -> None:
    chance = random.Random(seed)
    office = Office(home=tmp_path / "home")
    documents = home_with_papers(office.home, NUMBER)
    flow = partial(
        flow_server.start, "flows.sign:sign_batch", office, document_ids=documents, role="official", level="B-B"
    )
    before = len(flow_server.told("flow_runs"))
    # the last one near the end, where all is signed and the manifest is not there yet
    moments = [*sorted(chance.sample(range(NUMBER), 2)), NUMBER]
    killed = 0
    for count in moments:
        with flow() as process:
            kill_at(process, partial(settled, office.home), count, after=chance.uniform(0, 0.02))
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 2, "it was over before it could be killed"

    with flow() as process:
        out, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert '"failed": 0' in out
    check_signed_once(office.home, documents)
    assert len(flow_server.told("flow_runs")) == before + len(moments) + 1
