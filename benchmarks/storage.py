"""Objects through the port against the bare `minio` client, on the tests' own S3 server: `make benchmark-storage`.

Pairs: the client's own put (or get) of the same bytes, then the port's, or the other way round, turn by turn, so that what
else the machine does falls on both. The port hashes every byte, on the way in and on the way out; the client does not on
the way out. Target: 90 % of the client's throughput for objects of 100 KB, 2 MB and 100 MB.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from minio import Minio

from benchmarks.machine import describe_machine
from pipeline.domain.capability import Capability
from pipeline.ports import Area
from storage.checked import CHUNK
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access, s3_client
from tests.servers.rados_gateway import S3Server, rados_gateway

RESULTS = Path(__file__).parent / "results" / "storage.md"
TARGET = 0.9
SIZES = ((100_000, 80), (2_000_000, 40), (100_000_000, 8))
"""bytes of an object, pairs"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, the client's way to it and the port's."""

    name: str
    raw: Minio
    port: S3Objects


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of the pairs of one kind."""

    bucket: str
    deed: str
    size: int
    raw: tuple[float, ...]
    port: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Throughput through the port, the client's being 1."""
        return statistics.median(self.raw) / statistics.median(self.port)


def open_bucket(server: S3Server, name: str, *, versions: bool) -> Bucket:
    access = S3Access(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=name,
        region=server.region,
        secure=server.secure,
    )
    s3_client(access).make_bucket(name, location=server.region, object_lock=versions)
    # this server keeps the condition of a put in buckets without versions only, as the probe finds
    proven = frozenset() if versions else frozenset({Capability.CONDITIONAL_PUT})
    raw = Minio(
        server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region=server.region,
        secure=server.secure,
    )
    return Bucket(name, raw, S3Objects(access, proven=proven))


def measure(bucket: Bucket, size: int, pairs: int) -> Iterator[Row]:
    """Put and get fresh bytes in pairs; the client's objects get names as the port's."""
    times: dict[str, list[float]] = {"raw put": [], "port put": [], "raw get": [], "port get": []}
    for turn in range(pairs):
        ours, theirs = os.urandom(size), os.urandom(size)
        raw_key = f"raw/{os.urandom(32).hex()}"
        names: list[str] = []

        def raw_put(key: str = raw_key, data: bytes = theirs) -> None:
            bucket.raw.put_object(bucket.name, key, io.BytesIO(data), size)

        def port_put(data: bytes = ours, names: list[str] = names) -> None:
            names.append(bucket.port.put(Area.ARCHIVE, io.BytesIO(data)).sha256)

        def raw_get(key: str = raw_key) -> None:
            answer = bucket.raw.get_object(bucket.name, key)
            while answer.read(CHUNK):
                pass
            answer.close()
            answer.release_conn()

        def port_get(names: list[str] = names) -> None:
            with bucket.port.open(Area.ARCHIVE, names[0]) as stream:  # type: ignore[arg-type]  # a name of the port's
                while stream.read(CHUNK):
                    pass

        for pair in (("raw put", raw_put), ("port put", port_put)), (("raw get", raw_get), ("port get", port_get)):
            for name, deed in pair if turn % 2 else reversed(pair):
                times[name].append(_seconds(deed))
        bucket.raw.remove_object(bucket.name, raw_key)
    for deed in ("put", "get"):
        yield Row(bucket.name, deed, size, tuple(times[f"raw {deed}"]), tuple(times[f"port {deed}"]))


def _seconds(deed: Callable[[], None]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def _table(rows: list[Row]) -> str:
    lines = [
        "| bucket | | object | pairs | client, MB/s | port, MB/s | port of client | worst quarter |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        raw, port = statistics.median(row.raw), statistics.median(row.port)
        quarter = sorted(a / b for a, b in zip(row.raw, row.port, strict=True))[len(row.raw) // 4]
        lines.append(
            f"| {row.bucket} | {row.deed} | {row.size / 1e6:g} MB | {len(row.raw)} | {row.size / raw / 1e6:.1f} "
            f"| {row.size / port / 1e6:.1f} | {row.ratio:.0%} | {quarter:.0%} |"
        )
    return "\n".join(lines)


def _report(rows: list[Row]) -> str:
    machine = describe_machine()
    on = f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}"
    return (
        "# Objects through the port against the bare client\n\n"
        f"Written by `make benchmark-storage`. {on}; Python {machine['python']}, minio {metadata.version('minio')}, "
        f"RADOS gateway on the same cores; {machine['commit']}. Medians; the worst quarter is that of the pairs' ratios.\n\n"
        f"{_table(rows)}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="share of the pairs, for a quick look")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    rows: list[Row] = []
    with rados_gateway() as server:
        for name, versions in (("plain", False), ("versions", True)):
            bucket = open_bucket(server, name, versions=versions)
            list(measure(bucket, 1000, 10))  # connections, memory and the server's own beginnings
            for size, pairs in SIZES:
                for row in measure(bucket, size, max(2, round(pairs * chosen.part))):
                    rows.append(row)
                    print(_table([row]).splitlines()[-1], flush=True)
    chosen.out.write_text(_report(rows), encoding="utf-8")
    return 0 if all(row.ratio >= TARGET for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
