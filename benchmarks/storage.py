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
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from minio import Minio

from benchmarks.machine import describe_machine
from pipeline.domain.capability import Capability
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.checked import CHUNK
from storage.objects_s3 import S3Objects
from storage.s3_client import S3Access, s3_client
from tests.servers.rados_gateway import S3Server, rados_gateway

RESULTS = Path(__file__).parent / "results" / "storage.md"
TARGET = 0.9
PLAIN, VERSIONS = "plain", "versions"
"""buckets"""
DEEDS = ("put", "get", "file")
"""put from memory, get to memory, get to a file"""
SIZES = ((100_000, 80), (2_000_000, 40), (100_000_000, 8))
"""bytes of an object, pairs"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, the client's way to it and the port's."""

    name: str
    raw: Minio
    port: S3Objects


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call took."""

    seconds: float
    processor: float
    """seconds of this process; the server's are not among them"""


@dataclass(frozen=True, slots=True)
class Row:
    """The pairs of one kind."""

    bucket: str
    deed: str
    size: int
    raw: tuple[Cost, ...]
    port: tuple[Cost, ...]

    @property
    def ratio(self) -> float:
        """Throughput through the port, the client's being 1."""
        return _median(self.raw, "seconds") / _median(self.port, "seconds")


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
    """Put and get fresh bytes in pairs; what is measured first changes from turn to turn."""
    costs: dict[tuple[str, str], list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="sohoa-benchmark-") as folder:
        for turn in range(pairs):
            pair = _Pair(bucket, size, Path(folder))
            for deed in DEEDS:
                for side in ("raw", "port") if turn % 2 else ("port", "raw"):
                    costs.setdefault((deed, side), []).append(_cost(getattr(pair, f"{side}_{deed}")))
            bucket.raw.remove_object(bucket.name, pair.key)
    for deed in DEEDS:
        yield Row(bucket.name, deed, size, tuple(costs[deed, "raw"]), tuple(costs[deed, "port"]))


class _Pair:
    """Fresh bytes for the client, and as many for the port."""

    def __init__(self, bucket: Bucket, size: int, folder: Path) -> None:
        self._bucket = bucket
        self._raw_data, self._port_data = os.urandom(size), os.urandom(size)
        self._file = folder / "object"
        self.key = f"raw/{os.urandom(32).hex()}"
        self._name = ContentHash("")

    def raw_put(self) -> None:
        self._bucket.raw.put_object(self._bucket.name, self.key, io.BytesIO(self._raw_data), len(self._raw_data))

    def port_put(self) -> None:
        self._name = self._bucket.port.put(Area.ARCHIVE, io.BytesIO(self._port_data)).sha256

    def raw_get(self) -> None:
        answer = self._bucket.raw.get_object(self._bucket.name, self.key)
        while answer.read(CHUNK):
            pass
        answer.close()
        answer.release_conn()

    def port_get(self) -> None:
        with self._bucket.port.open(Area.ARCHIVE, self._name) as stream:
            while stream.read(CHUNK):
                pass

    def raw_file(self) -> None:
        self._bucket.raw.fget_object(self._bucket.name, self.key, str(self._file))
        self._file.unlink()

    def port_file(self) -> None:
        with self._bucket.port.local(Area.ARCHIVE, self._name):
            pass


def _cost(deed: Callable[[], None]) -> Cost:
    start, processor = time.perf_counter(), time.process_time()
    deed()
    return Cost(time.perf_counter() - start, time.process_time() - processor)


def _median(costs: Sequence[Cost], of: str) -> float:
    return float(statistics.median(getattr(each, of) for each in costs))


def _table(rows: list[Row]) -> str:
    lines = [
        "| bucket | | object | pairs | client, MB/s | port, MB/s | port of client | processor of client, ms | of port, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        raw, port = (row.size / _median(costs, "seconds") / 1e6 for costs in (row.raw, row.port))
        processor = " | ".join(f"{_median(costs, 'processor') * 1e3:.1f}" for costs in (row.raw, row.port))
        lines.append(
            f"| {row.bucket} | {row.deed} | {row.size / 1e6:g} MB | {len(row.raw)} | {raw:.1f} | {port:.1f} "
            f"| {row.ratio:.0%} | {processor} |"
        )
    return "\n".join(lines)


def _report(rows: list[Row], *, load: float) -> str:
    machine = describe_machine()
    on = f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}"
    return (
        "# Objects through the port against the bare client\n\n"
        f"Written by `make benchmark-storage`. {on}; Python {machine['python']}, minio {metadata.version('minio')}, "
        f"RADOS gateway on the same cores; {machine['commit']}. Medians.\n\n"
        f"Load of the machine when it began: {load:.1f}. The port hashes what it reads, beside the network where a processor is "
        "idle; where none is, that time is the server's. In a bucket with versions this server overlooks the condition of a "
        "put, so the port looks before it puts: those rows are shown and not held to the target.\n\n"
        f"{_table(rows)}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="share of the pairs, for a quick look")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    load, rows = os.getloadavg()[0], list[Row]()
    with rados_gateway() as server:
        for name in (PLAIN, VERSIONS):
            bucket = open_bucket(server, name, versions=name == VERSIONS)
            list(measure(bucket, 1000, 10))  # connections, memory and the server's own beginnings
            for size, pairs in SIZES:
                for row in measure(bucket, size, max(2, round(pairs * chosen.part))):
                    rows.append(row)
                    print(_table([row]).splitlines()[-1], flush=True)
    chosen.out.write_text(_report(rows, load=load), encoding="utf-8")
    return 0 if all(row.ratio >= TARGET for row in rows if row.bucket == PLAIN) else 1


if __name__ == "__main__":
    sys.exit(main())
