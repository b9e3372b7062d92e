"""Messages over real connections: receivers that are slow, huge, broken or elsewhere; and none that may not be reached."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.webhook_settings import WebhookSettings
from app.webhooks.destinations import Resolve
from app.webhooks.sender import HttpEventSender
from pipeline.domain.webhook import SendAnswer, SendFault
from pipeline.domain.webhook_errors import WebhookAddressRefused
from tests.servers.process import free_port
from tests.servers.webhook_receiver import Receiver, ReceiverFault, make_certificate, webhook_receiver

pytestmark = pytest.mark.enable_socket
NAME = "events.example.vn"
LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as served:
        yield served


def always(*found: str) -> Resolve:
    def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return found

    return resolve


def sender(port: int, *, resolve: Resolve | None = None, **settings: object) -> HttpEventSender:
    chosen = {"hosts": ("*",), "plain": ("*",), "networks": LOOPBACK, "ports": (port,), "seconds": 20.0, **settings}
    return HttpEventSender(WebhookSettings.model_validate(chosen), resolve=resolve or always("127.0.0.1"))


def send(receiver: Receiver, *, resolve: Resolve | None = None, **settings: object) -> SendAnswer:
    by = sender(receiver.port, resolve=resolve, **settings)
    return by.send(f"http://{NAME}:{receiver.port}/hook?a=1", b'{"a":1}', {"webhook-id": "e-1"})


def test_a_message_arrives_as_it_is(receiver: Receiver) -> None:
    answer = send(receiver)
    assert (answer.status, answer.fault) == (204, None)
    (came,) = receiver.came
    assert (came.path, came.body, came.id) == ("/hook?a=1", b'{"a":1}', "e-1")
    assert came.headers["host"] == f"{NAME}:{receiver.port}"
    assert came.headers["content-type"] == "application/json"
    assert "cookie" not in came.headers
    assert "authorization" not in came.headers


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (200, None),
        (400, SendFault.REFUSED),
        (410, SendFault.GONE),
        (500, SendFault.FAILED),
        (503, SendFault.BUSY),
        (ReceiverFault.HANGS, SendFault.TIMEOUT),
        (ReceiverFault.DRIPS, SendFault.TIMEOUT),
        (ReceiverFault.HANGS_UP, SendFault.BROKEN),
        (ReceiverFault.GARBLED, SendFault.BROKEN),
        (ReceiverFault.HUGE, None),
        (ReceiverFault.HUGE_HEAD, SendFault.BROKEN),
        (ReceiverFault.LOST_ANSWER, SendFault.BROKEN),
    ],
)
def test_what_receivers_do_wrong_ends_in_time(
    receiver: Receiver, given: int | ReceiverFault, fault: SendFault | None
) -> None:
    receiver.answer = lambda _: given
    receiver.seconds = 60
    by = sender(receiver.port, seconds=1.0 if fault is SendFault.TIMEOUT else 30.0)
    started = time.monotonic()
    answer = by.send(f"http://{NAME}:{receiver.port}/hook", b"{}", {"webhook-id": "e-1"})
    took = time.monotonic() - started
    assert answer.fault is fault
    assert took < 20
    assert answer.milliseconds <= took * 1000 + 1
    assert len(receiver.came) == 1  # nothing is sent a second time by itself


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _: ReceiverFault.REDIRECT
    assert send(receiver).fault is SendFault.REDIRECT
    assert [each.path for each in receiver.came] == ["/hook?a=1"]


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)])
def test_a_receiver_says_how_long_to_wait(receiver: Receiver, said: str, seconds: int | None) -> None:
    receiver.answer, receiver.headers = (lambda _: 429), {"Retry-After": said}
    asked = send(receiver).retry_after
    assert (asked and asked.total_seconds()) == seconds


def test_a_name_that_leads_elsewhere_a_moment_later_leads_nowhere(receiver: Receiver) -> None:
    """DNS rebinding: a public address for whoever looks first, this machine's own for whoever connects."""
    answers = itertools.chain([["93.184.215.14"]], itertools.repeat(["127.0.0.1"]))
    rebinding = sender(receiver.port, resolve=lambda _, __: next(answers), networks=())
    address = f"http://{NAME}:{receiver.port}/hook"
    rebinding.refuse(address)  # the first look finds nothing wrong
    assert rebinding.send(address, b"{}", {}).fault is SendFault.INNER
    assert receiver.came == []


def test_what_is_connected_to_is_what_was_judged(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up once a message, by us: nothing below looks again."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        del port
        asked.append(host)
        return ["127.0.0.1"]

    def no_look(host: str, *_: object, **__: object) -> list[object]:
        if host == "127.0.0.1":  # an address is not looked up anywhere
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
        raise AssertionError(f"{host} was looked up a second time")

    monkeypatch.setattr(socket, "getaddrinfo", no_look)
    assert send(receiver, resolve=resolve).fault is None
    assert asked == [NAME]


@pytest.mark.parametrize("inner", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "0.0.0.0"])
def test_inner_addresses_are_not_connected_to(receiver: Receiver, inner: str) -> None:
    assert send(receiver, resolve=always(inner), networks=()).fault is SendFault.INNER
    assert send(receiver, resolve=always("93.184.215.14", inner), networks=()).fault is SendFault.INNER
    assert receiver.came == []


def test_settings_that_changed_count_for_what_was_allowed_before(receiver: Receiver) -> None:
    assert send(receiver, hosts=("other.example.vn",)).fault is SendFault.HOST
    assert send(receiver, ports=(443,)).fault is SendFault.PORT
    assert send(receiver, plain=()).fault is SendFault.HTTPS
    assert receiver.came == []


def test_an_address_that_does_not_answer_leaves_time_for_the_next(receiver: Receiver) -> None:
    # nobody listens at 127.0.0.2 on this port: the receiver has 127.0.0.1 only
    assert send(receiver, resolve=always("127.0.0.2", "127.0.0.1")).fault is None


def test_nobody_there() -> None:
    port = free_port()
    answer = sender(port).send(f"http://{NAME}:{port}/", b"{}", {})
    assert (answer.status, answer.fault) == (None, SendFault.UNREACHABLE)

    def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port}")

    assert sender(port, resolve=nowhere).send(f"http://{NAME}:{port}/", b"{}", {}).fault is SendFault.NAME
    with pytest.raises(WebhookAddressRefused) as raised:
        sender(port, resolve=nowhere).refuse(f"http://{NAME}:{port}/")
    assert raised.value.details["problem"] == SendFault.NAME


# --- TLS -------------------------------------------------------------------------------------------------------------------


def test_tls_is_spoken_with_the_name_although_an_address_is_connected_to(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, NAME)
    with webhook_receiver(certificate=certificate) as served:
        trusting = sender(served.port, certificates=certificate, plain=())
        assert trusting.send(f"https://{NAME}:{served.port}/hook", b"{}", {}).fault is None
        # the same machine under another name is somebody else
        assert trusting.send(f"https://other.example.vn:{served.port}/", b"{}", {}).fault is SendFault.TLS
        assert len(served.came) == 1


@pytest.mark.parametrize("expired", [False, True])
def test_receivers_that_nobody_vouches_for_get_nothing(tmp_path: Path, *, expired: bool) -> None:
    certificate = make_certificate(tmp_path, NAME, expired=expired)
    with webhook_receiver(certificate=certificate) as served:
        by = sender(served.port, plain=(), certificates=certificate if expired else None)
        assert by.send(f"https://{NAME}:{served.port}/hook", b"{}", {}).fault is SendFault.TLS
        assert served.came == []


def test_plain_http_where_tls_is_wanted_is_no_answer(receiver: Receiver) -> None:
    by = sender(receiver.port, plain=())
    assert by.send(f"https://{NAME}:{receiver.port}/hook", b"{}", {}).fault in {SendFault.TLS, SendFault.UNREACHABLE}
    assert receiver.came == []
