"""What `sohoa work` tells of its machine, over plain HTTP: `/health`, `/ready` and `/metrics`, as the pages do where they are served."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from prometheus_client import CONTENT_TYPE_LATEST

from app.machine_metrics import by_label, exposition, machine_gauges, new_registry
from app.readiness import readiness
from app.services import Services

_log = logging.getLogger(__name__)
_SECONDS = 5.0
"""that a caller may take to say what it wants"""
_Answer = tuple[HTTPStatus, str, bytes]


@contextlib.contextmanager
def machine_door(services: Services, processes: Callable[[], Mapping[str, bool]]) -> Iterator[None]:
    """Answer whoever watches over this machine, on the address of `work.host` and `work.port`, until the context ends.

    `processes` says of each process of this machine, by its name, whether it runs.

    Raises:
        OSError: the address is taken, or not this machine's.
    """
    settings = services.settings
    if not settings.work.port:
        yield
        return
    answers = _answers(services, processes)
    door = _Door((settings.work.host, settings.work.port), partial(_Caller, answers, settings.web.watchers))
    with door:
        threading.Thread(target=door.serve_forever, name="sohoa-machine-door", daemon=True).start()
        try:
            yield
        finally:
            door.shutdown()


def may_watch(host: str, watchers: tuple[str, ...]) -> bool:
    """Say whether a caller's address is one that the settings name (`web.watchers`)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each, strict=False) for each in watchers)


def _answers(services: Services, processes: Callable[[], Mapping[str, bool]]) -> Mapping[str, Callable[[], _Answer]]:
    registry = new_registry()

    def health() -> _Answer:
        return HTTPStatus.OK, "text/plain; charset=utf-8", b"ok"

    def ready() -> _Answer:
        found = readiness(services)
        status = HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", json.dumps(found.as_json()).encode()

    def metrics() -> _Answer:
        text = "Whether a process of a machine that reads runs; one that ended by itself is started again."
        running = by_label("sohoa_process_up", text, "process", processes())
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, exposition(registry, [*machine_gauges(services.settings), running])

    return {"/health": health, "/ready": ready, "/metrics": metrics}


class _Door(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], caller: Callable[..., BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, caller)

    def handle_error(self, *_: object) -> None:
        """Write down what went wrong, unless the caller went away or said nothing."""
        error = sys.exception()
        if not isinstance(error, OSError):
            _log.error("whoever watches this machine was not answered", exc_info=error)


class _Caller(BaseHTTPRequestHandler):
    timeout = _SECONDS
    server_version, sys_version = "sohoa", ""

    def __init__(
        self, answers: Mapping[str, Callable[[], _Answer]], watchers: tuple[str, ...], *server: object
    ) -> None:
        self._answers, self._watchers = answers, watchers
        super().__init__(*server)  # type: ignore[arg-type] # what socketserver hands to every handler

    def do_GET(self) -> None:
        """Answer one request; for strangers there are no metrics."""
        path = self.path.partition("?")[0]
        answer = self._answers.get(path)
        if answer is None or (path == "/metrics" and not may_watch(self.client_address[0], self._watchers)):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        status, kind, body = answer()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep no log of who watched."""
