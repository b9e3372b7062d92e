"""Telling all the time, in a process of many threads: one slow receiver holds up no other, and what fails is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.webhooks import delivering
from app.webhooks.delivering import EventDeliverer, deliver_due
from pipeline.domain.errors import RecordsUnavailable
from pipeline.domain.webhook import SendAnswer, SendFault, Webhook, fault_of
from pipeline.usecases.deliver_events import Delivered, DeliveryPolicy, DeliveryServices
from pipeline.usecases.keep_webhooks import add_webhook, change_webhook
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.telling import PORTAL, MemoryReceiver, happens, keeping

SLOW, QUICK = "https://slow.example.vn/", "https://quick.example.vn/"


class Receivers(MemoryReceiver):
    """Two receivers, one of which does not answer until it is let go."""

    def __init__(self) -> None:
        super().__init__(SetClock())
        self.let_go = threading.Event()
        self.quick = threading.Semaphore(0)

    def send(self, address: str, body: bytes, headers: Mapping[str, str]) -> SendAnswer:
        """Take a message at once, or when the slow one is let go."""
        if address == SLOW:
            self.let_go.wait(30)
            return SendAnswer(status=None, milliseconds=30_000, fault=SendFault.TIMEOUT)
        self.quick.release()
        return SendAnswer(status=200, milliseconds=1, fault=fault_of(200))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    opened.clients.add(PORTAL)
    yield opened
    opened.close()


@pytest.fixture
def receivers() -> Receivers:
    return Receivers()


@pytest.fixture
def services(records: Records, receivers: Receivers) -> DeliveryServices:
    return keeping(records, receivers, SystemClock()).delivery


@pytest.fixture
def webhooks(records: Records, receivers: Receivers) -> list[Webhook]:
    keeping_them = keeping(records, receivers, SystemClock())
    return [add_webhook(PORTAL, each, services=keeping_them)[0] for each in (SLOW, QUICK)]


def test_a_slow_receiver_holds_up_no_other(
    records: Records, receivers: Receivers, services: DeliveryServices, webhooks: list[Webhook]
) -> None:
    assert len(webhooks) == 2
    with EventDeliverer(services, DeliveryPolicy(), log_days=30):
        for round_ in range(3):
            happens(records, *(f"d-{round_}-{each}" for each in range(5)))
            for _ in range(5):  # while the slow one keeps its first for half a minute
                assert receivers.quick.acquire(timeout=25)
        receivers.let_go.set()
    quick = records.webhooks.deliveries.attempts(webhooks[1].id, limit=100)
    assert [each.status for _, each in quick] == [200] * 15


@pytest.mark.usefixtures("webhooks")
def test_it_goes_on_when_the_records_answer_again(
    records: Records,
    receivers: Receivers,
    services: DeliveryServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receivers.let_go.set()
    monkeypatch.setattr(delivering, "_AFTER_FAILURE_SECONDS", 0.1)
    every, failures = services.books.webhooks.every, iter(range(2))

    def now_and_then() -> object:
        if next(failures, None) is not None:
            raise RecordsUnavailable(database="sohoa.db", reason="gone")
        return every()

    monkeypatch.setattr(services.books.webhooks, "every", now_and_then)
    with EventDeliverer(services, DeliveryPolicy(), log_days=30):
        happens(records, "d-1")
        assert receivers.quick.acquire(timeout=10)
    assert sum("could not be looked into" in each.message for each in caplog.records) == 2


def test_once_through_what_is_due(
    records: Records, receivers: Receivers, services: DeliveryServices, webhooks: list[Webhook]
) -> None:
    slow, _ = webhooks
    change_webhook(slow, PORTAL, address=QUICK, services=keeping(records, receivers, SystemClock()))
    happens(records, *(f"d-{each}" for each in range(9)), "d-1")
    assert deliver_due(services, DeliveryPolicy(), stopped=lambda: False) == Delivered(told=20)
    assert deliver_due(services, DeliveryPolicy(), stopped=lambda: False) == Delivered()
