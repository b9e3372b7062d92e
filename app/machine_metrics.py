"""How one machine does, in Prometheus's text format: its room, what it is short of, its processes. Nothing names a paper or a person."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app.settings import Settings
from app.shortage import Shortage, short_of_room


def new_registry() -> CollectorRegistry:
    """Return a registry with what is known of the process itself."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry, found: Iterable[Metric]) -> bytes:
    """Return what a registry measures all the time and what was found just now."""
    own = CollectorRegistry()
    own.register(_Now(tuple(found)))
    return generate_latest(registry) + generate_latest(own)


class _Now(Collector):
    def __init__(self, gauges: tuple[Metric, ...]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yield what was found."""
        yield from self._gauges


def machine_gauges(settings: Settings) -> Iterator[Metric]:
    """Yield the room on this machine's disks, in bytes, and what it has too little of to begin new work."""
    rooms = {"home": settings.home, "archive": settings.archive_folder, "incoming": settings.intake_folder}
    free = {name: shutil.disk_usage(folder).free for name, folder in rooms.items() if folder.exists()}
    yield by_label("sohoa_free_bytes", "Room on the disk of a folder.", "folder", free)
    short = short_of_room(settings)
    text = "Whether this machine begins nothing new to read, since it is short of something."
    yield by_label("sohoa_short", text, "what", {each.value: int(each in short) for each in Shortage})


def plain(name: str, text: str, value: float) -> Metric:
    """Return one number."""
    return GaugeMetricFamily(name, text, value=value)


def by_label(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a number for each value of a label."""
    family = GaugeMetricFamily(name, text, labels=(label,))
    for each, value in sorted(values.items()):
        family.add_metric((each,), value)
    return family
