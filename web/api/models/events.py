"""What has happened, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from pipeline.domain.event import EVENT_DETAILS, Attempt, Event, EventKind
from pipeline.domain.webhook import DeadLetter, SendAnswer, SendFault, Standing, Webhook, WebhookState
from web.api.models.base import ApiModel, Moment

MOST_NUMBER = 2**53 - 1
"""that every language's JSON holds exactly"""
WEBHOOK_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
EventNumberText = Annotated[int, Field(ge=1, le=MOST_NUMBER, examples=[1207])]
AddressText = Annotated[
    str,
    Field(
        min_length=8,
        max_length=2000,
        pattern=r"^https?://[!-~]+$",
        examples=["https://mot-cua.example.vn/sohoa/events"],
        description="Where events are sent to: within the hosts, ports and networks that the installation allows.",
    ),
]
AgencyText = Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f]*$", examples=["H42.12"])]
_Agencies = Annotated[tuple[AgencyText, ...], Field(max_length=1000)]
_Kinds = Annotated[tuple[EventKind, ...], Field(max_length=len(EventKind))]


class EventShown(ApiModel):
    """Something that happened to a paper: codes and ids, and nothing about people. What a webhook is sent has the same form."""

    id: Annotated[str, Field(examples=["e-1207"])]
    """the same however often it is told: by it, what comes twice is known"""
    number: EventNumberText
    """grows with time; events of one paper are put in order by it"""
    kind: EventKind
    at: Moment
    document: Annotated[str, Field(examples=["d-0123456789abcdef01234567"])]
    agency: AgencyText
    """whose paper it is; empty: the installation's own"""
    details: Mapping[str, str]
    """by kind: the reference of events names them"""

    @classmethod
    def of(cls, event: Event) -> EventShown:
        """Return an event as others are told it."""
        told = EVENT_DETAILS[event.kind]
        return cls(
            id=event.id,
            number=event.number,
            kind=event.kind,
            at=event.at,
            document=event.document,
            agency=event.agency,
            details={name: each for name, each in sorted(event.details.items()) if name in told},
        )


class EventsShown(ApiModel):
    """Events behind a number, in order."""

    items: tuple[EventShown, ...]
    """at most `limit`"""
    last: Annotated[int, Field(ge=0, le=MOST_NUMBER, examples=[1207])]
    """`after` of the next request; it goes on where there is nothing for you too"""


class NewWebhook(ApiModel):
    """Where events are to be sent."""

    address: AddressText
    agencies: _Agencies = ()
    """of whose papers; none: of all that the client may see now"""
    kinds: _Kinds = ()
    """of what; none: of everything"""


class WantedState(StrEnum):
    """What a client may want a webhook to do."""

    ACTIVE = "active"
    PAUSED = "paused"


class WebhookChange(ApiModel):
    """What is to be different of a webhook; what is not named stays."""

    version: Annotated[int, Field(ge=1, le=MOST_NUMBER, examples=[1])]
    """that was seen: if somebody changed it since, nothing is written"""
    address: AddressText | None = None
    agencies: _Agencies | None = None
    """none in the list: all that the client may see now"""
    kinds: _Kinds | None = None
    """none in the list: everything"""
    state: WantedState | None = None
    """`active` also lets one that was disabled go on"""


class WebhookShown(ApiModel):
    """Where a client is told of what happens, and how far that has come."""

    id: Annotated[str, Field(examples=["01a204d3-0dd0-79b2-8898-b2a549d67f4c"])]
    address: str
    agencies: tuple[str, ...]
    kinds: tuple[EventKind, ...]
    """of what it hears; none: of everything"""
    state: WebhookState
    reason: SendFault | None
    """why it was disabled"""
    created_at: Moment
    version: int
    waiting: int
    """events that it is still to be told"""
    dead: int
    """events that it could not be told, and that wait for somebody to have them sent again"""
    failures: int
    """attempts in a row that failed"""
    rests_until: Moment | None
    """it is left alone until then"""

    @classmethod
    def of(cls, webhook: Webhook, standing: Standing) -> WebhookShown:
        """Return a webhook as its client sees it."""
        is_fault = webhook.reason in set(SendFault)
        return cls(
            id=webhook.id,
            address=webhook.address,
            agencies=tuple(sorted(webhook.agencies)),
            kinds=tuple(sorted(webhook.kinds)),
            state=webhook.state,
            reason=SendFault(webhook.reason) if is_fault else None,
            created_at=webhook.created_at,
            version=webhook.version,
            waiting=standing.waiting,
            dead=standing.dead,
            failures=standing.failures,
            rests_until=standing.rests_until,
        )


class SecretShown(ApiModel):
    """What messages are signed with: `whsec_` and base64 (Standard Webhooks)."""

    secret: Annotated[str, Field(examples=["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])]
    created_at: Moment
    expires_at: Moment | None
    """after which nothing is signed with it; null: it is the newest"""


class SecretsShown(ApiModel):
    """The secrets in force, newest first: messages carry a signature by each."""

    items: tuple[SecretShown, ...]


class NewSecret(ApiModel):
    """How a secret takes the place of another."""

    at_once: bool = False
    """the old one ends now, because somebody knows it who should not"""


class SecretChange(ApiModel):
    """That there is a new secret; ask for it at `/webhooks/{webhook}/secrets`."""

    old_until: Moment
    """the one before signs beside it until then"""


class SendShown(ApiModel):
    """What came of a test message."""

    status: int | None
    """of the receiver's answer; null: there was none"""
    milliseconds: int
    fault: SendFault | None
    """null: the receiver took it"""

    @classmethod
    def of(cls, answer: SendAnswer) -> SendShown:
        """Return what came of a message."""
        return cls(status=answer.status, milliseconds=answer.milliseconds, fault=answer.fault)


class AttemptShown(ApiModel):
    """One time that telling was tried."""

    event: str | None
    """null: a test message"""
    at: Moment
    status: int | None
    """of the receiver's answer; null: there was none"""
    milliseconds: int
    fault: SendFault | None
    """null: the receiver took it"""

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptShown:
        """Return an attempt."""
        return cls(
            event=None if attempt.event is None else f"e-{attempt.event}",
            at=attempt.at,
            status=attempt.status,
            milliseconds=attempt.milliseconds,
            fault=SendFault(attempt.reason) if attempt.reason else None,
        )


class DeadLetterShown(ApiModel):
    """An event that could not be told."""

    event: EventShown
    given_up_at: Moment
    attempts: int
    fault: SendFault
    """of the last attempt"""

    @classmethod
    def of(cls, letter: DeadLetter) -> DeadLetterShown:
        """Return a dead letter."""
        return cls(
            event=EventShown.of(letter.event),
            given_up_at=letter.at,
            attempts=letter.attempts,
            fault=SendFault(letter.reason),
        )


class Replay(ApiModel):
    """What is to be sent again, under the same ids: a range of events, or all dead letters."""

    first: EventNumberText | None = None
    last: EventNumberText | None = None
    """none: to the end"""
    dead: bool = False
    """all dead letters, and nothing else"""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        """Refuse neither and both."""
        if self.dead == (self.first is not None) or (self.dead and self.last is not None):
            raise PydanticCustomError("replay_either", "either first, or dead")
        return self


class Replayed(ApiModel):
    """How much is sent again."""

    events: int
