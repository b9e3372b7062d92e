"""How the installation does, for Prometheus: requests by kind of page, what is left to do, room on the disks. Nothing names a paper or a person."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shortage import Shortage
from pipeline.domain.batch import StageTime
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


def new_registry() -> CollectorRegistry:
    """Return a registry with what is known of the process itself."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def exposition(
    registry: CollectorRegistry,
    work: OpenWork,
    stages: Sequence[StageTime],
    rooms: Mapping[str, Path],
    *,
    short: Collection[str],
    now: dt.datetime,
) -> bytes:
    """Return everything in Prometheus's text format.

    `stages` is what all batches together took; `rooms` are folders whose disks fill, by name; `short` names what this machine has
    too little of to begin new work.
    """
    own = CollectorRegistry()
    own.register(_Now((*_gauges(work, rooms, now), _shortages(short), *_counters(stages))))
    return generate_latest(registry) + generate_latest(own)


class _Now(Collector):
    def __init__(self, gauges: tuple[Metric, ...]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yield what was found."""
        yield from self._gauges


def _gauges(work: OpenWork, rooms: Mapping[str, Path], now: dt.datetime) -> Iterator[Metric]:
    yield _by("sohoa_batches", "Batches by state.", "state", work.batches)
    yield _plain(
        "sohoa_batch_oldest_seconds", "Age of the oldest batch that is not digitized.", _age(work.oldest_batch, now)
    )
    yield _by("sohoa_documents", "Papers by state.", "state", work.documents)
    yield _by("sohoa_signing_items", "Papers in orders to sign, by state.", "state", work.signing)
    yield _plain("sohoa_events_waiting", "Events that somebody is still to be told.", work.events)
    yield _plain("sohoa_event_oldest_seconds", "Age of the oldest of them.", _age(work.oldest_event, now))
    yield _plain("sohoa_dead_letters", "Events that nobody could be told.", work.dead_letters)
    yield _by("sohoa_dossiers_unsent", "Dossiers that other systems are to have, by state.", "state", work.unsent)
    yield _by("sohoa_broken_laws", "Laws of what is kept that did not hold when checked last.", "law", work.broken_laws)
    yield _by("sohoa_unsound_objects", "Objects that were not well when read last.", "store", work.unsound_objects)
    yield _plain("sohoa_trail_entries", "Number of the last entry of the audit trail.", work.trail)
    free = {name: shutil.disk_usage(folder).free for name, folder in rooms.items() if folder.exists()}
    yield _by("sohoa_free_bytes", "Room on the disk of a folder.", "folder", free)


def _shortages(short: Collection[str]) -> Metric:
    text = "Whether this machine begins nothing new to read, since it is short of something."
    return _by("sohoa_short", text, "what", {each.value: int(each in short) for each in Shortage})


def _counters(stages: Sequence[StageTime]) -> Iterator[Metric]:
    seconds = CounterMetricFamily("sohoa_stage_seconds", "Seconds that batches spent at a stage.", labels=("stage",))
    units = CounterMetricFamily("sohoa_stage_units", "Files, pages or papers that a stage did.", labels=("stage",))
    for each in stages:
        seconds.add_metric((each.stage.value,), each.seconds)
        units.add_metric((each.stage.value,), each.units)
    yield from (seconds, units)


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()


def _plain(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for each, value in sorted(values.items()):
        family.add_metric((each,), value)
    return family
