"""Traces: what was done for one upload or one order, by whichever process, as spans that a collector puts together.

OpenTelemetry is spoken here, and in `app.trace_export`, and nowhere else. A span tells what was done, for how long, how it ended, and how often database and
store were asked meanwhile; of papers and people it tells nothing but ids. Nothing is recorded unless a collector is named.

The trace of an upload has an id that is derived from the intake's, so that requests that come one after the other, days apart or
after a crash, belong together without anybody keeping that; likewise the trace of an order of signatures.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from app.log_context import telling
from app.tally import Tally, tallied
from app.watching_settings import TraceSettings
from pipeline.domain.errors import SohoaError

Told = str | int | float | bool
EXPORT_SECONDS = 5.0
"""that a collector may take; what it does not take is lost, and no work waits for it any longer"""
_NANO = 1_000_000_000
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_given: ContextVar[tuple[int, int]] = ContextVar("given_ids", default=(0, 0))


class Provider(Protocol):
    """Makes spans, and sends them."""

    def get_tracer(self, name: str, /) -> trace.Tracer:
        """Return what makes spans."""
        ...

    def force_flush(self, timeout_millis: int, /) -> bool:
        """Send what has ended."""
        ...


_provider: Provider | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a trace begins: what has it as its parent belongs to the trace."""

    trace: int
    span: int

    @property
    def traceparent(self) -> str:
        """As W3C Trace Context writes it."""
        return f"00-{self.trace:032x}-{self.span:016x}-01"


def origin_of(kind: str, number: str) -> Origin:
    """Return the beginning of the trace of an intake, a batch or an order: always the same for the same one."""
    digest = hashlib.sha256(f"sohoa {kind} {number}".encode()).digest()
    return Origin(int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big"))


def parsed_origin(traceparent: str) -> Origin:
    """Return what `Origin.traceparent` wrote."""
    _, number, span, _ = traceparent.split("-")
    return Origin(int(number, 16), int(span, 16))


def given_ids() -> tuple[int, int]:
    """Return the ids of trace and span that the next span is to have; 0: any."""
    return _given.get()


def start_tracing(settings: TraceSettings) -> None:
    """Send spans to the collector that settings or environment name, from now until the process ends; again changes nothing."""
    global _provider  # noqa: PLW0603 - one for a process, as its log
    if _provider is None and (settings.endpoint or any(os.environ.get(each) for each in _ENDPOINTS)):
        from app.trace_export import open_provider  # noqa: PLC0415 - most processes need not load it

        _provider = open_provider(settings.endpoint)


def is_tracing() -> bool:
    """Say whether spans go anywhere."""
    return _provider is not None


def send_spans() -> None:
    """Hand over what has ended: for a process that may end soon, or stand still."""
    if _provider is not None:
        _provider.force_flush(int(EXPORT_SECONDS * 1000))


@contextlib.contextmanager
def span(
    name: str,
    *,
    under: Origin | None = None,
    of: Origin | None = None,
    server: bool = False,
    attributes: Mapping[str, Told] | None = None,
) -> Iterator[Span]:
    """Record what is done until the context ends, with what it asks of database and store.

    Args:
        name: what is done.
        under: the beginning of the trace that it belongs to; else it belongs to the span in which it is done.
        of: the trace that it begins, unless it is done in a span.
        server: whether somebody outside asked for it.
        attributes: ids and numbers.
    """
    if _provider is None:
        yield trace.INVALID_SPAN
        return
    context = None
    if under is not None or server:  # a server begins a request within what it did for the one before it
        before = trace.INVALID_SPAN if under is None else NonRecordingSpan(_context(under))
        context = trace.set_span_in_context(before, Context())
    token = _given.set((0, 0) if of is None else (of.trace, 0))
    try:
        begun = _provider.get_tracer("sohoa").start_span(
            name, context=context, kind=SpanKind.SERVER if server else SpanKind.INTERNAL, attributes=attributes
        )
    finally:
        _given.reset(token)
    at = begun.get_span_context()
    with (
        trace.use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False),
        telling(trace=trace.format_trace_id(at.trace_id), span=trace.format_span_id(at.span_id)),
        tallied() as tally,
    ):
        try:
            yield begun
        except BaseException as error:
            fail(begun, error.code if isinstance(error, SohoaError) else type(error).__name__)
            raise
        finally:
            begun.set_attributes(tally_attributes(tally))


def fail(begun: Span, code: str) -> None:
    """Say that something ended badly, and how, by its code."""
    begun.set_status(Status(StatusCode.ERROR, code))
    begun.set_attribute("error.type", code)


def record(
    name: str, *, seconds: float, ended: float | None = None, attributes: Mapping[str, Told] | None = None
) -> None:
    """Record what has been done already within the present span.

    Args:
        name: what was done.
        seconds: that it took.
        ended: when it ended, in seconds since 1970; just now if unset.
        attributes: ids and numbers.
    """
    if _provider is None:
        return
    end = time.time() if ended is None else ended
    begun = _provider.get_tracer("sohoa").start_span(
        name, start_time=int((end - seconds) * _NANO), attributes=attributes
    )
    begun.end(int(end * _NANO))


def record_origin(origin: Origin, name: str, *, began: float, attributes: Mapping[str, Told]) -> None:
    """Record the beginning of a trace itself, once it is over.

    Args:
        origin: whose ids it has.
        name: what it is.
        began: in seconds since 1970.
        attributes: ids and numbers.
    """
    if _provider is None:
        return
    asked = trace.get_current_span().get_span_context()
    links = [Link(asked)] if asked.is_valid and asked.trace_id != origin.trace else []
    token = _given.set((origin.trace, origin.span))
    try:
        begun = _provider.get_tracer("sohoa").start_span(
            name,
            context=trace.set_span_in_context(trace.INVALID_SPAN, Context()),
            start_time=int(began * _NANO),
            links=links,
            attributes=attributes,
        )
    finally:
        _given.reset(token)
    begun.end()


def tally_attributes(tally: Tally) -> Mapping[str, Told]:
    """Return how often database and store were asked, as a span tells it."""
    return {
        "sohoa.database.calls": tally.database_calls,
        "sohoa.database.seconds": round(tally.database_seconds, 6),
        "sohoa.store.calls": tally.store_calls,
        "sohoa.store.seconds": round(tally.store_seconds, 6),
    }


def _context(origin: Origin) -> SpanContext:
    return SpanContext(origin.trace, origin.span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
