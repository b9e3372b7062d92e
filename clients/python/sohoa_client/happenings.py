"""What the interface answers about events and webhooks, typed; see `answers`."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sohoa_client.core import Core
from sohoa_client.decoding import decode
from sohoa_client.operations import Listing, Page
from sohoa_client.problems import AnswerNotUnderstood
from sohoa_client.purposes import Purpose
from sohoa_client.steps import Answer, Conversation, Request


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a paper; it may be told more than once, always under the same id."""

    id: str
    number: int = 0
    """grows with time; events of one paper are put in order by it. 0: a test message"""
    kind: str
    """such as `document.completed`; `ping`: a test message, which tells of nothing"""
    at: dt.datetime
    document: str = ""
    agency: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Where this client is told of what happens, and how far that has come."""

    id: str
    address: str
    agencies: tuple[str, ...]
    kinds: tuple[str, ...]
    state: str
    reason: str | None
    created_at: dt.datetime
    version: int
    waiting: int
    dead: int
    failures: int
    rests_until: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class WebhookSecret:
    """What messages are signed with."""

    secret: str = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class WebhookSecrets:
    """The secrets in force, newest first: messages carry a signature by each."""

    items: tuple[WebhookSecret, ...]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came of a test message."""

    status: int | None
    milliseconds: int
    fault: str | None


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How much is sent again."""

    events: int


@dataclass(frozen=True, kw_only=True)
class Events(Listing[Event]):
    """Events behind a number, in order."""

    path: str = "/events"
    of: type[Event] = Event
    follow: bool = False
    """go on when there is nothing more, and wait for what happens"""

    def part(self, core: Core, purpose: Purpose | None, after: str | None) -> Conversation[Page[Event]]:
        """Ask for the events behind a number."""
        request = Request(method="GET", path=self.path, query=(*self.query, ("after", after or "0")))
        answer: Answer = yield from core.ask(request, purpose)
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("items"), list) or type(told.get("last")) is not int:
            raise AnswerNotUnderstood(f"{self.path} gave no events")
        items = tuple(decode(self.of, each) for each in told["items"])
        return Page(items=items, next=str(told["last"]) if items or self.follow else None)


def following(events: Events, *, seconds: int) -> Events:
    """Return events with those that are still to happen; each request waits so many seconds for one."""
    return dataclasses.replace(events, query=(*events.query, ("wait", str(seconds))), follow=True)
