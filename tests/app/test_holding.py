"""A batch is held by one process; a dead process does not hold it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import holding
from app.holding import is_dead, lives, lives_here, process_name


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


def test_a_machine_set_up_from_the_same_image_is_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It has the same host name, and the first name space of process ids has one number everywhere."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    there = f"{process_name(os.getpid()).rsplit(':', 2)[0]}:{process.pid}:1"
    assert is_dead(there)

    other = tmp_path / "boot_id"
    other.write_text("5e7b6bd5-2f4f-4bb0-9d6c-6c2a3f1d8a77\n", encoding="ascii")
    monkeypatch.setattr(holding, "_BOOT", other)

    assert lives(there) is None
    assert not is_dead(there)
    # of what lies on its own disk a machine knows that it was itself that wrote it, before it was started anew
    assert lives_here(there) is False
    assert lives_here(process_name(os.getpid())) is True
