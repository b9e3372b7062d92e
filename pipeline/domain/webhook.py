"""Webhooks: addresses of other systems that are told of what happens, by themselves and again until they have heard.

Sources: Standard Webhooks 1.0.0 (how a message is signed, and what the answers mean).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.client import ApiClient, ClientId
from pipeline.domain.event import Attempt, Audience, Event, EventKind
from pipeline.domain.search import Scope

WebhookId = NewType("WebhookId", str)
"""UUIDv7."""

SECRET_BYTES = 32
"""of chance in a secret; Standard Webhooks asks for 24 to 64"""
_PREFIX = "whsec_"


class SendFault(StrEnum):
    """Why nothing is sent to an address, or why what was sent did not arrive; words in `reason` of the messages."""

    FORM = "webhook_form"
    HTTPS = "webhook_https"
    HOST = "webhook_host"
    PORT = "webhook_port"
    INNER = "webhook_inner"
    """its network address is not a public one"""
    NAME = "webhook_name"
    """there is no such host"""
    UNREACHABLE = "webhook_unreachable"
    TLS = "webhook_tls"
    TIMEOUT = "webhook_timeout"
    BROKEN = "webhook_broken"
    """the connection broke, or what came was not HTTP"""
    REDIRECT = "webhook_redirect"
    REFUSED = "webhook_refused"
    """another status of 400 to 499: this event is not wanted"""
    FAILED = "webhook_failed"
    """a status of 500 to 599"""
    BUSY = "webhook_busy"
    """429 or 503"""
    GONE = "webhook_gone"
    """410: the receiver wants nothing any more"""


class WebhookState(StrEnum):
    """Whether a webhook is told of anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    """somebody wants it to be left alone; what happens meanwhile waits"""
    DISABLED = "disabled"
    """its receiver said that it is gone for good (410); what happens meanwhile waits as well"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a client is told of what happens."""

    id: WebhookId
    client: ClientId
    address: str
    agencies: frozenset[str]
    """of whose papers it hears, as far as its client may; `` is the installation's own"""
    kinds: frozenset[EventKind] = frozenset()
    """of what it hears; none: of all"""
    state: WebhookState = WebhookState.ACTIVE
    reason: str = ""
    """why it is not active"""
    created_at: dt.datetime
    version: int = 1
    """grows with every change"""

    def audience(self, client: ApiClient) -> Audience:
        """Return of what it hears now: what its client may not see any more, it does not hear of."""
        return Audience(Scope(self.agencies & client.agencies), self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A secret that messages are signed with, as the database has it."""

    number: int
    """counts the secrets of a webhook, from 1"""
    sealed: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None
    """after which nothing is signed with it any more; None: it is the newest"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that a webhook could not be told, and that waits for a person."""

    event: Event
    at: dt.datetime
    """when it was given up"""
    attempts: int
    reason: str
    """why the last attempt failed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far telling a webhook has come."""

    waiting: int
    """events that it is still to be told"""
    dead: int
    failures: int
    """attempts in a row that failed"""
    rests_until: dt.datetime | None
    """it is left alone until then"""
    last: Attempt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswer:
    """What came of sending a message; a network that fails is an answer too."""

    status: int | None
    """None: there was no answer"""
    milliseconds: int
    fault: SendFault | None = None
    """None: the receiver has it"""
    retry_after: dt.timedelta | None = None
    """how long the receiver asks to be left alone"""


def fault_of(status: int) -> SendFault | None:
    """Return what an answer in HTTP says (Standard Webhooks, "Delivery success and failure"); None: the receiver has it."""
    match status:
        case 410:
            return SendFault.GONE
        case 429 | 503:
            return SendFault.BUSY
    by_hundred = {2: None, 3: SendFault.REDIRECT, 4: SendFault.REFUSED, 5: SendFault.FAILED}
    return by_hundred.get(status // 100, SendFault.BROKEN)


def secret_text(secret: bytes) -> str:
    """Return a secret as its receiver gets it."""
    return _PREFIX + base64.b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """Return the bytes of a secret as its receiver has it.

    Raises:
        ValueError: this is none.
    """
    if not text.startswith(_PREFIX):
        raise ValueError("not a secret of a webhook")
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError as error:  # also of what is not ASCII
        raise ValueError("not a secret of a webhook") from error


def signed_headers(message: str, body: bytes, *, at: dt.datetime, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return the headers by which a receiver knows that a message is ours, whole and of this moment.

    Args:
        message: the event's id, which holds no full stop.
        body: the bytes that are sent.
        at: when this attempt is made.
        secrets: while one takes the place of another, both sign.
    """
    seconds = str(int(at.timestamp()))
    content = b".".join((message.encode(), seconds.encode(), body))
    signatures = (base64.b64encode(hmac.digest(each, content, hashlib.sha256)).decode() for each in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
