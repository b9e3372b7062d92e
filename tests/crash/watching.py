"""How far the work is, and how long it stands still after a blow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from tests.crash.office import is_back
from tests.crash.processes import Found, Part, living
from tests.e2e.office import Office

EVERYTHING = "everything"
"""what is struck when the power goes"""
_ALL = frozenset({Part.OFFICE, Part.WEB, Part.SERVER, Part.WORKER, Part.COUNTER})
_COME_AND_GO = frozenset({Part.FLOW, Part.READER, Part.SIGNING})
"""parts that are there as long as there is work for them"""
_LOOK_SECONDS = 0.25
_DONE = """
SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM pages) + (SELECT count(*) FROM documents)
     + (SELECT count(*) FROM copy_versions) + (SELECT count(*) FROM events)
     + (SELECT coalesce(sum(received), 0)::bigint >> 18 FROM intake_files)
"""
"""steps that are done: results, pages, papers, copies, quarters of a MiB that came in"""
_HELD = """
SELECT batch, turn, holder FROM leases WHERE expires_at > clock_timestamp()
UNION ALL SELECT batch || '/' || number, turn, holder FROM parts WHERE expires_at > clock_timestamp()
"""
_TURNS = """
SELECT leases.batch, turn, state = 'digitized' FROM leases JOIN batches ON batches.id = leases.batch
UNION ALL SELECT batch || '/' || number, turn, state = 'done' FROM parts
"""
"""batches and parts that are there, and whether they are done; parts go when their batch is"""
_OPEN = """
SELECT (SELECT count(*) FROM batches WHERE state <> 'digitized')
     + (SELECT count(*) FROM leases WHERE expires_at > clock_timestamp())
     + (SELECT count(*) FROM signing_orders WHERE state = 'open')
"""


@dataclass(slots=True, kw_only=True)
class Struck:
    """A process that was killed, and when its work went on."""

    part: str
    pid: int
    at: float
    """seconds since the beginning"""
    held: dict[str, int] = field(default_factory=dict)
    """batches and parts of them that it worked on, with the turn of their lease"""
    back: float | None = None
    """seconds until another process did its part; None: not before the next blow to it"""
    taken_up: float | None = None
    """seconds until somebody held its batches again"""
    progress: float | None = None
    """seconds until any work went on"""


class Watch:
    """Looks at records and processes a few times a second."""

    def __init__(self, office: Office, database: str) -> None:
        """`database`: the way to it that nobody cuts."""
        self._office, self._database = office, database
        self._ended = threading.Event()
        self._guard = threading.Lock()
        self._begun = time.monotonic()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._waiting: list[Struck] = []
        self.struck: list[Struck] = []
        self.steps = 0
        self.moved_at = 0.0
        """when the last step was done"""
        self.trouble_until = 0.0
        """when the last outage ended: nothing can go on before"""

    @property
    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._begun

    def note_kill(self, part: str, pid: int) -> Callable[[], None]:
        """Look at what a process holds, or all do (0); the function that is returned is called when it has been killed."""
        held = {
            str(batch): int(str(turn))
            for batch, turn, holder in self._ask(_HELD)
            if not pid or str(holder).split(":")[-2] == str(pid)
        }
        struck = Struck(part=part, pid=pid, at=0.0, held=held)

        def killed() -> None:
            struck.at = self.seconds
            struck.taken_up = None if held else 0.0
            with self._guard:
                # a part that is struck again before it was back is measured from then on
                self._waiting = [each for each in self._waiting if each.part != part]
                self._waiting.append(struck)
                self.struck.append(struck)

        return killed

    def is_quiet(self) -> bool:
        """Say whether all batches are done, nobody holds one, and no order is open."""
        rows = self._ask(_OPEN)
        return bool(rows) and rows[0][0] == 0

    def is_digitized(self, batch: str) -> bool:
        """Say whether a batch is done."""
        return self._ask("SELECT state FROM batches WHERE id = %s", batch) == [("digitized",)]

    def is_still(self, seconds: float) -> bool:
        """Say whether nothing has been done for so long."""
        return self.seconds - self.moved_at > seconds

    def look(self) -> None:
        """Look until `end`."""
        while not self._ended.wait(_LOOK_SECONDS):
            before = self.steps
            for (steps,) in self._ask(_DONE):
                self.steps = max(self.steps, int(str(steps)))
            if self.steps > before:
                self.moved_at = self.seconds
            if self._waiting:
                self._measure(moved=self.steps > before)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _measure(self, *, moved: bool) -> None:
        turns = {str(what): (int(str(turn)), bool(done)) for what, turn, done in self._ask(_TURNS)}
        among = living(self._office.home)
        with self._guard:
            waiting = list(self._waiting)
        for each in waiting:
            since = self.seconds - max(each.at, min(self.trouble_until, self.seconds))
            if each.progress is None and moved:
                each.progress = since
            if each.back is None and self._is_back(each, among):
                each.back = since
            if each.taken_up is None and turns and all(_is_further(turns, *held) for held in each.held.items()):
                each.taken_up = since
            if None not in (each.progress, each.back, each.taken_up):
                with self._guard:
                    self._waiting = [other for other in self._waiting if other is not each]

    def _is_back(self, struck: Struck, among: list[Found]) -> bool:
        if struck.part in _COME_AND_GO:
            return True
        parts = _ALL if struck.part in {EVERYTHING, Part.OFFICE} else {Part(struck.part)}
        return all(is_back(part, self._office, besides=struck.pid, among=among) for part in parts)

    def _ask(self, query: str, *values: str) -> list[tuple[object, ...]]:
        """Return what the database says; nothing while it is away."""
        with self._guard:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._database, autocommit=True, connect_timeout=2)
                return self._connection.execute(query.encode(), values).fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                return []


def _is_further(turns: Mapping[str, tuple[int, bool]], what: str, turn: int) -> bool:
    """Say whether somebody else has taken a batch or part up since `turn`, or it is done."""
    now, is_done = turns.get(what, (turn, True))
    return now > turn or is_done
