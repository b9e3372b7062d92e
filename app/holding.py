"""Keep other processes away from a batch, and take it over from one that died."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.domain.errors import BatchBusy
from pipeline.domain.ids import BatchId
from pipeline.ports import BatchRecords, Held, Holder

_NAME = re.compile(r"(?P<place>.+):(?P<boot>[0-9a-f-]*):(?P<pid>\d+):(?P<started>\d+)")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""by chance at each start of the system (random(4))"""
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


def this_process(*, has_room: Callable[[], bool]) -> Holder:
    """Return this process as one that claims parts of batches, while its machine has room for them."""
    name = process_name(os.getpid())
    return Holder(name=name, seconds=LEASE_SECONDS, is_dead=is_dead, wait=time.sleep, has_room=has_room)


def process_name(pid: int) -> str:
    """Return a name that no other process has: host, name space, start of the system, process id, and its start in ticks since."""
    return f"{this_machine()}:{pid}:{_started(pid) or '?'}"


def this_machine() -> str:
    """Return a name that all processes of this machine, or container, have in common, and no others, until it is started anew."""
    return f"{_place()}:{_boot()}"


def is_dead(holder: str) -> bool:
    """Say whether a holder is known to be dead: a process of this machine that is gone, or whose id is another's now."""
    return lives(holder) is False


def lives(name: str) -> bool | None:
    """Say whether a process lives, by its name; None: it is on another machine, or that cannot be told here.

    Nor can it of a process from before this machine was started: another one whose disk was copied from the same image, as
    offices set up their computers, has the same host name, and all of them have the same first name space.
    """
    named = _NAME.fullmatch(name)
    if named is None or (named["place"], named["boot"]) != (_place(), _boot()) or not Path("/proc/self/stat").exists():
        return None
    return _started(int(named["pid"])) == named["started"]


def lives_here(name: str) -> bool | None:
    """Say whether a process lives of which it is known that it ran on this machine: not if it was started anew since."""
    named = _NAME.fullmatch(name)
    return False if named is not None and named["boot"] != _boot() else lives(name)


def _place() -> str:
    """Return where process ids mean the same processes: containers may share a host name, but not their ids."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{socket.gethostname()}:{space}"


def _boot() -> str:
    """Return the name of this start of the system; empty where it has none."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return field 22 of /proc/PID/stat (proc(5)); None where there is no such process, or no such file system."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # the second field, the program's name in brackets, may itself hold spaces and brackets
    after_name = stat.rpartition(")")[2].split()
    return after_name[19] if after_name[0] != "Z" else None
