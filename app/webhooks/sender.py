"""Messages over HTTP: to the network address that was looked at, within bounds of time and size, and nowhere else.

The name is looked up once, when the connection is made; what was found is judged and then connected to, so that a name
that leads elsewhere a moment later (DNS rebinding) leads nowhere. TLS is spoken with the name. Nothing is followed,
and of an answer only its head is read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpcore

from app.webhook_settings import WebhookSettings
from app.webhooks.destinations import Destinations, Resolve
from pipeline.domain.errors import BadSettings
from pipeline.domain.webhook import SendAnswer, SendFault, fault_of
from pipeline.domain.webhook_errors import WebhookAddressRefused

_AGENT = "sohoa-webhooks/1"
_SECONDS = re.compile(r"[0-9]{1,6}")


class HttpEventSender:
    """Implements `pipeline.event_ports.EventSender`. Threads may share it."""

    def __init__(self, settings: WebhookSettings, *, resolve: Resolve | None = None) -> None:
        """Keep what may be sent to.

        Raises:
            BadSettings: the file of certificates cannot be read.
        """
        self._settings = settings
        self._destinations = Destinations(settings, resolve=resolve or system_resolve)
        file = settings.certificates
        try:
            self._tls = ssl.create_default_context(cafile=None if file is None else str(file))
        except (OSError, ValueError) as error:
            raise BadSettings(name="webhooks.certificates", problem=type(error).__name__) from error

    def refuse(self, address: str) -> None:
        """Refuse an address that nothing may be sent to.

        Raises:
            WebhookAddressRefused
        """
        destination = self._destinations.destination(address)
        found = self._destinations.addresses(destination.host, destination.port)
        if isinstance(found, SendFault):
            raise WebhookAddressRefused(address=address, problem=found.value)

    def send(self, address: str, body: bytes, headers: Mapping[str, str]) -> SendAnswer:
        """Send a message and return what came of it."""
        started = time.monotonic()
        try:
            status, retry_after = self._post(address, body, headers, deadline=started + self._settings.seconds)
            fault = fault_of(status)
        except WebhookAddressRefused as error:
            status, retry_after, fault = None, None, SendFault(str(error.details["problem"]))
        except _Refused as error:
            status, retry_after, fault = None, None, error.fault
        except (httpcore.TimeoutException, TimeoutError):
            status, retry_after, fault = None, None, SendFault.TIMEOUT
        except httpcore.ConnectError as error:
            status, retry_after, fault = None, None, _connect_fault(error)
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            status, retry_after, fault = None, None, SendFault.BROKEN
        milliseconds = round((time.monotonic() - started) * 1000)
        return SendAnswer(status=status, milliseconds=milliseconds, fault=fault, retry_after=retry_after)

    def _post(
        self, address: str, body: bytes, headers: Mapping[str, str], *, deadline: float
    ) -> tuple[int, dt.timedelta | None]:
        """Return the status of the answer, and how long the receiver asks to be left alone."""
        to = self._destinations.destination(address)
        url = httpcore.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target)
        sent = {
            "Host": to.authority,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": _AGENT,
            "Connection": "close",
            **headers,
        }
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._settings.seconds)
        backend = _GuardedBackend(self._destinations, deadline)
        with httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool:
            request = httpcore.Request(
                "POST", url, headers=list(sent.items()), content=body, extensions={"timeout": timeout}
            )
            response = pool.handle_request(request)
            with contextlib.closing(response):
                return response.status, _retry_after(response.headers)


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Look a host up as the operating system does.

    Raises:
        OSError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class _Refused(Exception):
    """The host is nowhere that may be connected to."""

    def __init__(self, fault: SendFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to what was judged, and to nothing else; everything ends at one deadline."""

    def __init__(self, destinations: Destinations, deadline: float) -> None:
        self._destinations, self._deadline = destinations, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - signature of the base; the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of the host's addresses, after all of them were judged."""
        found = self._destinations.addresses(host, port)
        if isinstance(found, SendFault):
            raise _Refused(found)
        for later, each in zip(reversed(range(len(found))), found, strict=True):
            share = _left(self._deadline) / (later + 1)  # one that does not answer leaves time for the others
            try:
                stream = self._plain.connect_tcp(str(each), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not later:
                    raise
                continue
            return _BoundStream(stream, self._deadline)
        raise _Refused(SendFault.NAME)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: nobody who receives events is on this machine's files."""
        del path, timeout, socket_options
        raise _Refused(SendFault.INNER)


class _BoundStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline, so that bytes that come one by one gain nothing."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        """Read what is there, until the deadline."""
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        """Write everything, until the deadline."""
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        """Speak TLS with the name that was asked for."""
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _BoundStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - of the base
        """Return what is known of the connection."""
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("deadline")
    return left


def _connect_fault(error: httpcore.ConnectError) -> SendFault:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return SendFault.TLS
        cause = cause.__cause__ or cause.__context__
    return SendFault.UNREACHABLE


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> dt.timedelta | None:
    """Return the header `Retry-After` in seconds; its form as a date is rare, and the usual wait serves."""
    for name, value in headers:
        text = value.decode("latin-1")
        if name.lower() == b"retry-after" and _SECONDS.fullmatch(text):
            return dt.timedelta(seconds=int(text))
    return None
