"""A collector of traces, as OTLP over HTTP has it (opentelemetry-proto, `trace/v1`)."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A span as it came in."""

    trace: str
    id: str
    parent: str
    """empty: it begins a trace"""
    name: str
    began: float
    """seconds since 1970"""
    ended: float
    attributes: dict[str, str | int | float | bool]
    links: tuple[str, ...]
    """traces that it is linked to"""
    failed: bool
    service: str


@dataclass(slots=True)
class Collector:
    """What came in by now."""

    endpoint: str
    spans: list[Told] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """bodies of requests, unpacked"""

    def trace(self, number: str) -> list[Told]:
        """Return the spans of a trace by their beginning."""
        return sorted((each for each in list(self.spans) if each.trace == number), key=lambda each: each.began)


@contextlib.contextmanager
def otlp_collector() -> Iterator[Collector]:
    """Run a collector on loopback."""
    collector = Collector("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.raw.append(body)
            collector.spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="otlp-collector", daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[Told]:
    for resource in request.resource_spans:
        about = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _told(span, about.get("service.name", ""))


def _told(span: Span, service: str) -> Told:
    return Told(
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        name=span.name,
        began=span.start_time_unix_nano / 1e9,
        ended=span.end_time_unix_nano / 1e9,
        attributes={each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes},
        links=tuple(each.trace_id.hex() for each in span.links),
        failed=span.status.code == 2,
        service=service,
    )
