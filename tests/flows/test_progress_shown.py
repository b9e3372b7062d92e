"""Progress is shown beside the work: a server that is away holds nobody up, and one that is there is heard."""

from __future__ import annotations

import socket
import time

import pytest
from prefect import flow
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.shown import RunCancelled, shown_progress
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.ids import BatchId
from pipeline.ports import ProgressListener
from tests.flows.conftest import Server

pytestmark = pytest.mark.enable_socket
BATCH = BatchId("b-0000000000000000000000cc")


def test_a_server_that_does_not_answer_holds_no_page_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it takes connections, and never says a word
        address = f"http://127.0.0.1:{mute.getsockname()[1]}/api"
        with (
            temporary_settings({PREFECT_API_URL: address}),
            shown_progress(BATCH, lambda *_: None, every=0.01) as listen,
        ):
            began = time.monotonic()
            for done in range(1, 21):
                listen(Stage.READ, Progress(done, 20))
                time.sleep(0.02)
            assert time.monotonic() - began < 30  # Prefect itself waits a minute


@pytest.mark.services
@pytest.mark.slow
def test_a_person_who_cancels_the_run_is_heard(server: Server) -> None:
    @flow(persist_result=False)
    def long_one() -> str:
        with shown_progress(BATCH, lambda *_: None, every=0.1) as listen:
            listen(Stage.READ, Progress(5, 20))
            until_shown(server)
            server.set(flow_run.id, "CANCELLING")
            with pytest.raises(RunCancelled):
                listen_for(60, listen)
        return "heard"

    assert long_one() == "heard"


def until_shown(server: Server) -> None:
    deadline = time.monotonic() + 60
    while not [each for each in server.post("artifacts/filter", {}) if each["key"] == f"{BATCH}-tien-do"]:
        assert time.monotonic() < deadline
        time.sleep(0.3)


def listen_for(seconds: float, listen: ProgressListener) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        listen(Stage.READ, Progress(6, 20))
        time.sleep(0.1)
