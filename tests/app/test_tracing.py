"""Where traces begin, and that nothing is recorded where no collector is named."""

from __future__ import annotations

import pytest

from app.log_context import log_context
from app.tally import count_database, counting_store, present_tally, tallied
from app.tracing import is_tracing, origin_of, parsed_origin, span, start_tracing
from app.watching_settings import TraceSettings


def test_the_same_thing_has_the_same_trace_wherever_it_is_asked() -> None:
    """The expected ids were computed by `sha256sum`: other versions of the program have to find them again."""
    one = origin_of("intake", "01a20591-8ec8-703d-a6b9-69792988edd9")
    assert one.traceparent == "00-fd8ea44ed2edca4c06b817d5926023d8-3cdbc5f9ec02b9d6-01"
    assert parsed_origin(one.traceparent) == one
    assert origin_of("batch", "01a20591-8ec8-703d-a6b9-69792988edd9") != one


def test_without_a_collector_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    start_tracing(TraceSettings())
    assert not is_tracing()
    with span("digitize", of=origin_of("batch", "b-1"), attributes={"sohoa.batch": "b-1"}) as recorded:
        assert not recorded.is_recording()
        assert log_context() == {}


def test_what_is_asked_is_counted_for_whoever_counts() -> None:
    count_database(1.0)
    with tallied() as outer:
        count_database(0.5)
        with tallied() as inner:
            count_database(0.25)
            with counting_store():
                pass
        count_database(0.5)
        assert present_tally() is outer
    assert (outer.database_calls, outer.database_seconds, outer.store_calls) == (2, 1.0, 0)
    assert (inner.database_calls, inner.database_seconds, inner.store_calls) == (1, 0.25, 1)
    assert present_tally().database_calls == 0
