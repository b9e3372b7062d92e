"""What can be asked of the interface, as values: one description serves the blocking and the awaiting client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from sohoa_client.core import Core
from sohoa_client.decoding import decode
from sohoa_client.problems import AnswerNotUnderstood
from sohoa_client.purposes import Purpose
from sohoa_client.steps import Answer, Conversation, Request

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Query = tuple[tuple[str, str], ...]
AnyPath = str | PathLike[str]
Day = str | dt.date
"""ISO 8601, where it is a text"""


class Operation(Protocol[T_co]):
    """Something that can be asked."""

    def conversation(self, core: Core, purpose: Purpose | None) -> Conversation[T_co]:
        """Return the conversation that asks it."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One request and its answer."""

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Query = ()
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: Any = None
    """sent as JSON"""
    makes: bool = False
    """something is made: a repeated request with the same Idempotency-Key makes it once"""
    key: str | None = None
    """Idempotency-Key; None: a new one for each call"""

    def conversation(self, core: Core, purpose: Purpose | None) -> Conversation[T]:
        """Ask, and read the answer."""
        headers = dict(self.headers)
        if self.makes:
            headers["Idempotency-Key"] = self.key or core.new_id()
        body = None
        if self.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(self.body, ensure_ascii=False).encode()
        request = Request(method=self.method, path=self.path, query=self.query, headers=headers, body=body)
        answer: Answer = yield from core.ask(request, purpose)
        return self.read(answer)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list."""

    items: tuple[T, ...]
    next: str | None
    """where the next part begins; None: this is the last one"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listing(Generic[T]):
    """A list that comes in parts."""

    path: str
    of: type[T]
    query: Query = ()
    after: str | None = None
    """where to begin"""

    def part(self, core: Core, purpose: Purpose | None, after: str | None) -> Conversation[Page[T]]:
        """Ask for the part behind `after`."""
        query = (*self.query, ("after", after)) if after else self.query
        request = Request(method="GET", path=self.path, query=query)
        answer: Answer = yield from core.ask(request, purpose)
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("items"), list):
            raise AnswerNotUnderstood(f"{self.path} gave no list")
        following = told.get("next")
        if following is not None and (not isinstance(following, str) or following == after):
            raise AnswerNotUnderstood(f"{self.path} names no place where its next part begins")
        return Page(items=tuple(decode(self.of, each) for each in told["items"]), next=following)


def one(of: type[T]) -> Callable[[Answer], T]:
    """Read an answer as one value."""
    return lambda answer: decode(of, answer.json())


def text(answer: Answer) -> str:
    """Read an answer as text.

    Raises:
        AnswerNotUnderstood
    """
    try:
        return answer.body.decode()
    except UnicodeDecodeError as error:
        raise AnswerNotUnderstood("the answer is not UTF-8") from error


def at(*segments: str | int) -> str:
    """Return the path of segments, whatever characters they have."""
    return "".join(f"/{quote(str(each), safe='')}" for each in segments)


def query(**named: str | int | bool | dt.date | tuple[str, ...] | None) -> Query:
    """Return the query of what is set; several values are parted by commas."""
    return tuple((name, _word(value)) for name, value in named.items() if value not in (None, ()))


def _word(value: Any) -> str:  # noqa: ANN401 - as `query` takes them
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
