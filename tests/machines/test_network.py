"""The machines of these tests are machines to each other, and nothing is left of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.holding import is_dead, process_name
from tests.machines.network import ROOT, Machine, network
from tests.servers.process import answers

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

_NAME = "from app.holding import process_name; import os; print(process_name(os.getpid()))"
_HOLD = """
import time
from tests.machines.network import network
with network("one") as machines:
    print(machines["one"].init, flush=True)
    time.sleep(600)
"""


def _in_time(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


def _has_network(process: int) -> bool:
    return Path(f"/sys/class/net/sohoa{process}").exists()


def _reaches(machine: Machine, other: Machine, port: int) -> bool:
    ask = f"import socket; socket.create_connection(({other.address!r}, {port}), timeout=1)"
    return subprocess.run(machine.command(sys.executable, "-c", ask), check=False, capture_output=True).returncode == 0


def test_a_cable_that_is_pulled_cuts_one_machine_off_and_no_other() -> None:
    with network("one", "two", "three") as machines:
        one, two, three = machines.values()
        serve = two.command(sys.executable, "-m", "http.server", "--bind", two.address, "8000")
        with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            assert _in_time(lambda: answers(8000, two.address)), "not reached from here"
            seen = [_reaches(one, two, 8000)]
            one.cut()
            seen += [_reaches(one, two, 8000), _reaches(three, two, 8000)]
            one.join()
            seen += [_reaches(one, two, 8000)]
            two.kill()
            seen += [_reaches(one, two, 8000)]
    assert seen == [True, False, True, True, False]
    assert not _has_network(os.getpid())


def test_a_process_of_another_machine_is_never_taken_for_dead() -> None:
    with network("one") as machines:
        (one,) = machines.values()
        there = one.run(sys.executable, "-c", _NAME).strip()
    assert there.startswith("one:")
    # it is over, but nobody here can know that
    assert not is_dead(there)
    assert not is_dead(process_name(os.getpid()))


def test_nothing_is_left_when_the_run_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD], cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        init = int(holder.stdout.readline())
        was_there = _has_network(holder.pid)
        holder.send_signal(signal.SIGKILL)

    def is_gone() -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(init, 0)
            return False
        return True

    assert was_there
    assert _in_time(is_gone)
    assert _in_time(lambda: not _has_network(holder.pid))
