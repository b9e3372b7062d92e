"""`sohoa webhook` and `sohoa events`, as an administrator uses them, with a receiver on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.authors import system_at
from app.cli.main import main
from app.services import open_services
from app.settings import load_settings
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from storage.database import writing
from storage.recorded import append
from tests.servers.webhook_receiver import Receiver, webhook_receiver

pytestmark = pytest.mark.enable_socket
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as served:
        yield served


@pytest.fixture
def run(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `sohoa …` and gives exit code, stdout and stderr."""
    settings = {
        "HOME": str(tmp_path / "home"),
        "WEBHOOKS__HOSTS": "127.0.0.1",
        "WEBHOOKS__PLAIN": "127.0.0.1",
        "WEBHOOKS__NETWORKS": "127.0.0.0/8",
        "WEBHOOKS__PORTS": str(receiver.port),
        "WEBHOOKS__ATTEMPTS": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"SOHOA_{name}", value)

    def run_one(*words: str) -> tuple[int, str, str]:
        code = main(["--language", "en", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    assert run_one("client", "add", "cong-tinh", "--name", "Cổng tỉnh", "--scope", "events:read")[0] == 0
    return run_one


def told(run: Run, *words: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    return json.loads(run(*words, "--json")[1])


def happens(home: Path, *documents: str) -> None:
    with open_services(load_settings({"SOHOA_HOME": str(home)}).settings, author=system_at("test")) as services:
        deeds = [Deed(action=Action.COPY_ADDED, subject=Subject(SubjectKind.COPIES, each)) for each in documents]
        with writing(services.records.engine) as connection:
            append(connection, deeds, book=services.records.book)


def test_a_webhook_from_its_beginning_to_its_end(run: Run, receiver: Receiver, tmp_path: Path) -> None:
    code, secret, beside = run("webhook", "add", "--client", "cong-tinh", "--address", receiver.address)
    assert code == 0
    assert secret.strip().startswith("whsec_")  # alone on stdout, for a pipe
    assert "shown this once" in beside
    (webhook,) = told(run, "webhook")
    assert (webhook["address"], webhook["state"], webhook["waiting"]) == (receiver.address, "active", 0)
    id_ = webhook["id"]
    assert run("webhook", "test", id_)[0] == 0
    assert receiver.came[0].is_signed_by(secret.strip())

    happens(tmp_path / "home", "d-1", "d-2")
    events = told(run, "events")
    assert [each["document"] for each in events] == ["d-1", "d-2"]
    assert told(run, "events", "--after", str(events[0]["number"])) == events[1:]
    assert told(run, "events", "--kind", "result.revoked") == []
    receiver.answer = lambda came: 400 if came.event["document"] == "d-1" else 204
    assert run("events", "deliver")[0] == 1
    (dead,) = told(run, "events", "dead", id_)
    assert (dead["event"], dead["attempts"], dead["reason"]) == (events[0], 1, "webhook_refused")
    receiver.answer = lambda _: 204
    assert told(run, "events", "replay", id_, "--all-dead") == {"events": 1}
    assert told(run, "events", "deliver") == {"told": 1, "failed": 0, "dead": 0}
    assert told(run, "events", "replay", id_, "--from", events[0]["id"]) == {"events": 2}
    assert told(run, "events", "replay", id_, "--event", events[0]["id"]) == {"events": 0}  # it waits already
    assert told(run, "events", "deliver")["told"] == 2

    assert told(run, "webhook", "pause", id_)[0]["state"] == "paused"
    assert told(run, "webhook", "resume", id_)[0]["state"] == "active"
    assert told(run, "webhook", "change", id_, "--kind", "result.issued")[0]["kinds"] == ["result.issued"]
    (given,) = told(run, "webhook", "secret", id_)
    assert given["secret"] != secret.strip()
    run("webhook", "test", id_)
    assert receiver.came[-1].is_signed_by(secret.strip())
    assert receiver.came[-1].is_signed_by(given["secret"])
    assert run("webhook", "remove", id_)[0] == 0
    assert told(run, "webhook") == []


def test_a_receiver_that_does_not_answer_is_said_to(run: Run, receiver: Receiver) -> None:
    run("webhook", "add", "--client", "cong-tinh", "--address", receiver.address)
    (webhook,) = told(run, "webhook")
    receiver.answer = lambda _: 503
    code, _, beside = run("webhook", "test", webhook["id"])
    assert code == 1
    assert "busy" in beside
    assert "503" in beside


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("webhook", "add"), 2),
        (("webhook", "show"), 2),
        (("events", "dead"), 2),
        (("events", "replay", "x"), 2),
        (("webhook", "show", "x"), 3),
        (("events", "dead", "x"), 3),
        (("webhook", "add", "--client", "nobody", "--address", "https://a.vn/"), 3),
        (("webhook", "add", "--client", "cong-tinh", "--address", "https://a.vn/"), 3),
    ],
)
def test_wrong_use_and_what_is_not_there(run: Run, words: tuple[str, ...], code: int) -> None:
    assert run(*words)[0] == code
