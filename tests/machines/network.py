"""Several machines within one: each a set of name spaces of its own, joined by a switch, with a link that can be cut.

A machine hangs on one process, which the kernel ends when this one ends, and with it everything that runs there:
nothing is left behind, however a run ends. Linux only, as root.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Place, ServerFailed, ServersMissing, run

ROOT = Path(__file__).parents[2]
_PROGRAMS = {"ip": "iproute2", "nsenter": "util-linux", "setpriv": "util-linux", "taskset": "util-linux"}
_OWN = ("--net", "--uts", "--ipc", "--mount", "--pid")
_APART = ("unshare", *_OWN, "--fork", "--kill-child", "--mount-proc")
_BEGIN = 'echo "$0" > /proc/sys/kernel/hostname && ip link set lo up && echo ready && exec sleep infinity'
_TRY = "ip link add one type veth peer name two && ip link add three type bridge"
_SUBNETS = 512
"""of 254 addresses in 198.18.0.0/15, which nobody has: it is kept for measuring networks (RFC 2544)"""
_SWITCH = "switch"
_OUTSIDE = "outside"


class NotAllowed(Exception):
    """This account, or this container, may not make networks: the message says what was refused."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: host name, processes and network are its own; the disk is everybody's."""

    name: str
    init: int
    """its first process, by its number here"""
    address: str = ""
    switch: tuple[str, ...] = ()
    """words before a command that runs where its cable ends"""

    @property
    def enter(self) -> tuple[str, ...]:
        """Words before a command that have it run there; it ends with whoever started it."""
        inside = ("nsenter", "--target", str(self.init), *_OWN, "--wd")
        return ("setpriv", "--pdeathsig", "KILL", *inside, "setpriv", "--pdeathsig", "TERM")

    @property
    def place(self) -> Place:
        """It, for a server of the tests."""
        return Place(self.address, self.enter)

    def command(self, *words: str | Path, cores: Collection[int] = ()) -> list[str]:
        """Return the command that runs there, on these cores only where some are named."""
        pinned = ("taskset", "--cpu-list", ",".join(map(str, sorted(cores)))) if cores else ()
        return [*self.enter, *pinned, *map(str, words)]

    def run(self, *words: str) -> str:
        """Run a program there to its end, and return what it printed.

        Raises:
            ServerFailed
        """
        return run(self.command(*words))

    def cut(self) -> None:
        """Pull the cable: nothing gets out or in, and nobody is told."""
        run([*self.switch, "ip", "link", "set", "dev", self.name, "down"])

    def join(self) -> None:
        """Put the cable back."""
        run([*self.switch, "ip", "link", "set", "dev", self.name, "up"])

    def kill(self) -> None:
        """Take the power away."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.init, signal.SIGKILL)


@contextlib.contextmanager
def network(*names: str) -> Iterator[Mapping[str, Machine]]:
    """Give machines of these names, at most twelve letters each, that reach each other and are reached from here.

    Raises:
        ServersMissing, ServerFailed
        NotAllowed: by this account, or in this container.
    """
    refuse_where_impossible()
    subnet = _free_subnet()
    with contextlib.ExitStack() as kept:
        switch = kept.enter_context(_machine(_SWITCH))
        switch.run("ip", "link", "add", _SWITCH, "type", "bridge")
        switch.run("ip", "link", "set", "dev", _SWITCH, "up")
        here = f"sohoa{os.getpid()}"
        _plug(switch, _OUTSIDE, "name", here)
        kept.callback(lambda: subprocess.run(["ip", "link", "del", here], check=False, capture_output=True))
        run(["ip", "addr", "add", f"{subnet}.254/24", "dev", here])
        run(["ip", "link", "set", "dev", here, "up"])
        machines = {}
        for number, name in enumerate(names, start=1):
            bare = kept.enter_context(_machine(name))
            machine = Machine(name, bare.init, f"{subnet}.{number}", switch.enter)
            _plug(switch, name, "name", "eth0", "netns", str(machine.init))
            machine.run("ip", "addr", "add", f"{machine.address}/24", "dev", "eth0")
            machine.run("ip", "link", "set", "dev", "eth0", "up")
            machines[name] = machine
        yield machines


def refuse_where_impossible() -> None:
    """Raise where no such machines can be made.

    Raises:
        ServersMissing: a program is not installed.
        NotAllowed: by this account, or in this container.
    """
    missing = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        raise ServersMissing(f"networks cannot be made: apt-get install {' '.join(missing)}")
    if os.geteuid() != 0:
        raise NotAllowed("only root makes networks of machines")
    try:
        run([*_APART, "sh", "-c", _TRY])
    except ServerFailed as refused:
        raise NotAllowed(
            f"this system does not let root make networks (a container needs CAP_SYS_ADMIN): {refused}"
        ) from None


def _plug(switch: Machine, port: str, *other_end: str) -> None:
    """Lay a cable from a port of the switch."""
    run(["ip", "link", "add", port, "netns", str(switch.init), "type", "veth", "peer", *other_end])
    switch.run("ip", "link", "set", "dev", port, "master", _SWITCH, "up")


@contextlib.contextmanager
def _machine(name: str) -> Iterator[Machine]:
    command = ["setpriv", "--pdeathsig", "KILL", *_APART, "sh", "-c", _BEGIN, name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as holder:
        try:
            if holder.stdout is None or holder.stdout.readline().strip() != "ready":
                raise ServerFailed(f"no machine {name}")
            (init,) = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text(encoding="ascii").split()
            machine = Machine(name, int(init))
            yield machine
            machine.kill()
            # it ends when all that ran there has ended
            holder.wait()
        finally:
            holder.kill()


def _free_subnet() -> str:
    """Return the first three bytes of addresses that nothing on this machine has."""
    taken = set(re.findall(r"inet (\d+\.\d+\.\d+)\.", run(["ip", "-4", "addr"])))
    first = os.getpid()
    numbers = ((first + each) % _SUBNETS for each in range(_SUBNETS))
    subnets = (f"198.{18 + number // 256}.{number % 256}" for number in numbers)
    return next(subnet for subnet in subnets if subnet not in taken)
