"""How a client speaks with the interface: tokens, headers, repeated attempts. No input or output happens here."""

from __future__ import annotations

import base64
import contextlib
import contextvars
import dataclasses
import datetime as dt
import random
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from sohoa_client.digests import check_digest
from sohoa_client.problems import AnswerNotUnderstood, ProblemDetails, Unreachable, problem_of
from sohoa_client.purposes import Purpose
from sohoa_client.retrying import Retry, retry_after
from sohoa_client.steps import Answer, Conversation, Lost, Request, alone, send, wait

VERSION: Final = "0.1.0"
INTERFACE: Final = "/api/v1"
_TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - an address
_EARLY_SECONDS: Final = 30.0
"""a token is renewed so long before it ends: clocks differ, and requests take time"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Credentials:
    """By which a client gets its tokens (OAuth 2.1 client credentials)."""

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    scopes: tuple[str, ...] = ()
    """those that are asked for; none: all that the client has"""
    token_address: str = _TOKEN_PATH
    """behind the interface's address, or a whole address: that of an OpenID provider"""

    @classmethod
    def given(
        cls, client_id: str, client_secret: str, *, scopes: tuple[str, ...], token_address: str | None
    ) -> Credentials | None:
        """Return credentials where an id or a secret is given.

        Raises:
            ValueError: only one of them is.
        """
        if not client_id and not client_secret:
            return None
        if not client_id or not client_secret:
            raise ValueError("an id goes with a secret")
        address = _TOKEN_PATH if token_address is None else token_address
        return cls(client_id=client_id, client_secret=client_secret, scopes=scopes, token_address=address)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Token:
    value: str
    good_until: float
    """on the monotonic clock"""


_PURPOSES: contextvars.ContextVar[Mapping[int, Purpose]] = contextvars.ContextVar("sohoa_purposes", default={})  # noqa: B039 - never changed, only replaced


class Core:
    """What a client knows between requests. Safe among threads and tasks."""

    def __init__(
        self,
        *,
        credentials: Credentials | None,
        token: str | None,
        language: str,
        retry: Retry,
        seconds: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """Speak with these credentials, or with a token that somebody else got.

        Raises:
            ValueError: neither is given, or both are.
        """
        if (credentials is None) == (token is None):
            raise ValueError("a client has either an id and a secret, or a token")
        self._credentials = credentials
        self._token = None if token is None else _Token(value=token, good_until=float("inf"))
        self._language = language
        self._retry = retry
        self._seconds = seconds
        self._chance = chance
        self._now = now
        self.new_id = new_id

    # --- why ----------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def stating(self, purpose: Purpose) -> Iterator[None]:
        """Ask for this purpose inside of the context: in this thread or task, and in those that it starts."""
        before = _PURPOSES.set({**_PURPOSES.get(), id(self): purpose})
        try:
            yield
        finally:
            _PURPOSES.reset(before)

    def purpose(self) -> Purpose | None:
        """Return why is being asked at the moment."""
        return _PURPOSES.get().get(id(self))

    # --- requests -----------------------------------------------------------------------------------------------------

    def ask(self, request: Request, purpose: Purpose | None) -> Conversation[Answer]:
        """Send a request with token and purpose until it has an answer, as often as the policy says.

        Raises:
            Problem: the interface refused or failed.
            Unreachable, DigestMismatch
        """
        named = {"Accept-Language": self._language, "X-Request-Id": self.new_id(), "Accept": "application/json"}
        named |= {"User-Agent": f"sohoa-client/{VERSION}"} | (dict(purpose.headers()) if purpose else {})
        request = dataclasses.replace(request, headers={**named, **request.headers})
        used = yield from self._good_token()
        answer = yield from self._patiently(_bearing(request, used))
        if answer.status == HTTPStatus.UNAUTHORIZED and self._credentials is not None:
            fresh = yield from alone(self._renewed(used))
            answer = yield from self._patiently(_bearing(request, fresh))
        if not answer.is_success:
            raise problem_of(problem_details(answer, now=self._now()))
        if answer.body and "content-encoding" not in answer.headers:
            check_digest(answer.headers.get("repr-digest"), answer.body)
        return answer

    def _patiently(self, request: Request) -> Conversation[Answer]:
        attempt = 1
        while True:
            outcome = yield from send(request)
            cut = isinstance(outcome, Answer) and outcome.cut is not None and request.sink is None
            judged = Lost(reason=outcome.cut or "", sent=True) if isinstance(outcome, Answer) and cut else outcome
            if isinstance(judged, Answer) and judged.is_success:
                return judged
            attempt += 1
            seconds = self._retry.seconds_before(attempt, request, judged, chance=self._chance, now=self._now())
            if seconds is not None:
                yield from wait(seconds)
            elif isinstance(judged, Lost):
                raise Unreachable(f"{request.method} {request.path}: {judged.reason}")
            else:
                return judged

    # --- tokens -------------------------------------------------------------------------------------------------------

    def _good_token(self) -> Conversation[_Token]:
        token = self._token
        if token is not None and self._seconds() < token.good_until:
            return token
        return (yield from alone(self._renewed(token)))

    def _renewed(self, old: _Token | None) -> Conversation[_Token]:
        """Return another token than `old`: the one that somebody else got meanwhile, or a new one."""
        if self._token is not None and self._token is not old and self._seconds() < self._token.good_until:
            return self._token
        if self._credentials is None:
            raise RuntimeError("a token that was given cannot be renewed")
        begun = self._seconds()
        answer = yield from self._patiently(_token_request(self._credentials, self._language))
        if not answer.is_success:
            raise problem_of(problem_details(answer, now=self._now()))
        told = answer.json()
        value, seconds = (told.get(each) if isinstance(told, dict) else None for each in ("access_token", "expires_in"))
        if not isinstance(value, str) or not isinstance(seconds, int | float):
            raise AnswerNotUnderstood("the token endpoint gave no token")
        early = min(_EARLY_SECONDS, seconds / 2)
        self._token = _Token(value=value, good_until=begun + seconds - early)
        return self._token


def _bearing(request: Request, token: _Token) -> Request:
    return dataclasses.replace(request, headers={**request.headers, "Authorization": f"Bearer {token.value}"})


def _token_request(credentials: Credentials, language: str) -> Request:
    """Return what asks for a token: client_secret_basic (RFC 6749 section 2.3.1)."""
    named = (urllib.parse.quote_plus(each) for each in (credentials.client_id, credentials.client_secret))
    basic = base64.b64encode(":".join(named).encode()).decode()
    form = {"grant_type": "client_credentials"}
    form |= {"scope": " ".join(credentials.scopes)} if credentials.scopes else {}
    return Request(
        method="POST",
        path=credentials.token_address,
        headers={
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Language": language,
            "User-Agent": f"sohoa-client/{VERSION}",
        },
        body=urllib.parse.urlencode(form).encode(),
        is_harmless=True,  # a token that nobody has ends by itself
    )


def problem_details(answer: Answer, *, now: dt.datetime) -> ProblemDetails:
    """Return what an answer tells of a problem, whoever gave it: the interface, its token endpoint, or a proxy before it."""
    try:
        told = answer.json()
    except AnswerNotUnderstood:
        told = None
    told = told if isinstance(told, dict) else {}
    return ProblemDetails(
        status=answer.status,
        code=_text(told, "code") or answer.headers.get("x-error-code", ""),
        kind=_text(told, "kind"),
        title=_text(told, "title") or _text(told, "error"),
        detail=_text(told, "detail") or _text(told, "error_description"),
        messages=_object(told, "messages"),
        details=_object(told, "details"),
        request_id=answer.headers.get("x-request-id", ""),
        retry_after=retry_after(answer.headers.get("retry-after"), now=now),
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _object(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
