"""What a conversation with the interface is made of, without any input or output.

A conversation is a generator: it yields what it wants done next and is sent what came of it. `Sohoa` does what it wants by
blocking, `AsyncSohoa` by awaiting; everything that has to be decided is decided in conversations, once for both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from sohoa_client.problems import AnswerNotUnderstood

T = TypeVar("T")


class Sink(Protocol):
    """Takes the body of an answer piece by piece."""

    def begin(self, head: Head) -> bool:
        """Say whether the body that follows `head` belongs here; else it is read as that of any answer."""
        ...

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        ...


@dataclass(frozen=True, kw_only=True)
class Head:
    """Status and headers of an answer."""

    status: int
    headers: Mapping[str, str]
    """names in lower case"""

    @property
    def is_success(self) -> bool:
        """Whether what was asked for was done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that is to be sent."""

    method: str
    path: str
    """behind the interface's address, beginning with `/`; or a whole address"""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    sink: Sink | None = None
    is_harmless: bool = False
    """nothing is changed by it, whatever its method"""

    @property
    def may_be_repeated(self) -> bool:
        """Whether sending it twice does what sending it once does (RFC 9110 section 9.2.2)."""
        known_again = bool(_REPEATABLE & {each.lower() for each in self.headers})
        return self.is_harmless or self.method in _IDEMPOTENT or known_again


_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_REPEATABLE = frozenset({"idempotency-key", "upload-offset"})
"""headers by which the server knows a request that it has seen"""


@dataclass(frozen=True, kw_only=True)
class Answer(Head):
    """An answer; its body is empty where a sink took it."""

    body: bytes = b""
    cut: str | None = None
    """why the connection broke before the body ended"""

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Return the body as values.

        Raises:
            AnswerNotUnderstood
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise AnswerNotUnderstood(f"the answer with status {self.status} is not JSON") from error


@dataclass(frozen=True, kw_only=True)
class Lost:
    """No answer came."""

    reason: str
    sent: bool
    """whether the request may have arrived"""


@dataclass(frozen=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True)
class Work:
    """Do something that blocks, such as reading a file."""

    do: Callable[[], Any]


@dataclass(frozen=True)
class Alone:
    """Have a conversation while nobody else has one with this client that has to be alone."""

    conversation: Conversation[Any]


Step = Request | Wait | Work | Alone
Conversation = Generator[Step, Any, T]


def send(request: Request) -> Conversation[Answer | Lost]:
    """Send a request."""
    answer: Answer | Lost = yield request
    return answer


def wait(seconds: float) -> Conversation[None]:
    """Let time pass."""
    yield Wait(seconds)


def work(do: Callable[[], T]) -> Conversation[T]:
    """Do something that blocks."""
    done: T = yield Work(do)
    return done


def alone(conversation: Conversation[T]) -> Conversation[T]:
    """Have a conversation alone."""
    result: T = yield Alone(conversation)
    return result
