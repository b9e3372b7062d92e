"""One run of an office from its first batch to the end of all work, struck as planned."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.backends import Backends
from tests.crash.left import left_over
from tests.crash.office import Keeper, OfficeFailed, kept, open_office, pages_of
from tests.crash.paperwork import HandedIn, HandingInFailed, hand_in, register, sign
from tests.crash.plan import Blow
from tests.crash.processes import Found, kill, living
from tests.crash.standing import Standing, standing_of
from tests.crash.watching import EVERYTHING, Struck, Watch
from tests.e2e.office import Office

_LOOK_SECONDS = 0.1
_MOST_SECONDS = 7200
_STILL_SECONDS = 5.0
_HOPELESS_SECONDS = 600.0
_WAIT_FOR_PART_SECONDS = 3.0
_SETTLED_SECONDS = 180.0
"""that blows are waited for when all work is done: whatever is not got over by then never is"""


class RunFailed(Exception):
    """The work did not come to its end."""


@dataclass(slots=True)
class Run:
    """What came of it."""

    standing: Standing
    steps: int
    seconds: float
    struck: list[Struck] = field(default_factory=list)
    diary: Sequence[str] = ()
    """what happened, and when"""
    not_struck: int = 0
    """blows that came too late"""
    starts: int = 1
    """of `sohoa run`"""
    trouble: int = 0
    """how often those who handed in had to begin anew"""
    broken_off: str = ""
    """why the work did not come to its end"""


def run(
    folder: Path, papers: Sequence[HandedIn], backends: Backends, *, blows: Sequence[Blow] = (), steps: int = 0
) -> Run:
    """Let an office in `folder` do all the work while `blows` fall, of `steps` steps as an undisturbed one counted."""
    folder.mkdir(parents=True, exist_ok=True)
    office = open_office(folder / "home", backends)
    secret = register(office)
    watch = Watch(office, backends.database)
    diary = Diary(folder / "diary.txt", lambda: watch.seconds)
    keeper = Keeper(office, folder / "office.log", on_start=lambda: diary.tell("`sohoa run` is started"))
    work = _Work(office, watch, secret, folder, papers, steps, diary)
    done = Run({}, 0, 0.0, watch.struck, diary.lines)
    looking = threading.Thread(target=watch.look, name="watch")
    looking.start()
    try:
        with kept(keeper), ThreadPoolExecutor() as pool:
            worked = pool.submit(work.do)
            striking = _Striking(office, watch, keeper, backends, pool, diary)
            try:
                done.not_struck = striking.strike(blows, worked, total=steps)
                _wait_for(worked, watch)
            finally:
                work.stopped.set()
            done.steps, done.seconds = watch.steps, watch.moved_at
            left = left_over(office)
        diary.tell("all is done, and it was ended")
        done.standing = {**standing_of(office, database=backends.database, s3=backends.s3), **left}
    except (RunFailed, OfficeFailed, HandingInFailed, TimeoutError) as error:
        done.broken_off = f"{type(error).__name__}: {error}"
        diary.tell(done.broken_off)
    finally:
        watch.end()
        looking.join()
    done.starts, done.trouble = keeper.starts, len(work.trouble)
    return done


@dataclass(frozen=True, slots=True)
class Diary:
    """What happens, told as it happens: whoever looks into a run that goes on, or failed, finds it in a file."""

    file: Path
    seconds: Callable[[], float]
    lines: list[str] = field(default_factory=list)

    def tell(self, what: str) -> None:
        """Add a line."""
        self.lines.append(f"{self.seconds():7.1f} s {what}")
        with self.file.open("a", encoding="utf-8") as out:
            out.write(f"{self.lines[-1]}\n")


@dataclass(slots=True)
class _Work:
    """What people and other systems do."""

    office: Office
    watch: Watch
    secret: str
    folder: Path
    papers: Sequence[HandedIn]
    total: int
    diary: Diary
    trouble: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    """somebody gave the run up"""

    def do(self) -> None:
        """Hand everything in, one after the other; meanwhile an official signs every second batch from the counter."""
        with ThreadPoolExecutor(1) as official:
            signing: list[Future[None]] = []
            for paper in self.papers:
                self._until(paper.at)
                batch = self._hand_in(paper)
                if paper.is_signed:
                    signing.append(official.submit(self._sign, batch))
            for each in signing:
                each.result()
        self.watch.over.set()

    def _hand_in(self, paper: HandedIn) -> str:
        self.diary.tell(f"{paper.name} is handed in: {paper.pages} pages, {paper.lane}")
        address = pages_of(self.office)
        batch = hand_in(address, self.secret, paper, on_trouble=self._trouble, stopped=self.stopped)
        self.diary.tell(f"{paper.name} was handed in: {batch}")
        return batch

    def _trouble(self, what: str) -> None:
        self.trouble.append(what)
        self.diary.tell(what)

    def _sign(self, batch: str) -> None:
        while not self.watch.is_digitized(batch) and not self.stopped.wait(1):
            pass
        self.diary.tell(f"{batch} is signed")
        typed = sign(self.office, batch, self.folder / "sign.log", stopped=self.stopped)
        self.diary.tell(f"{batch} was signed; typed {typed} times")

    def _until(self, share: float) -> None:
        while self.watch.steps < share * self.total and not self.watch.is_still(_STILL_SECONDS * 6):
            if self.stopped.wait(_LOOK_SECONDS):
                return


@dataclass(slots=True)
class _Striking:
    """Whoever does harm."""

    office: Office
    watch: Watch
    keeper: Keeper
    backends: Backends
    pool: ThreadPoolExecutor
    diary: Diary

    outages: list[Future[None]] = field(default_factory=list)

    def strike(self, blows: Sequence[Blow], work: Future[None], *, total: int) -> int:
        """Let all blows fall when it is their time; return how many came too late, since all was done."""
        late = self._let_fall(blows, work, total=total)
        self._wait_for_outage()
        return late

    def _let_fall(self, blows: Sequence[Blow], work: Future[None], *, total: int) -> int:
        for number, blow in enumerate(blows):
            while self.watch.steps < blow.at * total:
                if work.done() and (work.exception() or self.watch.is_quiet()):
                    return len(blows) - number
                if self.watch.is_still(_HOPELESS_SECONDS):
                    raise RunFailed(f"nothing was done for {_HOPELESS_SECONDS} s")
                time.sleep(_LOOK_SECONDS)
            time.sleep(blow.after)
            if blow.outage is not None:
                self._wait_for_outage()  # one at a time
                self.outages.append(self.pool.submit(self._outage, blow))
            elif blow.fault is not None:
                self.backends.strike(blow.fault)
                self.diary.tell(f"one answer of the S3 server: {blow.fault.value}")
            else:
                self._kill(blow)
        return 0

    def _wait_for_outage(self) -> None:
        """Wait until what was away answers again; TimeoutError if it never does."""
        for each in self.outages:
            each.result()

    def _outage(self, blow: Blow) -> None:
        assert blow.outage is not None
        over = self.watch.note_outage(blow.outage)
        self.diary.tell(f"{blow.outage.value} for {blow.seconds:.1f} s")
        self.backends.suffer(blow.outage, blow.seconds)
        self.diary.tell(f"{over().number}: it answers again")

    def _kill(self, blow: Blow) -> None:
        if blow.everything:
            killed = self.watch.note_kill(EVERYTHING, 0)
            self.keeper.strike_everything(forget=blow.forget)
            what = f"everything killed{', and what the orchestrator knew is lost' if blow.forget else ''}"
        else:
            found = self._choose(blow)
            killed = self.watch.note_kill(found.part, found.pid)
            kill(found.pid)
            what = f"{found.part} {found.pid} killed"
        self.diary.tell(f"{killed().number}: {what}")

    def _choose(self, blow: Blow) -> Found:
        """Return a process of the first part that is there; the first of all is waited for a little."""
        deadline = time.monotonic() + _WAIT_FOR_PART_SECONDS
        while True:
            by_part = [[each for each in living(self.office.home) if each.part is part] for part in blow.parts]
            wanted = by_part[:1] if time.monotonic() < deadline else by_part
            found = next((each for each in wanted if each), None)
            if found:
                return random.Random(blow.chance).choice(found)
            if time.monotonic() > deadline + 60:
                raise RunFailed("there is nobody to kill")
            time.sleep(_LOOK_SECONDS)


def _wait_for(work: Future[None], watch: Watch) -> None:
    """Wait until all is done, and until all blows are got over, if they ever are."""
    deadline = time.monotonic() + _MOST_SECONDS
    while not (work.done() and watch.is_quiet() and watch.is_still(_STILL_SECONDS)):
        if work.done():
            work.result()
        if time.monotonic() > deadline:
            raise RunFailed(f"not done after {_MOST_SECONDS} s")
        time.sleep(_LOOK_SECONDS * 5)
    work.result()
    deadline = time.monotonic() + _SETTLED_SECONDS
    while not watch.is_settled() and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS * 5)
