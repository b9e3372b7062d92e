"""Many clients that ask at once: plain HTTP/1.1 over connections that stay, so that what is measured is the server.

`python -m benchmarks.api_clients` reads a question as JSON from standard input and prints what was measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Which requests, by how many, how long."""

    host: str
    port: int
    paths: Sequence[str]
    headers: Mapping[str, str]
    clients: int
    seconds: float
    pause: float
    """mean seconds between an answer and a client's next request; 0: none"""
    seed: int = 1


@dataclass(slots=True)
class Measured:
    """What came of it; seconds."""

    first_byte: list[float] = field(default_factory=list)
    """until the first byte of the body"""
    whole: list[float] = field(default_factory=list)
    """until its last"""
    failures: dict[str, int] = field(default_factory=dict)
    """answers that were not 200, by status"""


async def run(load: Load) -> Measured:
    """Ask until the time is over."""
    measured = Measured()
    ends = time.perf_counter() + load.seconds
    await asyncio.gather(*(_client(load, number, ends, measured) for number in range(load.clients)))
    return measured


async def _client(load: Load, number: int, ends: float, measured: Measured) -> None:
    dice = random.Random(load.seed << 16 | number)
    await asyncio.sleep(dice.random() * load.pause)
    reader, writer = await asyncio.open_connection(load.host, load.port)
    named = "".join(f"{name}: {value}\r\n" for name, value in load.headers.items())
    while time.perf_counter() < ends:
        request = f"GET {dice.choice(load.paths)} HTTP/1.1\r\nHost: {load.host}:{load.port}\r\n{named}\r\n"
        if reader.at_eof():  # a server closes what nobody used for a while
            reader, writer = await asyncio.open_connection(load.host, load.port)
        started = time.perf_counter()
        writer.write(request.encode())
        status, first = await _answer(reader)
        if status == 200:
            measured.first_byte.append(first - started)
            measured.whole.append(time.perf_counter() - started)
        else:
            measured.failures[str(status)] = measured.failures.get(str(status), 0) + 1
        if load.pause:
            await asyncio.sleep(dice.expovariate(1 / load.pause))
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, float]:
    """Read an answer to its end; return its status and when the first byte of its body came."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head[1:] if each)}
    status = int(head[0].split(" ")[1])
    if fields.get("transfer-encoding") == "chunked":
        return status, await _chunks(reader)
    left = int(fields.get("content-length", "0"))
    piece = await reader.read(min(left, 65536)) if left else b""
    first = time.perf_counter()
    left -= len(piece)
    while left:
        left -= len(await reader.read(min(left, 1 << 20)))
    return status, first


async def _chunks(reader: asyncio.StreamReader) -> float:
    first = 0.0
    while size := int((await reader.readline()).split(b";")[0], 16):
        await reader.readexactly(1)
        first = first or time.perf_counter()
        await reader.readexactly(size - 1 + 2)
    await reader.readline()
    return first


def main() -> None:
    """Run a load that standard input describes."""
    print(json.dumps(asdict(asyncio.run(run(Load(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
