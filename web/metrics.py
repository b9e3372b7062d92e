"""How the installation does, for Prometheus: requests by kind of page, what is left to do, who works. Nothing names a paper or a person."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.machine_metrics import by_label, plain
from app.system_report import Workforce
from pipeline.domain.batch import StageTime
from pipeline.domain.intake import Lane
from pipeline.open_work_ports import OpenWork

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UNKNOWN = "–"
"""stands for every address that is none of ours: what is asked for there is the caller's to choose"""


class RequestMetrics:
    """Measures requests until their last byte; plain ASGI, so that streams pass through piece by piece."""

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "sohoa_http_request_seconds",
            "Seconds until a request was answered whole, by kind of page, method and status.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = "500", time.perf_counter()

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_and_look)
        finally:
            taken = time.perf_counter() - began
            self._seconds.labels(route_of(scope), scope["method"], status).observe(taken)


def route_of(scope: Scope) -> str:
    """Return the address's form, `/documents/{document}`: one with an id in it would name a paper."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{path}" if path else _UNKNOWN


def told_of(scope: Scope) -> dict[str, dict[str, str]]:
    """Return what a line of the log tells of a request (`logging`'s `extra`)."""
    return {"told": {"method": scope["method"], "route": route_of(scope)}}


def installation_gauges(
    work: OpenWork, stages: Sequence[StageTime], workforce: Workforce, *, now: dt.datetime
) -> Iterator[Metric]:
    """Yield how the installation does, whichever machine is asked; `stages` is what all batches together took."""
    yield by_label("sohoa_batches", "Batches by state.", "state", work.batches)
    yield plain(
        "sohoa_batch_oldest_seconds", "Age of the oldest batch that is not digitized.", _age(work.oldest_batch, now)
    )
    yield by_label("sohoa_documents", "Papers by state.", "state", work.documents)
    yield by_label("sohoa_signing_items", "Papers in orders to sign, by state.", "state", work.signing)
    yield plain("sohoa_events_waiting", "Events that somebody is still to be told.", work.events)
    yield plain("sohoa_event_oldest_seconds", "Age of the oldest of them.", _age(work.oldest_event, now))
    yield plain("sohoa_dead_letters", "Events that nobody could be told.", work.dead_letters)
    yield by_label("sohoa_dossiers_unsent", "Dossiers that other systems are to have, by state.", "state", work.unsent)
    text = "Laws of what is kept that did not hold when checked last."
    yield by_label("sohoa_broken_laws", text, "law", work.broken_laws)
    text = "Objects that were not well when read last."
    yield by_label("sohoa_unsound_objects", text, "store", work.unsound_objects)
    yield plain("sohoa_trail_entries", "Number of the last entry of the audit trail.", work.trail)
    text = "Age of the last sealed day of the audit trail; of the trail, where none is sealed."
    yield plain("sohoa_trail_unsealed_seconds", text, _age(work.unsealed_since, now))
    text = "Age of the newest backup; of the audit trail, where there is none."
    yield plain("sohoa_backup_age_seconds", text, _age(work.unsaved_since, now))
    yield from _workforce(workforce)
    yield from _counters(stages)


def _workforce(found: Workforce) -> Iterator[Metric]:
    text = "Whether the Prefect server answers this process, and does not refuse it."
    yield plain("sohoa_prefect_up", text, int(found.answers))
    online = {each.value: sum(w.is_online for w in found.workers if w.lane is each) for each in Lane}
    yield by_label("sohoa_workers", "Workers that the Prefect server hears, by lane.", "lane", online)


def _counters(stages: Sequence[StageTime]) -> Iterator[Metric]:
    seconds = CounterMetricFamily("sohoa_stage_seconds", "Seconds that batches spent at a stage.", labels=("stage",))
    units = CounterMetricFamily("sohoa_stage_units", "Files, pages or papers that a stage did.", labels=("stage",))
    for each in stages:
        seconds.add_metric((each.stage.value,), each.seconds)
        units.add_metric((each.stage.value,), each.units)
    yield from (seconds, units)


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
