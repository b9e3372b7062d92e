"""What whoever watches over the installation is told, and that it names no paper and no person."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.shortage import Shortage
from pipeline.domain.account import Role
from pipeline.domain.batch import ReceivedBatch, Stage, StageTime
from pipeline.domain.ids import BatchId
from pipeline.domain.laws import Law
from pipeline.law_ports import LawResult
from tests.web.conftest import SignIn
from web.application import create_app
from web.office import Office

DEPLOY = Path(__file__).parents[2] / "deploy"
_NAME = re.compile(r"\b(?:sohoa|process)_[a-z_]+\b")


@pytest.fixture
def watcher(office: Office) -> TestClient:
    return TestClient(create_app(office), client=("127.0.0.1", 40000), follow_redirects=False)


def told(watcher: TestClient) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return the samples by name and labels."""
    answer = watcher.get("/metrics")
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_requests_are_counted_by_the_form_of_their_address(watcher: TestClient) -> None:
    watcher.get("/documents/d-0123456789abcdef01234567")
    watcher.get("/api/v1/documents/d-0123456789abcdef01234567")
    watcher.get("/nguyen-van-a/001199000012")
    counts = told(watcher)["sohoa_http_request_seconds_count"]
    routes = {dict(labels)["route"]: dict(labels)["status"] for labels in counts}
    assert routes == {"/documents/{document}": "303", "/api/v1/documents/{document}": "401", "–": "404"}
    assert "0123456789abcdef" not in watcher.get("/metrics").text
    assert "nguyen" not in watcher.get("/metrics").text


def test_what_is_left_to_do_is_counted(office: Office, watcher: TestClient) -> None:
    with office.services.records.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO batches (id, created_at, state) VALUES ('b-1', '2026-01-01 00:00:00', 'received')")
        )
    found = told(watcher)
    assert found["sohoa_batches"] == {(("state", "received"),): 1.0}
    assert found["sohoa_batch_oldest_seconds"][()] > 300 * 86400
    assert found["sohoa_dead_letters"][()] == 0.0
    assert found["sohoa_unsound_objects"] == {(("store", "store"),): 0.0, (("store", "mirror"),): 0.0}
    assert {dict(labels)["folder"] for labels in found["sohoa_free_bytes"]} >= {"home", "archive"}


def test_laws_that_do_not_hold_are_counted(office: Office, watcher: TestClient) -> None:
    services = office.services
    assert told(watcher).get("sohoa_broken_laws", {}) == {}
    services.laws.log.note([LawResult(law=Law.PAGES, looked_at=9, broken=2)], at=services.clock.now())
    assert told(watcher)["sohoa_broken_laws"] == {(("law", "pages"),): 2.0}


def test_what_stages_took_is_summed_over_all_batches(office: Office, watcher: TestClient) -> None:
    services = office.services
    for number, seconds in enumerate((1.5, 2.5)):
        batch = BatchId(f"b-{number}")
        services.batches.open(ReceivedBatch(id=batch, created_at=services.clock.now(), sources=()))
        services.stage_times.add(batch, [StageTime(Stage.READ, seconds, 10)])
    found = told(watcher)
    assert found["sohoa_stage_seconds_total"] == {(("stage", "read"),): 4.0}
    assert found["sohoa_stage_units_total"] == {(("stage", "read"),): 20.0}


def test_what_the_machine_is_short_of_is_told(watcher: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for short, flag in (((), 0.0), ((Shortage.HOME,), 1.0)):
        monkeypatch.setattr("web.pages.health.short_of_room", lambda _, short=short: short)
        found = told(watcher)["sohoa_short"]
        assert {dict(labels)["what"] for labels in found} == {each.value for each in Shortage}
        assert found[(("what", "home"),)] == flag
        assert found[(("what", "memory"),)] == 0.0
        assert watcher.get("/ready").json()["short"] == [each.value for each in short]


def test_only_those_may_watch_who_are_named(office: Office, sign_in: SignIn) -> None:
    stranger = TestClient(create_app(office), client=("192.0.2.7", 40000))
    assert stranger.get("/metrics").status_code == 404
    assert sign_in(Role.ADMINISTRATOR).browser.get("/metrics").status_code == 404


def test_readiness_says_what_cannot_be_reached(office: Office, watcher: TestClient) -> None:
    ready = watcher.get("/ready").json()
    assert ready == {"ready": True, "records": "ok", "objects": "ok", "short": ready["short"]}
    database = office.settings.home / "sohoa.db"
    office.services.records.engine.dispose()
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    answer = watcher.get("/ready")
    assert answer.status_code == 503
    refused = answer.json()
    assert refused == {"ready": False, "records": "records.unavailable", "objects": "ok", "short": refused["short"]}
    assert watcher.get("/health").text == "ok"


def test_alerts_and_the_dashboard_ask_for_what_is_told(watcher: TestClient) -> None:
    watcher.get("/health")
    kinds = text_string_to_metric_families(watcher.get("/metrics").text)
    known = {f"{kind.name}{end}" for kind in kinds for end in ("", "_count", "_bucket", "_total")}
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "grafana" / "sohoa.json").read_text(encoding="utf-8"))
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = {name for expression in asked for name in _NAME.findall(expression)}
    assert len(names) >= 10
    assert names <= known
    assert {rule["alert"] for group in rules["groups"] for rule in group["rules"]} <= set(
        re.findall(
            r"`(Sohoa[A-Za-z]+)`", (DEPLOY.parent / "docs" / "how-to" / "watch-over-it.md").read_text(encoding="utf-8")
        )
    )
