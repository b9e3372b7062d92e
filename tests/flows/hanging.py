"""A flow as ours are, whose work waits for an answer that never comes."""

from __future__ import annotations

import socket

from prefect import flow, task

from flows.processes import note_process, show_life
from flows.repeating import repeated


@flow(persist_result=False, timeout_seconds=2, on_running=[note_process, show_life])
def hangs(port: int) -> None:
    """Wait."""

    @task(persist_result=False)
    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as line:
            return line.recv(1)

    repeated(ask)()


@flow(persist_result=False)
def signs(port: int) -> None:
    """Wait in a task that has the limit."""

    @task(persist_result=False, timeout_seconds=2)
    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as line:
            return line.recv(1)

    repeated(ask)()
