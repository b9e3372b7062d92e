"""Programs that may ask, their tokens, and answers that are given again, in SQL: whichever process is asked knows the same."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.client_ports import GivenAnswer
from pipeline.domain.api_errors import ClientTaken, IdempotencyKeyReused, RequestUnderWay
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientId
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from storage.client_tables import access_tokens, api_clients, given_answers
from storage.database import insert_if_new, reading, writing
from storage.recorded import Book, recorded
from storage.tables import keepable

_CLIENT = [each.label(f"client_{each.name}") for each in api_clients.columns]
_KEPT = dt.timedelta(days=1)
"""how long an answer is given again"""
_GOOD_TOKEN = sa.select(access_tokens, *_CLIENT).join(api_clients, api_clients.c.id == access_tokens.c.client)


class SqlApiClients:
    """Implements `pipeline.client_ports.ApiClients`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def add(self, client: ApiClient) -> None:
        """Keep a new client.

        Raises:
            ClientTaken: there is one with this id, or of this name at the OpenID provider.
        """
        row = {"id": client.id, "created_at": client.created_at, **_values(client)}
        try:
            with recorded(self._book, Action.CLIENT_ADDED, _subject(client)) as connection:
                connection.execute(sa.insert(api_clients).values(row))
        except exc.IntegrityError as error:
            raise ClientTaken(client=client.id, subject=client.subject) from error

    def change(self, client: ApiClient) -> ApiClient:
        """Write a client anew, as the version after `client.version`.

        Raises:
            RecordChanged: somebody changed it since.
            ClientTaken: another is of this name at the OpenID provider.
            NotFound
        """
        changed = replace(client, version=client.version + 1)
        this = api_clients.c.id == client.id
        change = sa.update(api_clients).where(this, api_clients.c.version == client.version).values(_values(changed))
        try:
            with recorded(self._book, Action.CLIENT_CHANGED, _subject(client)) as connection:
                if connection.execute(change).rowcount == 1:
                    return changed
                now = connection.scalar(sa.select(api_clients.c.version).where(this))
        except exc.IntegrityError as error:
            raise ClientTaken(client=client.id, subject=client.subject) from error
        if now is None:
            raise NotFound(what="client", id=client.id)
        raise RecordChanged(id=client.id, seen=client.version, now=now)

    def find(self, client: ClientId) -> ApiClient | None:
        """Return a client, also one that is disabled."""
        return self._first(api_clients.c.id == keepable(client))

    def of_subject(self, subject: str) -> ApiClient | None:
        """Return the client that an OpenID provider's tokens name so."""
        return self._first(api_clients.c.subject == keepable(subject)) if subject else None

    def every(self) -> Sequence[ApiClient]:
        """Return all, by id."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(*_CLIENT).order_by(api_clients.c.id))
            return tuple(_client(row) for row in rows)

    def _first(self, wanted: sa.ColumnElement[bool]) -> ApiClient | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(*_CLIENT).where(wanted)).first()
        return None if row is None else _client(row)


class SqlAccessTokens:
    """Implements `pipeline.client_ports.AccessTokens`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, token: AccessToken) -> None:
        """Keep a token; those that are over go."""
        row = {
            "digest": token.digest,
            "client": token.client,
            "scopes": sorted(token.scopes),
            "certificate": token.certificate or None,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.delete(access_tokens).where(access_tokens.c.expires_at <= token.issued_at))
            connection.execute(sa.insert(access_tokens).values(row))

    def find(self, digest: str, *, at: dt.datetime) -> tuple[AccessToken, ApiClient] | None:
        """Return a token that is good at a moment and whose client is not disabled, with its client."""
        good = _GOOD_TOKEN.where(
            access_tokens.c.digest == digest, access_tokens.c.expires_at > at, sa.not_(api_clients.c.disabled)
        )
        with reading(self._engine) as connection:
            row = connection.execute(good).first()
        return None if row is None else (_token(row), _client(row))

    def end(self, digest: str, *, client: ClientId) -> bool:
        """End a token, where it is this client's; False: it is not, or there is none."""
        this = sa.delete(access_tokens).where(access_tokens.c.digest == digest, access_tokens.c.client == client)
        with writing(self._engine) as connection:
            return connection.execute(this).rowcount == 1

    def revoke(self, client: ClientId) -> int:
        """End all tokens of a client; returns how many there were."""
        with writing(self._engine) as connection:
            return connection.execute(sa.delete(access_tokens).where(access_tokens.c.client == client)).rowcount


class SqlGivenAnswers:
    """Implements `pipeline.client_ports.GivenAnswers`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, client: ClientId, key: str, *, request: str, at: dt.datetime, seconds: int) -> GivenAnswer | None:
        """Take a key for a request with the digest `request`, or return the answer that was given under it.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
            RequestUnderWay: the first request is still being answered.
        """
        row = {"client": client, "key": _digest(key), "request": request, "taken_at": at}
        this = _of(client, key)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(given_answers).where(given_answers.c.taken_at <= at - _KEPT))
        with writing(self._engine) as connection:
            # a key that is freed between the two questions is asked for again; whoever waits for it waits in the database
            while not insert_if_new(connection, given_answers, row):
                known = connection.execute(sa.select(given_answers).where(this).with_for_update()).first()
                if known is None:
                    continue
                if known.request != request:
                    raise IdempotencyKeyReused
                if known.status is not None:
                    headers = tuple((name, value) for name, value in known.headers)
                    return GivenAnswer(status=known.status, headers=headers, body=known.body)
                if known.taken_at > at - dt.timedelta(seconds=seconds):
                    raise RequestUnderWay
                connection.execute(sa.update(given_answers).where(this).values(taken_at=at))
                break
        return None

    def hold(self, client: ClientId, key: str, *, at: dt.datetime) -> None:
        """Say that the request is still being answered."""
        open_ = given_answers.c.status.is_(None)
        with writing(self._engine) as connection:
            connection.execute(sa.update(given_answers).where(_of(client, key), open_).values(taken_at=at))

    def finish(self, client: ClientId, key: str, answer: GivenAnswer) -> None:
        """Keep the answer."""
        values = {"status": answer.status, "headers": [list(each) for each in answer.headers], "body": answer.body}
        with writing(self._engine) as connection:
            connection.execute(sa.update(given_answers).where(_of(client, key)).values(values))

    def give_up(self, client: ClientId, key: str) -> None:
        """Free the key: nothing was made. A key that was answered stays."""
        open_ = given_answers.c.status.is_(None)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(given_answers).where(_of(client, key), open_))


def _of(client: ClientId, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(given_answers.c.client == client, given_answers.c.key == _digest(key))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _subject(client: ApiClient) -> Subject:
    return Subject(SubjectKind.CLIENT, client.id)


def _values(client: ApiClient) -> dict[str, Any]:
    """Return the columns that may change."""
    return {
        "name": client.name,
        "agencies": sorted(client.agencies),
        "scopes": sorted(client.scopes),
        "secret_hash": client.secret_hash or None,
        "certificate": client.certificate or None,
        "subject": client.subject or None,
        "disabled": client.disabled,
        "version": client.version,
    }


def _client(row: sa.Row[Any]) -> ApiClient:
    return ApiClient(
        id=ClientId(row.client_id),
        name=row.client_name,
        agencies=frozenset(row.client_agencies),
        scopes=frozenset(ApiScope(each) for each in row.client_scopes),
        secret_hash=row.client_secret_hash or "",
        certificate=row.client_certificate or "",
        subject=row.client_subject or "",
        disabled=row.client_disabled,
        created_at=row.client_created_at,
        version=row.client_version,
    )


def _token(row: sa.Row[Any]) -> AccessToken:
    return AccessToken(
        digest=row.digest,
        client=ClientId(row.client),
        scopes=frozenset(ApiScope(each) for each in row.scopes),
        certificate=row.certificate or "",
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )
