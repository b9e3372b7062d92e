"""How long a database takes to answer: for whoever measures. What it is asked is told to nobody."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa


def hear_queries(engine: sa.Engine, heard: Callable[[float], None]) -> None:
    """Have `heard` told the seconds of each statement of an engine, once it was answered."""

    def begin(connection: sa.Connection, *_: object) -> None:
        connection.info["sohoa_asked_at"] = time.perf_counter()

    def end(connection: sa.Connection, *_: object) -> None:
        heard(time.perf_counter() - connection.info["sohoa_asked_at"])

    sa.event.listen(engine, "before_cursor_execute", begin)
    sa.event.listen(engine, "after_cursor_execute", end)
