"""One way to ask another system: bounded in time and size, never redirected, left alone when it fails."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from app.connector_settings import ConnectorSettings
from app.connectors.breaker import CircuitBreaker
from pipeline.domain.errors import SohoaError
from pipeline.domain.exchange import ConnectorState, OtherSystem
from pipeline.domain.exchange_errors import (
    ConnectorGarbled,
    ConnectorNotSet,
    ConnectorRefused,
    ConnectorUnavailable,
)
from pipeline.ports import Clock

_LARGEST = 16 << 20
"""bytes of an answer that is no file"""
_REFUSED = frozenset({401, 403, 407})
_LATER = frozenset({408, 425, 429})
_Answer = TypeVar("_Answer")
_NOTED_EVERY = dt.timedelta(minutes=1)
"""a system that answers is written down this often"""
_log = logging.getLogger(__name__)

Note = Callable[[ConnectorState], None]
"""writes down how a system stands"""


def unnoted(_: ConnectorState) -> None:
    """Write nothing down."""


@functools.cache
def _usual_trust() -> ssl.SSLContext:
    """Return whom this machine trusts: reading that for each system took longer than all else of opening them."""
    return ssl.create_default_context()


class Caller:
    """Asks one other system. Nothing of questions, answers or keys is logged; errors name the system and a short reason."""

    def __init__(self, system: OtherSystem, settings: ConnectorSettings, *, clock: Clock, note: Note = unnoted) -> None:
        self._system, self._name, self._settings = system, system.value, settings
        self._clock, self._note = clock, note
        self._noted_at: dt.datetime | None = None
        """when it was last written down that it answers; None: never, or it failed since"""
        pause = dt.timedelta(seconds=settings.pause_seconds)
        self._breaker = CircuitBreaker(self._name, failures=settings.failures, pause=pause, clock=clock)
        certificates = settings.certificates
        self._client = httpx.Client(
            timeout=settings.seconds,
            verify=_usual_trust() if certificates is None else ssl.create_default_context(cafile=str(certificates)),
            follow_redirects=False,  # an answer never leads anywhere else, least of all to an address within
            trust_env=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def ask(
        self, method: str, path: str, *, body: object = None, data: bytes | None = None, largest: int = _LARGEST
    ) -> bytes | None:
        """Ask and return the answer's bytes; None where the other side says that there is no such thing (404).

        Args:
            method: of HTTP.
            path: below the address in the settings.
            body: sent as JSON.
            data: sent as it is, as JSON as well.
            largest: bytes of an answer.

        Raises:
            ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled
        """
        with self.opened(method, path, body=body, data=data, largest=largest) as pieces:
            return None if pieces is None else b"".join(pieces)

    def decoded(self, answer: bytes, form: type[_Answer]) -> _Answer:
        """Return an answer as the value that it was agreed to be.

        Raises:
            ConnectorGarbled
        """
        try:
            return msgspec.json.decode(answer, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.garbled(_place(error)) from error

    def garbled(self, reason: str) -> ConnectorGarbled:
        """Return what to raise where an answer is not what was agreed."""
        error = ConnectorGarbled(name=self._name, reason=reason)
        self._write_down(error)
        return error

    @contextlib.contextmanager
    def opened(
        self, method: str, path: str, *, body: object = None, data: bytes | None = None, largest: int = _LARGEST
    ) -> Iterator[Iterator[bytes] | None]:
        """Ask and give the answer's bytes as they come; None where there is no such thing.

        Raises:
            ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled
        """
        if not self._settings.address:
            raise ConnectorNotSet(name=self._name)
        headers = self._headers()
        content = msgspec.json.encode(body) if body is not None else data
        deadline = time.monotonic() + self._settings.seconds
        self._breaker.ask()
        try:
            with self._client.stream(
                method, f"{self._settings.address}{path}", content=content, headers=headers
            ) as response:
                missing = self._judge(response.status_code)
                yield None if missing else self._pieces(response, deadline=deadline, largest=largest)
        except httpx.TimeoutException as error:
            raise self._failed("timeout") from error
        except httpx.HTTPError as error:
            raise self._failed(type(error).__name__) from error
        except ConnectorUnavailable as error:
            self._breaker.failed()
            self._write_down(error)
            raise
        except (ConnectorRefused, ConnectorGarbled) as error:
            self._breaker.answered()  # somebody is there
            if isinstance(error, ConnectorRefused):
                self._write_down(error)
            raise
        self._breaker.answered()
        self._write_down(None)

    def _failed(self, reason: str) -> ConnectorUnavailable:
        self._breaker.failed()
        error = ConnectorUnavailable(name=self._name, reason=reason)
        self._write_down(error)
        return error

    def _write_down(self, error: SohoaError | None) -> None:
        """Write down how the system stands; that this is not possible now keeps nobody from the answer."""
        now = self._clock.now()
        if error is None and self._noted_at is not None and now - self._noted_at < _NOTED_EVERY:
            return
        self._noted_at = now if error is None else None
        failures, paused_until = self._breaker.standing
        state = ConnectorState(
            system=self._system,
            answered_at=now if error is None else None,
            failed_at=None if error is None else now,
            reason="" if error is None else f"{error.code} {error.details['reason']}",
            failures=failures,
            paused_until=paused_until,
        )
        try:
            self._note(state)
        except SohoaError as problem:
            _log.warning("%s: %s", self._name, problem)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json, application/pdf", "Accept-Encoding": "identity"}
        headers["Content-Type"] = "application/json"
        if self._settings.token_file is not None:
            headers["Authorization"] = f"Bearer {self._token(self._settings.token_file)}"
        return headers

    def _token(self, file: Path) -> str:
        """Return the token as it stands in its file now; what the file holds is not told."""
        try:
            token = file.read_text(encoding="ascii").splitlines()[0].strip()
        except (OSError, UnicodeError, IndexError) as error:
            raise ConnectorRefused(name=self._name, reason="token_file") from error
        return token

    def _judge(self, status: int) -> bool:
        """Say whether an answer is that there is no such thing; refuse those that are none."""
        if status == httpx.codes.NOT_FOUND:
            return True
        if 300 <= status < 400:  # noqa: PLR2004 - redirects
            raise ConnectorRefused(name=self._name, reason="redirect")
        if status in _REFUSED:
            raise ConnectorRefused(name=self._name, reason=str(status))
        if status >= 500 or status in _LATER:  # noqa: PLR2004 - the other side's fault
            raise ConnectorUnavailable(name=self._name, reason=str(status))
        if status != httpx.codes.OK:
            raise self.garbled(str(status))
        return False

    def _pieces(self, response: httpx.Response, *, deadline: float, largest: int) -> Iterator[bytes]:
        size = 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > largest:
                raise self.garbled("too_long")
            if time.monotonic() > deadline:  # bytes may come one by one, each of them in time
                raise ConnectorUnavailable(name=self._name, reason="timeout")
            yield piece


def _place(error: Exception) -> str:
    """Return what is wrong with an answer without its values: msgspec names place and types only."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "no_json"


def path_part(code: str) -> str:
    """Return a code as one part of a path, in which none of its signs has a meaning."""
    return quote(code, safe="")
