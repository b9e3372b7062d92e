"""A batch is held by one process; a dead process does not hold it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from app.holding import is_dead, process_name


def test_a_living_process_is_not_dead() -> None:
    assert not is_dead(process_name(os.getpid()))


def test_a_process_that_ended_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = process_name(process.pid)
        alive = is_dead(name)
        process.communicate(b"\n")

    assert not alive
    assert is_dead(name)


def test_another_process_with_the_same_id_does_not_pass_for_it() -> None:
    host, pid, started = process_name(os.getpid()).rsplit(":", 2)

    assert is_dead(f"{host}:{pid}:{int(started) + 1}")


def test_nothing_is_known_of_other_machines() -> None:
    assert not is_dead("elsewhere:1:1")
    assert not is_dead(f"{socket.gethostname()}:not-a-process")
