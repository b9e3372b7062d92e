"""From upload to publish: one trace through every process, and lines of logs, in which there is nothing of papers and people."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from app.ids import new_secret
from app.log_lines import LogFormat
from app.orchestrator import prefect_environment
from app.services import open_services
from app.settings import Settings
from app.watching_settings import LogSettings
from pipeline.domain.client import ApiClient, ApiScope, ClientId
from pipeline.domain.ids import FieldName
from pipeline.specimens.cases import Topic, invent_case
from pipeline.specimens.identity_card import draw_identity_card
from pipeline.specimens.pack import write_png
from pipeline.specimens.scan import Device, Scan, scan
from pipeline.usecases.keep_clients import add_client
from sohoa_client import Sohoa
from tests.e2e.office import ROOT, Office
from tests.fakes.author import CLERK
from tests.servers.otlp_collector import Collector, Told, otlp_collector
from tests.servers.prefect_server import FlowServer
from tests.servers.process import wait_until

# forty seconds of a core: server, pages, worker and a real reading
pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.long, pytest.mark.tools, pytest.mark.enable_socket]

AGENCY = "H42.12"
_SECONDS = 240
DONE = {"digitize", "upload"}
"""spans that end last: what a process has to tell is sent a few seconds later"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What was left behind by one upload."""

    batch: str
    collector: Collector
    logs: dict[str, str]
    """what each process wrote"""
    planted: tuple[str, ...]
    """names, numbers and secrets that were in it"""

    @property
    def trace(self) -> list[Told]:
        """The trace of the batch."""
        return self.collector.trace(next(each.trace for each in self.collector.spans if each.name == "digitize"))


@pytest.fixture(scope="module")
def worked(flow_server: FlowServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    folder = tmp_path_factory.mktemp("traced")
    with otlp_collector() as collector:
        office = Office(
            home=folder / "home",
            settings={
                "SOHOA_PREFECT__API_URL": flow_server.api_url,
                "SOHOA_OFFICE__AGENCY": AGENCY,
                "SOHOA_READING__WORKERS": "1",
                "SOHOA_LOG__FORMAT": "json",
                "SOHOA_TRACE__ENDPOINT": collector.endpoint,
            },
        )
        secret = register(office.home)
        card, planted = write_card(folder, seed=20260131)
        environment = office.environment | prefect_environment(
            Settings(home=office.home, log=LogSettings(format=LogFormat.JSON)), api_url=flow_server.api_url
        )
        log = folder / "task-worker.log"
        with log.open("ab") as out, office.served() as address:
            worker = subprocess.Popen(
                [sys.executable, "-m", "flows.resident"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
            try:
                with Sohoa(address, client_id="mot-cua", client_secret=secret) as client:
                    batch = client.hand_in([card], lane="counter").id
                    ends = time.monotonic() + _SECONDS
                    while not client.batch(batch).is_done and time.monotonic() < ends:
                        time.sleep(1)
                    assert client.batch(batch).is_done, log.read_text(encoding="utf-8")[-3000:]
                wait_until(lambda: {each.name for each in collector.spans} >= DONE, process=worker, log=log)
            finally:
                worker.terminate()
                worker.wait(30)
        files = [*folder.rglob("*.log"), *flow_server.home.glob("*.log")]
        logs = {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}
        logs["told to Prefect"] = json.dumps(flow_server.told("logs"), ensure_ascii=False)
        yield Worked(batch=batch, collector=collector, logs=logs, planted=(*planted, card.stem, secret))


def test_one_trace_leads_from_the_upload_to_the_depository(worked: Worked) -> None:
    spans = {each.id: each for each in worked.trace}
    root = next(each for each in spans.values() if not each.parent)
    below = {each.name: spans[each.parent].name for each in spans.values() if each.parent}
    assert root.name == "upload"
    assert below["receive"] == below["hand over"] == below["digitize"] == "upload"
    files = "/api/v1/intakes/{intake}/files"
    assert below[f"POST {files}"] == below[f"PATCH {files}/{{number}}"] == "upload"
    stages = [each for each in worked.trace if each.name.startswith("stage ")]
    assert [each.name.removeprefix("stage ") for each in stages] == [
        "inspect", "read", "understand", "assemble", "store", "publish",
    ]  # fmt: skip
    assert {below[each.name] for each in stages} == {below["copy"]} == {"digitize"}
    for one, next_one in pairwise(stages):
        assert one.ended <= next_one.began + 0.001
    assert {each.service for each in spans.values()} == {"sohoa"}
    assert not any(each.failed for each in spans.values())


def test_the_request_that_made_the_batch_is_linked_with_its_trace(worked: Worked) -> None:
    """Which intake it is for stands in its body, and is known only after it has begun."""
    made = next(each for each in worked.collector.spans if each.name == "POST /api/v1/batches")
    root = next(each for each in worked.trace if not each.parent)
    assert root.links == (made.trace,)
    later = [each for each in worked.collector.spans if each.name == "GET /api/v1/batches/{batch}"]
    assert len({each.trace for each in later}) == len(later), "requests on one connection have traces of their own"


def test_spans_count_questions_and_hold_none(worked: Worked) -> None:
    store = next(each for each in worked.trace if each.name == "stage store")
    assert int(store.attributes["sohoa.database.calls"]) > 0
    assert 0 < float(store.attributes["sohoa.database.seconds"]) <= store.ended - store.began
    assemble = next(each for each in worked.trace if each.name == "stage assemble")
    assert int(assemble.attributes["sohoa.store.calls"]) > 0
    assert not [raw for raw in worked.collector.raw if re.search(rb"SELECT|INSERT|UPDATE ", raw)]


def test_every_line_of_every_log_is_an_event(worked: Worked) -> None:
    """Only what Python itself prints at its very end is none."""
    web, worker = worked.logs["home-web.log"], worked.logs["task-worker.log"]
    events = [json.loads(line) for line in (web + worker).splitlines() if line.startswith("{")]
    assert {"time", "level", "logger", "event", "message"} <= set.intersection(*(set(each) for each in events))
    told = {each["event"] for each in events}
    assert told >= {"http.request", "batch.stage"}
    stages = [each for each in events if each["event"] == "batch.stage"]
    assert {each["batch"] for each in stages} == {worked.batch}
    assert {each["trace"] for each in stages} == {worked.trace[0].trace}
    requests = [each for each in events if each["event"] == "http.request"]
    assert len({each["request"] for each in requests}) == len(requests)


def test_nothing_of_the_paper_is_in_any_log_or_span(worked: Worked) -> None:
    kept = [*worked.logs.values(), *(raw.decode("utf-8", "replace") for raw in worked.collector.raw)]
    assert len(worked.logs) >= 3
    assert sum(map(len, kept)) > 10_000
    for value in worked.planted:
        written = {form for text in (value, quote(value)) for form in (text, json.dumps(text)[1:-1])}
        assert not [each[:200] for each in kept if any(form in each for form in written)], value


def register(home: Path) -> str:
    """Let a system hand files in, and return its secret."""
    with open_services(Settings(home=home), author=CLERK) as services:
        made = ApiClient(
            id=ClientId("mot-cua"),
            name="Hệ thống một cửa để thử",
            agencies=frozenset({AGENCY}),
            scopes=frozenset(ApiScope),
            created_at=services.clock.now(),
        )
        return add_client(made, with_secret=True, clients=services.clients, secret=new_secret)[1]


def write_card(folder: Path, *, seed: int) -> tuple[Path, tuple[str, ...]]:
    """Scan an invented card, and return what stands on it."""
    rng = np.random.default_rng(seed)
    paper = draw_identity_card(invent_case(rng, topic=Topic.BIRTH, today=dt.date(2026, 1, 31)), rng, dpi=200)
    file = folder / f"{paper.truth.fields[FieldName('full_name')]}.png"
    write_png(file, scan(paper.pages[0], rng, Scan(device=Device.COLOUR)), dpi=200)
    said = [str(paper.truth.fields[FieldName(name)]) for name in ("full_name", "personal_id", "address", "birth_date")]
    return file, tuple(said)
