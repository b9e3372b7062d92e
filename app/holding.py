"""Keep other processes away from a batch, and take it over from one that died."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.errors import BatchBusy
from pipeline.domain.ids import BatchId
from pipeline.ports import BatchRecords, Held, Holder

_NAME = re.compile(r"(?P<place>.+):(?P<pid>\d+):(?P<started>\d+)")
LEASE_SECONDS = 30
"""after which the lease of a machine that vanished ends; a process that died on this machine is noticed at once"""


@contextlib.contextmanager
def hold_batch(batches: BatchRecords, batch: BatchId) -> Iterator[Held]:
    """Hold a batch while this process works on it, and give the books through which it writes meanwhile.

    Raises:
        BatchBusy: another process, which is alive or on another machine, works on it.
    """
    me = process_name(os.getpid())
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(batches.lease(batch, holder=me, seconds=LEASE_SECONDS))
        except BatchBusy as busy:
            holder = str(busy.details.get("holder", ""))
            if not is_dead(holder):
                raise
            held = stack.enter_context(batches.lease(batch, holder=me, seconds=LEASE_SECONDS, instead_of=holder))
        yield held


def this_process() -> Holder:
    """Return this process as one that claims parts of batches."""
    return Holder(name=process_name(os.getpid()), seconds=LEASE_SECONDS, is_dead=is_dead, wait=time.sleep)


def process_name(pid: int) -> str:
    """Return a name that no other process has: host, name space, process id, and its start in ticks since boot."""
    return f"{_place()}:{pid}:{_started(pid) or '?'}"


def is_dead(holder: str) -> bool:
    """Say whether a holder is known to be dead: a process of this machine that is gone, or whose id is another's now."""
    return lives(holder) is False


def lives(name: str) -> bool | None:
    """Say whether a process lives, by its name; None: it is on another machine, or that cannot be told here."""
    named = _NAME.fullmatch(name)
    if named is None or named["place"] != _place() or not Path("/proc/self/stat").exists():
        return None
    return _started(int(named["pid"])) == named["started"]


def _place() -> str:
    """Return where process ids mean the same processes: containers may share a host name, but not their ids."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{socket.gethostname()}:{space}"


def _started(pid: int) -> str | None:
    """Return field 22 of /proc/PID/stat (proc(5)); None where there is no such process, or no such file system."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # the second field, the program's name in brackets, may itself hold spaces and brackets
    after_name = stat.rpartition(")")[2].split()
    return after_name[19] if after_name[0] != "Z" else None
