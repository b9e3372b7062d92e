"""The audit trail: one entry for every change of a record and every look at personal data, each bound to the one before.

An entry's hash covers its content and the hash of the entry before it, so that whoever changes, removes, inserts or moves
an entry breaks every later link. What is hashed is canonical JSON (RFC 8785; fractions do not occur), so that a small
program in any language can check a trail without this one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

EntryHash = NewType("EntryHash", str)
"""SHA-256 of an entry and all before it, 64 lower-case hexadecimal digits."""

FIRST_LINK = EntryHash("0" * 64)
"""what the first entry names as the hash before it"""


class SubjectKind(StrEnum):
    """What an entry is about."""

    BATCH = "batch"
    """a batch with what was received, its sources, pages and dossiers"""
    DOCUMENT = "document"
    """a document with its pages and fields"""
    DOSSIER = "dossier"
    """what was said of a dossier as a whole: its procedure, the stored papers that belong to it, how it goes on outside"""
    COPIES = "copies"
    """the versions of a document's copy; the id is the document's"""
    ORDER = "order"
    """an order to sign, without how its documents stand"""
    SIGNING = "signing"
    """how a document stands in the orders to sign it; the id is the document's"""
    RESULT = "result"
    """a result; the id is the document's"""
    OWNER = "owner"
    """an owner with numbers and links between them"""
    HOLDING = "holding"
    """a paper's places in depositories, and its archival code; the id is the document's"""
    CONSENT = "consent"
    """what an owner agreed to"""
    LOOK = "look"
    """a look at a paper in a depository, as its owner sees it in the log"""
    PROCEDURE = "procedure"
    """an administrative procedure with its components, in all its editions; the id is its code"""
    SYNCHRONISATION = "synchronisation"
    """a dossier that another system took; the id is derived from both"""
    CONNECTOR = "connector"
    """another system that was asked; the id is its name"""
    CHANNEL = "channel"
    """a mail server or chat gateway that hands messages in; the id is its name in the settings"""
    ACCOUNT = "account"
    """who may sign in"""
    CLIENT = "client"
    """a program of another system that may ask"""
    WEBHOOK = "webhook"
    """an address of such a program that is told of what happens"""
    FILE = "file"
    """what was said of a file's signatures; the id is the SHA-256 of its bytes"""
    OBJECT = "object"
    """an object in a store; the id is its area and name"""
    ARCHIVE = "archive"
    """all that is kept; the id is empty"""
    HOLD = "hold"
    """a legal hold"""
    DISPOSAL = "disposal"
    """a list of papers to be disposed of, and its decisions"""
    DISPOSAL_ITEM = "disposal_item"
    """an entry of such a list; the id is the list's and the entry's place"""
    DISPLAY = "display"
    """that somebody was shown all pages of a version of a copy"""
    DELEGATION = "delegation"
    """who may sign in whose stead"""
    KEY = "key"
    """a master key of sealed objects; the id is its name"""
    DAY = "day"
    """the seal of a day of this trail; the id is the day, such as `2026-01-31`"""
    SEARCH = "search"
    """a search; the id is empty"""


class Action(StrEnum):
    """What was done."""

    BATCH_RECEIVED = "batch.received"
    BATCH_COMPLETED = "batch.completed"
    COPY_ADDED = "copy.added"
    ORDER_OPENED = "order.opened"
    ORDER_SETTLED = "order.settled"
    ORDER_CLOSED = "order.closed"
    RESULT_ISSUED = "result.issued"
    RESULT_ENDED = "result.ended"
    OWNER_REGISTERED = "owner.registered"
    OWNER_LINKED = "owner.linked"
    """two numbers were found to be one person's"""
    HOLDING_PUBLISHED = "holding.published"
    HOLDING_CHANGED = "holding.changed"
    """how long or for what a paper is valid"""
    HOLDING_ENDED = "holding.ended"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    FIELDS_CORRECTED = "fields.corrected"
    """a person changed or confirmed fields"""
    FIELDS_ENTERED = "fields.entered"
    """a person entered fields that two have to enter"""
    CLAIM_TAKEN_OVER = "claim.taken_over"
    """a person took over the review of a paper that somebody else had before them; the details name whom"""
    TYPE_CHANGED = "type.changed"
    """a person said what a paper is; its fields were understood anew"""
    PAGES_ARRANGED = "pages.arranged"
    """a person moved, turned or took out pages: the papers that had them are replaced by new ones"""
    PROCEDURE_CHOSEN = "procedure.chosen"
    """of a dossier"""
    PAPER_ATTACHED = "paper.attached"
    """a stored paper stands for a component of a dossier"""
    PAPER_DETACHED = "paper.detached"
    COURSE_TOLD = "course.told"
    """the one-stop system said how a dossier goes on"""
    NOT_DIGITIZED = "component.not_digitized"
    """somebody said that a component of a dossier is not digitized, and why"""
    TO_DIGITIZE = "component.to_digitize"
    """that was taken back"""
    FILE_JUDGED = "file.judged"
    PROCEDURE_LOADED = "procedure.loaded"
    ACCOUNT_ADDED = "account.added"
    ACCOUNT_CHANGED = "account.changed"
    CLIENT_ADDED = "client.added"
    CLIENT_CHANGED = "client.changed"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_SECRET_GIVEN = "webhook.secret_given"  # noqa: S105 - the name of an action
    """a new secret, which takes the place of those before it; the details name when they end"""
    EVENTS_REPLAYED = "events.replayed"
    """events are told to a webhook again; the details name which and how many"""
    TOKEN_GIVEN = "token.given"  # noqa: S105 - likewise
    """a client proved who it is and may ask for a while; the details name how and what for"""
    TOKEN_REFUSED = "token.refused"  # noqa: S105 - likewise
    """a client did not prove who it is, or asked for more than it may; the details say how, and until when it has to wait"""
    TOKENS_ENDED = "token.ended"
    """of a client, before their time; the details name how many"""
    SIGNED_IN = "sign_in.done"
    """the subject is the account, or the owner"""
    SIGN_IN_FAILED = "sign_in.failed"
    """the subject is the account; an unknown login is not written down: it may be a password"""
    SIGN_IN_LOCKED = "sign_in.locked"
    """a failure has those after it turned away for a while; the details say until when"""
    SECOND_FACTOR_ADDED = "second_factor.added"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    SIGNED_OUT = "sign_in.ended"
    """by the person or by an administrator; sessions that run out are not written down"""
    OBJECT_REPAIRED = "object.repaired"
    """missing or altered bytes were put right from the other store; the details name both"""
    DOSSIER_SENT = "dossier.sent"
    """another system took a dossier; the details name both"""
    HANDED_OVER = "handed_over"
    """papers went into a package for an archive; the details name the package"""
    CONNECTOR_ASKED = "connector.asked"
    """another system was asked; the details name what for and what came of it, and nothing about people"""
    MESSAGE_TAKEN = "message.taken"
    """files came in by mail or chat; the details name the sender, the message and the intake"""
    FIELDS_CHECKED = "fields.checked"
    """fields were held against a register; the details name the register and the fields"""
    EXPORTED = "exported"
    """everything was handed out as plain files"""
    IMPORTED = "imported"
    """everything came out of an export, this trail included"""
    HOLD_PLACED = "hold.placed"
    HOLD_LIFTED = "hold.lifted"
    DISPOSAL_PROPOSED = "disposal.proposed"
    DISPOSAL_APPROVED = "disposal.approved"
    """by one person; a list that the program proposed needs two"""
    DISPOSAL_REJECTED = "disposal.rejected"
    DISPOSAL_BEGUN = "disposal.begun"
    DISPOSAL_FINISHED = "disposal.finished"
    REMOVAL_BEGUN = "removal.begun"
    """an entry of an approved list is being removed, or something was in the way"""
    REMOVAL_REFUSED = "removal.refused"
    """the store did not let an entry's objects go"""
    DISPOSED = "disposed"
    """a paper was removed: its objects, and what the records said of it"""
    COPY_SHOWN = "copy.shown"
    """the last page of a version of a copy was shown to whoever is to sign it"""
    DELEGATION_GIVEN = "delegation.given"
    DELEGATION_REVOKED = "delegation.revoked"
    KEYS_ROTATED = "keys.rotated"
    """data keys were wrapped anew by this master key; the details name how many, and which keys wrapped them before"""
    DAY_SEALED = "day.sealed"
    TRAIL_BEGUN = "trail.begun"
    """the record was there before the trail, and stands so from now on"""
    READ = "read"
    """personal data were shown or handed out"""
    SEARCHED = "searched"
    """a search was made; the details name what it was for and what it found"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who does something, and from where."""

    name: str
    """account, or what runs by itself"""
    role: str
    """in which the account acts, such as `clerk` or `system`"""
    origin: str
    """machine and program, or address, from which it was done"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is to be written into the trail, before it has its place there."""

    action: Action
    subject: Subject
    before: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the subject's rows by table, before the change; a table without rows is not named"""
    after: Mapping[str, str] = field(default_factory=dict)
    """the same after the change"""
    reason: str = ""
    """why: a legal basis, a purpose, a clerk's words"""
    details: Mapping[str, str] = field(default_factory=dict)
    """anything else that matters"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of the chain."""

    number: int
    """from 1, without gaps"""
    at: dt.datetime
    """aware, UTC"""
    author: Author
    deed: Deed
    previous: EntryHash
    hash: EntryHash


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """An entry that stands in the trail and holds what no entry can hold."""

    number: int
    problem: str
    previous: EntryHash
    """as it stands there"""
    hash: EntryHash


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain."""

    number: int
    hash: EntryHash


BEFORE_ALL = Link(0, FIRST_LINK)
"""where the first entry is bound"""


def chained(deeds: Iterable[Deed], *, author: Author, at: dt.datetime, last: Link) -> tuple[AuditEntry, ...]:
    """Return the entries of `deeds` as they follow `last`, the end of the trail so far."""
    number, previous = last.number, last.hash
    entries = []
    for deed in deeds:
        number += 1
        link = entry_hash(number=number, at=at, author=author, deed=deed, previous=previous)
        entries.append(AuditEntry(number=number, at=at, author=author, deed=deed, previous=previous, hash=link))
        previous = link
    return tuple(entries)


def entry_hash(*, number: int, at: dt.datetime, author: Author, deed: Deed, previous: EntryHash) -> EntryHash:
    """Return the hash of an entry with this content behind `previous`."""
    return EntryHash(hashlib.sha256(entry_text(number, at, author, deed, previous).encode()).hexdigest())


def entry_text(number: int, at: dt.datetime, author: Author, deed: Deed, previous: EntryHash) -> str:
    """Return what is hashed: the entry's canonical JSON."""
    return canonical_json(
        {
            "number": number,
            "at": utc_text(at),
            "author": {"name": author.name, "role": author.role, "origin": author.origin},
            "action": deed.action.value,
            "subject": {"kind": deed.subject.kind.value, "id": deed.subject.id},
            "before": dict(deed.before),
            "after": dict(deed.after),
            "reason": deed.reason,
            "details": dict(deed.details),
            "previous": previous,
        }
    )


def utc_text(at: dt.datetime) -> str:
    """Return a moment as text that is the same wherever it was kept: UTC, microseconds, `Z`.

    Raises:
        ValueError: a time without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical_json(value: object) -> str:
    """Return JSON as RFC 8785 has it, for everything but fractions: no spaces, keys in order of their UTF-16 code units.

    Raises:
        TypeError, ValueError: something that JSON does not hold, or a fraction, whose text differs between languages.
    """
    if not _has_plain_keys(value):
        value = _in_order(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # of ASCII keys, the order of characters is that of code units
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _has_plain_keys(value: object) -> bool:
    """Say whether all keys within a value are ASCII; refuse fractions on the way."""
    if isinstance(value, float):
        raise TypeError("a fraction in canonical JSON")
    if isinstance(value, Mapping):
        return all([_has_plain_keys(each) and key.isascii() for key, each in value.items()])  # noqa: C419 - looks at all
    if isinstance(value, list | tuple):
        return all([_has_plain_keys(each) for each in value])  # noqa: C419 - looks at all
    return True


def _in_order(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _in_order(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}
    return [_in_order(each) for each in value] if isinstance(value, list | tuple) else value
