"""Webhooks in SQL, what they are signed with, and how telling them goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.client import ClientId
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.domain.event import EventKind
from pipeline.domain.webhook import SealedSecret, Webhook, WebhookId, WebhookState
from storage.database import reading, writing
from storage.desk_tables import deliveries, event_readers, events
from storage.events_sql import begin_reader
from storage.recorded import Book, append, recorded
from storage.webhook_tables import dead_letters, delivery_attempts, webhook_secrets, webhooks


class SqlWebhooks:
    """Implements `pipeline.event_ports.Webhooks`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def add(self, webhook: Webhook, secret: SealedSecret) -> None:
        """Keep a new webhook with its first secret; it hears of what happens from then on."""
        row = {
            "id": webhook.id,
            "client": webhook.client,
            "created_at": webhook.created_at,
            "version": webhook.version,
        }
        with recorded(self._book, Action.WEBHOOK_ADDED, _subject(webhook.id)) as connection:
            connection.execute(sa.insert(webhooks), row | _values(webhook))
            connection.execute(sa.insert(webhook_secrets), _secret_row(webhook.id, secret))
            begin_reader(connection, webhook.id)

    def find(self, webhook: WebhookId) -> Webhook | None:
        """Return a webhook."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(webhooks).where(webhooks.c.id == webhook)).first()
        return None if row is None else _webhook(row)

    def every(self, client: ClientId | None = None) -> Sequence[Webhook]:
        """Return all webhooks, or those of a client, oldest first."""
        query = sa.select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
        if client is not None:
            query = query.where(webhooks.c.client == client)
        with reading(self._engine) as connection:
            return tuple(_webhook(row) for row in connection.execute(query))

    def change(self, webhook: Webhook) -> Webhook:
        """Write a webhook anew; what it does not hear of any more is not told.

        Raises:
            RecordChanged: somebody changed it since.
            NotFound
        """
        changed = replace(webhook, version=webhook.version + 1)
        this = webhooks.c.id == webhook.id
        with recorded(self._book, Action.WEBHOOK_CHANGED, _subject(webhook.id), reason=webhook.reason) as connection:
            mine = this & (webhooks.c.version == webhook.version)
            values = _values(changed) | {"version": changed.version}
            if connection.execute(sa.update(webhooks).where(mine).values(values)).rowcount != 1:
                now = connection.scalar(sa.select(webhooks.c.version).where(this))
                if now is None:
                    raise NotFound(what="webhook", id=webhook.id)
                raise RecordChanged(id=webhook.id, seen=webhook.version, now=now)
            _drop_unheard(connection, changed)
            if changed.state is WebhookState.ACTIVE:  # it is tried at once, however it went before
                reader = event_readers.c.name == webhook.id
                connection.execute(sa.update(event_readers).where(reader).values(failures=0, rests_until=None))
        return changed

    def remove(self, webhook: WebhookId) -> None:
        """Forget a webhook with its secrets and all that it was still to be told.

        Raises:
            NotFound
        """
        with recorded(self._book, Action.WEBHOOK_REMOVED, _subject(webhook)) as connection:
            connection.execute(sa.delete(webhook_secrets).where(webhook_secrets.c.webhook == webhook))
            for column in (
                deliveries.c.reader,
                dead_letters.c.reader,
                delivery_attempts.c.reader,
                event_readers.c.name,
            ):
                connection.execute(sa.delete(column.table).where(column == webhook))
            if connection.execute(sa.delete(webhooks).where(webhooks.c.id == webhook)).rowcount != 1:
                raise NotFound(what="webhook", id=webhook)


class SqlWebhookSecrets:
    """Implements `pipeline.event_ports.WebhookSecrets`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def of(self, webhook: WebhookId, *, at: dt.datetime) -> Sequence[SealedSecret]:
        """Return the secrets that are in force at a moment, newest first."""
        columns = webhook_secrets.c
        in_force = columns.expires_at.is_(None) | (columns.expires_at > at)
        query = sa.select(webhook_secrets).where(columns.webhook == webhook, in_force)
        with reading(self._engine) as connection:
            return tuple(_secret(row) for row in connection.execute(query.order_by(columns.number.desc())))

    def rotate(self, webhook: WebhookId, sealed: str, *, at: dt.datetime, old_until: dt.datetime) -> SealedSecret:
        """Keep a new secret; those before it end at `old_until`, and what has ended by now goes.

        Raises:
            NotFound
        """
        columns = webhook_secrets.c
        mine = columns.webhook == webhook
        with writing(self._engine) as connection:
            known = sa.select(webhooks.c.id).where(webhooks.c.id == webhook).with_for_update()
            if connection.scalar(known) is None:
                raise NotFound(what="webhook", id=webhook)
            last = connection.scalar(sa.select(sa.func.max(columns.number)).where(mine)) or 0
            connection.execute(sa.delete(webhook_secrets).where(mine, columns.expires_at <= at))
            lasting = mine & (columns.expires_at.is_(None) | (columns.expires_at > old_until))
            connection.execute(sa.update(webhook_secrets).where(lasting).values(expires_at=old_until))
            secret = SealedSecret(number=last + 1, sealed=sealed, created_at=at)
            connection.execute(sa.insert(webhook_secrets), _secret_row(webhook, secret))
            details = {"number": str(secret.number), "old_until": old_until.isoformat(timespec="seconds")}
            deed = Deed(action=Action.WEBHOOK_SECRET_GIVEN, subject=_subject(webhook), details=details)
            append(connection, [deed], book=self._book)
        return secret


def _drop_unheard(connection: sa.Connection, webhook: Webhook) -> None:
    """Take what a webhook does not hear of any more off its deliveries.

    Of papers of agencies that it does not hear of, nothing is told either; they are looked at when it is told.
    """
    if webhook.kinds:
        heard = sa.select(events.c.number).where(events.c.kind.in_(sorted(each.value for each in webhook.kinds)))
        unheard = (deliveries.c.reader == webhook.id) & deliveries.c.event.not_in(heard)
        connection.execute(sa.delete(deliveries).where(unheard))


def _subject(webhook: WebhookId) -> Subject:
    return Subject(SubjectKind.WEBHOOK, webhook)


def _values(webhook: Webhook) -> dict[str, Any]:
    """Return the columns that may change."""
    return {
        "address": webhook.address,
        "agencies": sorted(webhook.agencies),
        "kinds": sorted(each.value for each in webhook.kinds),
        "state": webhook.state.value,
        "reason": webhook.reason,
    }


def _webhook(row: sa.Row[Any]) -> Webhook:
    return Webhook(
        id=WebhookId(row.id),
        client=ClientId(row.client),
        address=row.address,
        agencies=frozenset(row.agencies),
        kinds=frozenset(EventKind(each) for each in row.kinds),
        state=WebhookState(row.state),
        reason=row.reason,
        created_at=row.created_at,
        version=row.version,
    )


def _secret_row(webhook: WebhookId, secret: SealedSecret) -> dict[str, Any]:
    return {
        "webhook": webhook,
        "number": secret.number,
        "sealed": secret.sealed,
        "created_at": secret.created_at,
        "expires_at": secret.expires_at,
    }


def _secret(row: sa.Row[Any]) -> SealedSecret:
    return SealedSecret(number=row.number, sealed=row.sealed, created_at=row.created_at, expires_at=row.expires_at)
