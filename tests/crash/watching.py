"""How far the work is, and how long it stands still after a blow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from tests.crash.backends import Outage
from tests.crash.office import is_back
from tests.crash.processes import Found, Part, living
from tests.e2e.office import Office

EVERYTHING = "everything"
"""what is struck when the power goes"""
_ALL = frozenset({Part.OFFICE, Part.WEB, Part.SERVER, Part.WORKER, Part.COUNTER})
_COME_AND_GO = frozenset({Part.FLOW, Part.READER, Part.SIGNING})
"""parts that are there as long as there is work for them"""
_STRIKES_ALL = frozenset({EVERYTHING, Part.OFFICE, *Outage})
_STOPS_WORK = _STRIKES_ALL | {Part.SERVER, Part.WORKER, Part.COUNTER, Part.FLOW}
"""blows after which work that had stopped has to be taken up once more"""
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

_Rows = list[tuple[object, ...]]


@dataclass(slots=True)
class Mark:
    """When one thing was as it had been before a blow."""

    after: float | None = None
    """seconds; None: it never was"""
    overtaken_by: int = 0
    """number of a further blow that fell on it before, after so many seconds, and by which it is judged from then on; 0: none"""

    @property
    def is_open(self) -> bool:
        """Say whether it is still waited for."""
        return self.after is None

    def is_within(self, seconds: float) -> bool:
        """Say whether it was so in time; one that is overtaken had not been waited for longer than that either."""
        return self.after is not None and self.after <= seconds


@dataclass(slots=True, kw_only=True)
class Struck:
    """A blow, and when work went on. Seconds count from the blow, or from the end of the outage in which it fell.

    No blow puts an earlier one off for ever: an earlier one that had not been got over within its time is late all the same.
    """

    number: int
    what: str
    """part that was killed, `everything`, or outage"""
    pid: int = 0
    gone: frozenset[int] = frozenset()
    """processes that are of the past: others do their parts when they are back"""
    at: float = 0.0
    """seconds since the beginning"""
    since: float | None = None
    """moment from which seconds count; None: while an outage lasts"""
    lasted: float = 0.0
    """seconds of an outage"""
    held: dict[str, int] = field(default_factory=dict)
    """batches and parts of them that it worked on, with the turn of their lease; also what nobody took up after a blow before"""
    missed: set[Part] = field(default_factory=set)
    """parts that have to be there again"""
    back: Mark | None = None
    """another process does its part; None: it comes and goes with the work"""
    taken_up: Mark | None = None
    """somebody holds its batches again; None: it held none"""
    progress: Mark = field(default_factory=Mark)
    """any work went on, or none was left"""

    @property
    def marks(self) -> Mapping[str, Mark]:
        """All that is waited for, by name."""
        named = {"back": self.back, "taken up": self.taken_up, "progress": self.progress}
        return {name: mark for name, mark in named.items() if mark is not None}

    @property
    def resumed(self) -> float | None:
        """Seconds until all was as before; None where it never was, or a further blow overtook it."""
        marks = self.marks.values()
        if any(mark.overtaken_by for mark in marks):
            return None
        known = [mark.after for mark in marks if mark.after is not None]
        return max(known) if len(known) == len(marks) else None


class Watch:
    """Looks at records and processes a few times a second."""

    def __init__(self, office: Office, database: str) -> None:
        """`database`: the way to it that nobody cuts."""
        self._office, self._database = office, database
        self._ended = threading.Event()
        self._asking = threading.Lock()
        self._guard = threading.RLock()
        """of what is struck"""
        self._begun = time.monotonic()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._outage: Struck | None = None
        self._held: _Rows = []
        self._turns: dict[str, tuple[int, bool]] = {}
        self.struck: list[Struck] = []
        self.steps = 0
        self.moved_at = 0.0
        """when the last step was done"""
        self.over = threading.Event()
        """nobody will hand in or sign anything more"""

    @property
    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._begun

    def note_kill(self, part: str, pid: int) -> Callable[[], Struck]:
        """Look at what a process holds, or all do (0); the function that is returned is called when it has been killed."""
        self._look_at_holds()
        held = {
            str(batch): int(str(turn))
            for batch, turn, holder in self._held
            if not pid or str(holder).split(":")[-2] == str(pid)
        }
        strikes_all = part in _STRIKES_ALL
        missed = _ALL if strikes_all else {Part(part)} - _COME_AND_GO
        gone = frozenset(each.pid for each in living(self._office.home) if strikes_all or each.pid == pid)

        def killed() -> Struck:
            with self._guard:
                struck = Struck(number=len(self.struck) + 1, what=part, pid=pid, gone=gone, held=held, missed={*missed})
                struck.at = self.seconds
                struck.since = struck.at if self._outage is None else None
                return self._note(struck)

        return killed

    def note_outage(self, outage: Outage) -> Callable[[], Struck]:
        """Note that an outage begins, one at a time; the function that is returned is called when it is over."""
        with self._guard:
            struck = Struck(number=len(self.struck) + 1, what=outage, at=self.seconds, missed={*_ALL})
            self._outage = self._note(struck)

        def over() -> Struck:
            with self._guard:
                now = self.seconds
                for each in self.struck:
                    each.since = now if each.since is None else each.since
                struck.lasted = now - struck.at
                self._outage = None
                return struck

        return over

    def is_settled(self) -> bool:
        """Say whether all blows are got over."""
        with self._guard:
            return not any(mark.is_open for each in self.struck for mark in each.marks.values())

    def is_quiet(self) -> bool:
        """Say whether all batches are done, nobody holds one, and no order is open."""
        rows = self._ask(_OPEN)
        return rows is not None and rows[0][0] == 0

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
            for (steps,) in self._ask(_DONE) or []:
                self.steps = max(self.steps, int(str(steps)))
            if self.steps > before:
                self.moved_at = self.seconds
            self._look_at_holds()
            if not self.is_settled():
                self._measure(moved=self.steps > before)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _note(self, struck: Struck) -> Struck:
        """Keep a blow; those before it that it reaches are waited for no more, what they held is waited for with it."""
        struck.back = Mark() if struck.missed else None
        for each in self.struck:
            self._overtake(each, struck)
        struck.taken_up = Mark() if struck.held else None
        self.struck.append(struck)
        return struck

    def _overtake(self, earlier: Struck, by: Struck) -> None:
        after = 0.0 if earlier.since is None else self.seconds - earlier.since
        stops_work = by.what in _STOPS_WORK or by.what == earlier.what
        if earlier.back is not None and earlier.back.is_open:
            earlier.missed -= by.missed
            if not earlier.missed:
                earlier.back = Mark(after, by.number)
        if earlier.taken_up is not None and earlier.taken_up.is_open and stops_work:
            earlier.taken_up = Mark(after, by.number)
            by.held = {what: turn for what, turn in earlier.held.items() if not self._is_further(what, turn)} | by.held
        if earlier.progress.is_open and stops_work:
            earlier.progress = Mark(after, by.number)

    def _measure(self, *, moved: bool) -> None:
        among = living(self._office.home)
        goes_on = moved or (self.over.is_set() and self.is_quiet())
        with self._guard:
            waiting = [each for each in self.struck if any(mark.is_open for mark in each.marks.values())]
        for each in waiting:
            # asking the pages takes a while: whoever strikes does not wait for it
            here = {part for part in _ALL if part in each.missed and self._is_here(part, each, among)}
            with self._guard:
                if each.since is None:
                    continue
                after = self.seconds - each.since
                each.missed -= here
                if each.back is not None and each.back.is_open and not each.missed:
                    each.back.after = after
                if each.taken_up is not None and each.taken_up.is_open and self._is_taken_up(each):
                    each.taken_up.after = after
                if each.progress.is_open and goes_on:
                    each.progress.after = after

    def _is_here(self, part: Part, struck: Struck, among: list[Found]) -> bool:
        return struck.since is not None and is_back(part, self._office, besides=struck.gone, among=among)

    def _is_taken_up(self, struck: Struck) -> bool:
        return all(self._is_further(what, turn) for what, turn in struck.held.items())

    def _is_further(self, what: str, turn: int) -> bool:
        """Say whether somebody else has taken a batch or part up since `turn`, or it is done."""
        now, is_done = self._turns.get(what, (turn, bool(self._turns)))
        return now > turn or is_done

    def _look_at_holds(self) -> None:
        """Look at who holds what; while the database is away, what was seen last counts."""
        held, turns = self._ask(_HELD), self._ask(_TURNS)
        if held is not None and turns is not None:
            self._held = held
            self._turns = {str(what): (int(str(turn)), bool(done)) for what, turn, done in turns}

    def _ask(self, query: str, *values: str) -> _Rows | None:
        """Return what the database says; None while it is away."""
        with self._asking:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._database, autocommit=True, connect_timeout=2)
                return self._connection.execute(query.encode(), values).fetchall()
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                return None
