"""Events and webhooks of the interface: what clients hear of, how webhooks are kept, what belongs to somebody else."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import load_settings
from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind
from pipeline.domain.client import ApiScope
from pipeline.domain.event import Attempt, EventNumber
from storage.database import writing
from storage.recorded import append
from tests.servers.webhook_receiver import Receiver, webhook_receiver
from tests.web.api.conftest import Api
from web.application import create_app
from web.main import open_office

pytestmark = pytest.mark.enable_socket
HOST = "events.example.vn"
MISSING = "01a204d3-0dd0-79b2-8898-b2a549d67f4c"


def happens(api: Api, *documents: str) -> list[int]:
    """Let copies of papers of the installation's own get a further version, as far as trail and outbox know."""
    records = api.office.services.records
    before = records.trail.last().number
    deeds = [Deed(action=Action.COPY_ADDED, subject=Subject(SubjectKind.COPIES, each)) for each in documents]
    with writing(records.engine) as connection:
        append(connection, deeds, book=records.book)
    return list(range(before + 1, before + 1 + len(deeds)))


# --- events ----------------------------------------------------------------------------------------------------------------


def test_events_are_read_in_order_and_none_twice(api: Api) -> None:
    mine = api.client(ApiScope.EVENTS_READ)
    numbers = happens(api, "d-1", "d-2", "d-1")
    first = mine.get("/events?limit=2").json()
    assert [each["number"] for each in first["items"]] == numbers[:2]
    assert first["items"][0] == {
        "id": f"e-{numbers[0]}",
        "number": numbers[0],
        "kind": "copy.added",
        "at": first["items"][0]["at"],
        "document": "d-1",
        "agency": "",
        "details": {},
    }
    assert dt.datetime.fromisoformat(first["items"][0]["at"]).tzinfo == dt.UTC
    then = mine.get(f"/events?after={first['last']}").json()
    assert [each["number"] for each in then["items"]] == numbers[2:]
    assert mine.get(f"/events?after={then['last']}").json() == {"items": [], "last": then["last"]}
    assert mine.get("/events?kind=result.revoked").json()["items"] == []
    assert len(mine.get("/events?kind=copy.added&kind=result.revoked").json()["items"]) == 3


def test_other_agencies_papers_are_not_heard_of(api: Api) -> None:
    happens(api, "d-1")
    other = api.client(ApiScope.EVENTS_READ, agencies=frozenset({"H99"}))
    answer = other.get("/events").json()
    assert answer["items"] == []
    assert answer["last"] > 0  # it goes on behind what is not for it


def test_whoever_waits_hears_at_once(api: Api) -> None:
    mine = api.client(ApiScope.EVENTS_READ)
    last = mine.get("/events").json()["last"]
    timer = threading.Timer(0.7, happens, (api, "d-1"))
    started = time.monotonic()
    timer.start()
    heard = mine.get(f"/events?after={last}&wait=20").json()
    timer.join()
    assert [each["document"] for each in heard["items"]] == ["d-1"]
    assert 0.5 < time.monotonic() - started < 15  # not at the end of what it would wait
    started = time.monotonic()
    assert mine.get(f"/events?after={heard['last']}&wait=1").json()["items"] == []
    assert time.monotonic() - started > 0.9


@pytest.mark.parametrize(
    "query", ["after=-1", "after=99999999999999999999", "after=x", "wait=21", "kind=none", "limit=0"]
)
def test_wrong_questions_are_refused(api: Api, query: str) -> None:
    answer = api.client(ApiScope.EVENTS_READ).get(f"/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "api.request_refused")


def test_scopes_are_needed(api: Api) -> None:
    without = api.client(ApiScope.DOCUMENTS_READ)
    assert without.get("/events").status_code == 403
    assert without.get("/webhooks").status_code == 403
    assert api.client(ApiScope.EVENTS_READ).post("/webhooks", json={"address": "https://a.vn/"}).status_code == 403


# --- webhooks --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as served:
        yield served


@pytest.fixture
def sending(tmp_path: Path, empty_home: Path, receiver: Receiver) -> Iterator[Api]:
    """Open the interface of an office that may send to the receiver."""
    environment = {
        "SOHOA_HOME": str(empty_home.parent / f"sending-{tmp_path.name}"),
        "SOHOA_WEBHOOKS__HOSTS": f"127.0.0.1 {HOST}",
        "SOHOA_WEBHOOKS__PLAIN": "127.0.0.1",
        "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
        "SOHOA_WEBHOOKS__PORTS": f"443 {receiver.port}",
        "SOHOA_WEBHOOKS__SECONDS": "2",
    }
    with (
        open_office(load_settings(environment), with_prefect=False) as office,
        TestClient(create_app(office), base_url="http://testserver", follow_redirects=False) as browser,
    ):
        yield Api(office, browser)


def make(api: Api, receiver: Receiver, **given: object) -> tuple[Any, dict[str, Any], str]:
    """Return a client, a webhook of it, and its secret."""
    mine = api.client(ApiScope.WEBHOOKS_WRITE, ApiScope.EVENTS_READ)
    made = mine.post("/webhooks", json={"address": receiver.address, **given})
    assert made.status_code == 201, made.text
    webhook = made.json()
    assert made.headers["location"] == f"/api/v1/webhooks/{webhook['id']}"
    assert "secret" not in made.text  # kept for a repeated request, where no secret belongs
    secrets = mine.get(f"/webhooks/{webhook['id']}/secrets")
    assert secrets.headers["cache-control"] == "no-store"
    return mine, webhook, secrets.json()["items"][0]["secret"]


def test_what_happens_arrives_signed(sending: Api, receiver: Receiver) -> None:
    _, webhook, secret = make(sending, receiver)
    (number,) = happens(sending, "d-1")
    receiver.wait_for(1, seconds=60)
    (came,) = receiver.taken
    assert came.is_signed_by(secret)
    assert not came.is_signed_by("whsec_" + "A" * 43 + "=")
    assert came.event["id"] == came.id == f"e-{number}"
    assert webhook["state"] == "active"


def test_a_webhook_is_tried_changed_paused_and_removed(sending: Api, receiver: Receiver) -> None:
    mine, webhook, secret = make(sending, receiver, kinds=["result.revoked"])
    path = f"/webhooks/{webhook['id']}"
    assert mine.post(f"{path}/test").json() == {
        "status": 204,
        "milliseconds": pytest.approx(0, abs=2000),
        "fault": None,
    }
    assert receiver.came[0].is_signed_by(secret)
    (attempt,) = mine.get(f"{path}/attempts").json()["items"]
    assert (attempt["event"], attempt["status"], attempt["fault"]) == (None, 204, None)
    changed = mine.request("PATCH", path, json={"version": 1, "state": "paused", "kinds": []}).json()
    assert (changed["state"], changed["kinds"], changed["version"]) == ("paused", [], 3)
    stale = mine.request("PATCH", path, json={"version": 1, "state": "active"})
    assert (stale.status_code, stale.json()["code"]) == (409, "record.changed")
    happens(sending, "d-1")
    assert mine.get(path).json()["waiting"] == 1
    assert mine.get("/webhooks").json()["items"] == [mine.get(path).json()]
    assert mine.post(f"{path}/secrets", json={}).status_code == 201
    assert [each["expires_at"] is None for each in mine.get(f"{path}/secrets").json()["items"]] == [True, False]
    assert mine.delete(path).status_code == 204
    assert mine.get(path).status_code == 404
    assert mine.get("/webhooks").json()["items"] == []


def until_written_down(mine: Any, path: str) -> None:  # noqa: ANN401 - as `make` gives it
    """Wait until it is kept that what arrived has arrived."""
    until = time.monotonic() + 60
    while mine.get(path).json()["waiting"]:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_dead_letters_are_listed_and_sent_again(sending: Api, receiver: Receiver) -> None:
    mine, webhook, _ = make(sending, receiver)
    path = f"/webhooks/{webhook['id']}"
    services = sending.office.services
    numbers = happens(sending, "d-1", "d-2")
    receiver.wait_for(2)
    until_written_down(mine, path)
    assert mine.post(f"{path}/replay", json={"first": numbers[0], "last": numbers[0]}).json() == {"events": 1}
    receiver.wait_for(3)
    until_written_down(mine, path)
    assert receiver.numbers[2] == numbers[0]
    receiver.answer = lambda _: 400
    assert mine.post(f"{path}/replay", json={"first": numbers[0]}).json() == {"events": 2}
    given_up = Attempt(event=EventNumber(numbers[0]), at=services.clock.now(), reason="webhook_refused")
    services.events.set_aside(webhook["id"], given_up)
    (letter,) = mine.get(f"{path}/dead-letters").json()["items"]
    assert (letter["event"]["number"], letter["fault"]) == (numbers[0], "webhook_refused")
    receiver.answer = lambda _: 200
    assert mine.post(f"{path}/replay", json={"dead": True}).json() == {"events": 1}
    receiver.wait_for(4)
    for wrong in ({}, {"dead": True, "first": 1}, {"dead": True, "last": 1}, {"first": 0}):
        assert mine.post(f"{path}/replay", json=wrong).status_code == 400


def test_another_clients_webhook_is_as_one_that_never_was(sending: Api, receiver: Receiver) -> None:
    _, webhook, _ = make(sending, receiver)
    other = sending.client(ApiScope.WEBHOOKS_WRITE)
    path = f"/webhooks/{webhook['id']}"
    calls = [
        ("GET", path, None),
        ("PATCH", path, {"version": 1}),
        ("DELETE", path, None),
        ("GET", f"{path}/secrets", None),
        ("POST", f"{path}/secrets", {}),
        ("POST", f"{path}/test", None),
        ("GET", f"{path}/attempts", None),
        ("GET", f"{path}/dead-letters", None),
        ("POST", f"{path}/replay", {"dead": True}),
    ]
    for method, place, body in calls:
        theirs = other.request(method, place, json=body)
        never = other.request(method, place.replace(webhook["id"], MISSING), json=body)
        assert theirs.status_code == never.status_code == 404, place
        assert theirs.json()["code"] == never.json()["code"] == "record.not_found"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"address": "http://events.example.vn/"}, "webhook.address_refused"),
        ({"address": "https://elsewhere.example.vn/"}, "webhook.address_refused"),
        ({"address": "https://lan:secret@events.example.vn/"}, "webhook.address_refused"),
        ({"address": "https://events.example.vn:22/"}, "webhook.address_refused"),
        ({"address": "https://127.0.0.1/", "agencies": ["H99"]}, "webhook.beyond_client"),
        ({"address": "ftp://events.example.vn/"}, "api.request_refused"),
        ({"address": "https://127.0.0.1/", "kinds": ["none"]}, "api.request_refused"),
        ({"address": "https://127.0.0.1/", "secret": "mine"}, "api.request_refused"),
        ({}, "api.request_refused"),
    ],
)
def test_webhooks_that_may_not_be(sending: Api, given: dict[str, object], code: str) -> None:
    answer = sending.client(ApiScope.WEBHOOKS_WRITE).post("/webhooks", json=given)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_that_secrets_were_shown_stands_in_the_trail(sending: Api, receiver: Receiver) -> None:
    mine, webhook, secret = make(sending, receiver)
    entries = [each for each in sending.office.services.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    (read,) = (each for each in entries if each.deed.action is Action.READ)
    assert read.deed.subject == Subject(SubjectKind.WEBHOOK, webhook["id"])
    assert read.author.name == mine.client.id
    database = (sending.office.settings.home / "sohoa.db").read_bytes()
    assert secret.encode() not in database
