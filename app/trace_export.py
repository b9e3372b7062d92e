"""Sending spans to a collector: OTLP over HTTP, in the background, a few seconds after they end.

Apart from `app.tracing`, for it takes a fifth of a second to load and most installations trace nothing.
"""

from __future__ import annotations

import os

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from app.tracing import EXPORT_SECONDS, given_ids


def open_provider(endpoint: str) -> TracerProvider:
    """Return what makes spans and sends them to a collector; empty: to the one that OpenTelemetry's own variables name."""
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces" if endpoint else None, timeout=EXPORT_SECONDS)
    resource = Resource.create({SERVICE_NAME: os.environ.get(OTEL_SERVICE_NAME) or "sohoa"})
    provider = TracerProvider(resource=resource, id_generator=_Ids())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class _Ids(RandomIdGenerator):
    """Gives the ids that a span is to have where it is to have certain ones."""

    def generate_trace_id(self) -> int:
        return given_ids()[0] or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return given_ids()[1] or super().generate_span_id()
