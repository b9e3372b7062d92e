"""What whoever watches over the installation is told, and that it names no paper and no person."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.certificate_ends import CertificateEnds
from app.machine_door import machine_door
from app.setting_groups import SignerKind, SignerSettings
from app.shortage import Shortage
from app.system_report import Worker, Workforce
from app.watching_settings import WorkSettings
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.batch import ReceivedBatch, Stage, StageTime
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.domain.laws import Law
from pipeline.law_ports import LawResult
from tests.app.test_system_report import UNTIL, key_file
from tests.servers.certificates import Authority
from tests.servers.process import free_port
from tests.web.conftest import SignIn
from web.application import create_app
from web.office import Office

pytestmark = pytest.mark.enable_socket  # the Prefect server is asked: nobody listens where these offices look for it
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
        for place in ("machine_metrics", "readiness"):
            monkeypatch.setattr(f"app.{place}.short_of_room", lambda _, short=short: short)
        found = told(watcher)["sohoa_short"]
        assert {dict(labels)["what"] for labels in found} == {each.value for each in Shortage}
        assert found[(("what", "home"),)] == flag
        assert found[(("what", "memory"),)] == 0.0
        assert watcher.get("/ready").json()["short"] == [each.value for each in short]


def test_who_works_is_counted_by_lane(watcher: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(watcher)
    assert found["sohoa_prefect_up"][()] == 0.0
    assert found["sohoa_workers"] == {(("lane", "bulk"),): 0.0, (("lane", "counter"),): 0.0}
    workers = [
        Worker(name=name, lane=lane, is_online=is_online, seen_at=None)
        for name, lane, is_online in (("a", Lane.BULK, True), ("b", Lane.BULK, False), ("c", Lane.COUNTER, True))
    ]
    monkeypatch.setattr("web.pages.health.workforce", lambda _: Workforce(answers=True, workers=tuple(workers)))
    found = told(watcher)
    assert found["sohoa_prefect_up"][()] == 1.0
    assert found["sohoa_workers"] == {(("lane", "bulk"),): 1.0, (("lane", "counter"),): 1.0}


def test_the_age_of_backups_and_seals_is_told(office: Office, watcher: TestClient) -> None:
    services = office.services
    assert told(watcher)["sohoa_backup_age_seconds"][()] == 0.0  # nothing was ever done here
    services.trail.note([Deed(action=Action.EXPORTED, subject=Subject(SubjectKind.ARCHIVE, ""))])
    began = services.clock.now() - dt.timedelta(days=9)
    with services.records.engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(sa.text("UPDATE audit_entries SET at = :at WHERE number = 1"), {"at": f"{began:%F %T}"})
    found = told(watcher)
    for name in ("sohoa_trail_unsealed_seconds", "sohoa_backup_age_seconds"):  # none: the trail's own age counts
        assert found[name][()] == pytest.approx(9 * 86400, abs=60)

    environment = {**os.environ, "SOHOA_HOME": str(office.settings.home)}
    for words in (["backup", str(office.settings.home.parent / "backups")], ["audit", "seal"]):
        command = [sys.executable, "-m", "app.cli.main", *words]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    found = told(watcher)
    assert found["sohoa_backup_age_seconds"][()] < 300
    assert 0 <= found["sohoa_trail_unsealed_seconds"][()] < 86400 + 300


def test_the_first_certificate_to_run_out_is_told(office: Office, tmp_path: Path) -> None:
    pem, key = Authority("CA thử").issue("sohoa.example.vn").write(tmp_path, "server")  # good for a day
    p12, _ = key_file(tmp_path)  # until UNTIL
    (tmp_path / "secret").write_text("geheim", encoding="utf-8")
    signer = SignerSettings(kind=SignerKind.PKCS12, key_file=p12, secret_file=tmp_path / "secret")
    web = office.settings.web.model_copy(update={"tls_certificate": pem, "tls_key": key})
    settings = office.settings.model_copy(update={"web": web, "signers": {"ky": signer}})
    (family,) = CertificateEnds(settings, clock=office.services.clock).collect()
    left = {sample.labels["kind"]: sample.value for sample in family.samples}
    assert left["pages"] == pytest.approx(86400, abs=60)
    assert left["signer"] == pytest.approx((UNTIL - office.services.clock.now()).total_seconds(), abs=60)


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


def test_alerts_and_the_dashboard_ask_for_what_is_told(office: Office, watcher: TestClient) -> None:
    watcher.get("/health")
    port = free_port()
    work = office.services.settings.model_copy(update={"work": WorkSettings(port=port)})
    with machine_door(replace(office.services, settings=work), lambda: {"worker": True}):
        of_a_worker = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False).text
    kinds = [
        *text_string_to_metric_families(watcher.get("/metrics").text),
        *text_string_to_metric_families(of_a_worker),
    ]
    known = {f"{kind.name}{end}" for kind in kinds for end in ("", "_count", "_bucket", "_total")}
    known.add("sohoa_certificate_seconds_left")  # where there are certificates: above
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
