"""The other side of a client's conversations: it gives the answers that a test names, and writes down what was asked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import TypeVar

from sohoa_client.core import Core, Credentials
from sohoa_client.retrying import Retry
from sohoa_client.steps import Alone, Answer, Conversation, Lost, Request, Step, Wait

T = TypeVar("T")
NOW = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)


class Talk:
    """Has conversations; `outcomes` are what requests come back with, in order."""

    def __init__(self, *outcomes: Answer | Lost | bytes) -> None:
        self._outcomes: Iterator[Answer | Lost | bytes] = iter(outcomes)
        self.asked: list[Request] = []
        self.waited: list[float] = []

    def have(self, conversation: Conversation[T]) -> T:
        came: object = None
        while True:
            try:
                step = conversation.send(came)
            except StopIteration as end:
                result: T = end.value
                return result
            came = self.take(step)

    def take(self, step: Step) -> object:
        """Do what a conversation wants done."""
        if isinstance(step, Request):
            self.asked.append(step)
            return _into(step, next(self._outcomes))
        if isinstance(step, Wait):
            self.waited.append(step.seconds)
            return None
        return self.have(step.conversation) if isinstance(step, Alone) else step.do()


def _into(request: Request, outcome: Answer | Lost | bytes) -> Answer | Lost:
    """Give an answer's body to the sink of the request, if it takes it, as the clients do."""
    if isinstance(outcome, bytes):
        outcome = Answer(status=200, headers={}, body=outcome)
    if isinstance(outcome, Lost) or request.sink is None or not request.sink.begin(outcome):
        return outcome
    for at in range(0, len(outcome.body), 7):
        request.sink.write(outcome.body[at : at + 7])
    return Answer(status=outcome.status, headers=outcome.headers, cut=outcome.cut)


def told(values: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer of JSON; underscores in names of headers are dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=json.dumps(values).encode())


def problem(code: str, status: int, kind: str = "", **headers: str) -> Answer:
    """Return problem details."""
    values: Mapping[str, object] = {
        "code": code,
        "kind": kind,
        "status": status,
        "title": "t",
        "detail": f"about {code}",
    }
    return told(values, status, **headers)


TOKEN = told({"access_token": "one", "token_type": "Bearer", "expires_in": 600})
OTHER_TOKEN = told({"access_token": "two", "token_type": "Bearer", "expires_in": 600})


class Seconds:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def core(*, seconds: Seconds | None = None, retry: Retry | None = None, token: str | None = None) -> Core:
    """Return what a client knows; without a token it gets its own."""
    numbers = iter(range(1000))
    return Core(
        credentials=None if token else Credentials(client_id="mot-cua", client_secret="mật khẩu:1"),
        token=token,
        language="vi",
        retry=retry or Retry(),
        seconds=seconds or Seconds(),
        chance=lambda: 1.0,
        now=lambda: NOW,
        new_id=lambda: f"id-{next(numbers)}",
    )
