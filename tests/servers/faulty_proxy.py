"""A proxy on loopback before an HTTP server, which does to one request of many what networks and servers do."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, cast

SLOW_SECONDS = 1.2
"""longer than a client waits that is to be tested with this"""


class Fault(StrEnum):
    """What happens to a request."""

    CUT_BEFORE = "cut before"
    """the connection ends before the server hears of it"""
    CUT_AFTER = "cut after"
    """the server does it, and its answer is lost"""
    SLOW = "slow"
    """the server does it, and its answer comes when nobody waits any more"""
    BUSY_BEFORE = "busy before"
    """503 in place of the server's doing"""
    BUSY_AFTER = "busy after"
    """the server does it, and 500 is the answer"""
    TRUNCATED = "truncated"
    """half of the answer's body"""
    REQUEST_FLIPPED = "request flipped"
    """one bit of the body on its way there"""
    ANSWER_FLIPPED = "answer flipped"
    """one bit of the body on its way back"""


@dataclass(slots=True)
class Plan:
    """Which request is struck, and by what. `requests` counts those that came."""

    fault: Fault | None = None
    number: int = 0
    """of the request, from 1; 0: none"""
    always: bool = False
    """strike that request and all behind it"""
    requests: int = 0
    log: list[str] = field(default_factory=list)

    def begin(self, fault: Fault | None, number: int = 0, *, always: bool = False) -> None:
        self.fault, self.number, self.always, self.requests = fault, number, always, 0
        self.log.clear()

    def strikes(self, said: str) -> Fault | None:
        self.requests += 1
        self.log.append(said)
        hit = self.requests == self.number or (self.always and 0 < self.number <= self.requests)
        return self.fault if hit else None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: ClassVar[str]
    plan: ClassVar[Plan]
    order: ClassVar[threading.Lock]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.order:
            fault = self.plan.strikes(f"{self.command} {self.path[:120]}")
        if fault is Fault.CUT_BEFORE:
            self._cut()
        elif fault is Fault.BUSY_BEFORE:
            self._answer(503, _XML, _ERROR)
        else:
            self._answer_with(fault, *self._ask(_flipped(body) if fault is Fault.REQUEST_FLIPPED else body))

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _pass  # noqa: N815 - names given by the base

    def _answer_with(self, fault: Fault | None, status: int, headers: Mapping[str, str], body: bytes) -> None:
        if fault is Fault.SLOW:
            time.sleep(SLOW_SECONDS)
        if fault in {Fault.CUT_AFTER, Fault.SLOW}:
            self._cut()
        elif fault is Fault.BUSY_AFTER:
            self._answer(500, _XML, _ERROR)
        else:
            body = _flipped(body) if fault is Fault.ANSWER_FLIPPED else body
            self._answer(status, headers, body, whole=fault is not Fault.TRUNCATED)

    def _ask(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        with contextlib.closing(http.client.HTTPConnection(self.upstream, timeout=60)) as connection:
            # the head goes as it came: the signature holds for it
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers.items()), answer.read()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes, *, whole: bool = True) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        if status != http.HTTPStatus.NO_CONTENT:
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if whole else body[: len(body) // 2])
        if not whole:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        # a reset, as when a machine goes down
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients go away; that is no news here."""


@contextlib.contextmanager
def faulty_proxy(upstream: str) -> Iterator[tuple[str, Plan]]:
    """Stand before `upstream` (host:port); give the endpoint and the plan, which may be changed between requests."""
    one = {"upstream": upstream, "plan": Plan(), "order": threading.Lock()}
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), one)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", cast("Plan", one["plan"])
        finally:
            server.shutdown()
            thread.join()


_XML = {"Content-Type": "application/xml"}
_ERROR = b"<Error><Code>SlowDown</Code><Message>busy</Message></Error>"


def _flipped(data: bytes) -> bytes:
    """Return the data with one bit of the byte in the middle turned."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :] if data else data
