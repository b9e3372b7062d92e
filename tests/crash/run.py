"""One run of an office from its first batch to the end of all work, struck as planned."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.crash.backends import Backends
from tests.crash.office import Keeper, kept, open_office, orchestrator_of, pages_of
from tests.crash.paperwork import HandedIn, hand_in, register, sign
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
_UNFINISHED = ("RUNNING", "PENDING", "CANCELLING")
_GRACE_SECONDS = 60.0
"""in which runs that died are noticed when all work is done"""


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


def run(
    folder: Path, papers: Sequence[HandedIn], backends: Backends, *, blows: Sequence[Blow] = (), steps: int = 0
) -> Run:
    """Let an office in `folder` do all the work while `blows` fall, of `steps` steps as an undisturbed one counted.

    Raises:
        RunFailed, OfficeFailed, HandingInFailed
    """
    folder.mkdir(parents=True, exist_ok=True)
    office = open_office(folder / "home", backends)
    secret = register(office)
    watch = Watch(office, backends.database)
    diary = Diary(folder / "diary.txt", lambda: watch.seconds)
    keeper = Keeper(office, folder / "office.log", on_start=lambda: diary.tell("`sohoa run` is started"))
    looking = threading.Thread(target=watch.look, name="watch")
    looking.start()
    try:
        with kept(keeper), ThreadPoolExecutor() as pool:
            work = _Work(office, watch, secret, folder, papers, steps, diary)
            done = pool.submit(work.do)
            striking = _Striking(office, watch, keeper, backends, pool, diary)
            try:
                late = striking.strike(blows, done, total=steps)
                _wait_for(done, watch)
            finally:
                work.stopped.set()
            unfinished = _unfinished_runs(office)
        standing = dict(standing_of(office, database=backends.database, s3=backends.s3))
        standing["runs that the orchestrator takes for unfinished"] = unfinished
    finally:
        watch.end()
        looking.join()
    return Run(standing, watch.steps, watch.moved_at, watch.struck, diary.lines, late, keeper.starts, len(work.trouble))


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
            for number, paper in enumerate(self.papers):
                self._until(paper.at)
                batch = self._hand_in(paper)
                if number % 2:
                    signing.append(official.submit(self._sign, batch))
            for each in signing:
                each.result()

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

    def strike(self, blows: Sequence[Blow], work: Future[None], *, total: int) -> int:
        """Let all blows fall when it is their time; return how many came too late, since all was done."""
        outages: list[Future[None]] = []
        for number, blow in enumerate(blows):
            while self.watch.steps < blow.at * total:
                if work.done() and (work.exception() or self.watch.is_quiet()):
                    return sum(each.is_kill for each in blows[number:])
                if self.watch.is_still(_HOPELESS_SECONDS):
                    raise RunFailed(f"nothing was done for {_HOPELESS_SECONDS} s")
                time.sleep(_LOOK_SECONDS)
            time.sleep(blow.after)
            if blow.outage is not None:
                for each in outages:
                    each.result()  # one at a time
                outages = [self.pool.submit(self._outage, blow)]
            elif blow.fault is not None:
                self.backends.strike(blow.fault)
                self.diary.tell(f"one answer of the S3 server: {blow.fault.value}")
            else:
                self._kill(blow)
        for each in outages:
            each.result()
        return 0

    def _outage(self, blow: Blow) -> None:
        assert blow.outage is not None
        self.diary.tell(f"{blow.outage.value} for {blow.seconds:.1f} s")
        self.watch.trouble_until = float("inf")
        self.backends.suffer(blow.outage, blow.seconds)
        self.watch.trouble_until = self.watch.seconds
        self.diary.tell("it answers again")

    def _kill(self, blow: Blow) -> None:
        if blow.everything:
            killed = self.watch.note_kill(EVERYTHING, 0)
            self.keeper.strike_everything(forget=blow.forget)
            killed()
            self.diary.tell(f"everything killed{', and what the orchestrator knew is lost' if blow.forget else ''}")
            return
        found = self._choose(blow)
        killed = self.watch.note_kill(found.part, found.pid)
        kill(found.pid)
        killed()
        self.diary.tell(f"{found.part} {found.pid} killed")

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
    deadline = time.monotonic() + _MOST_SECONDS
    while not (work.done() and watch.is_quiet() and watch.is_still(_STILL_SECONDS)):
        if work.done():
            work.result()
        if time.monotonic() > deadline:
            raise RunFailed(f"not done after {_MOST_SECONDS} s")
        time.sleep(_LOOK_SECONDS * 5)
    work.result()


def _unfinished_runs(office: Office) -> list[str]:
    """Name the runs that the orchestrator still takes for being worked on, some time after the end of all work."""
    deadline = time.monotonic() + _GRACE_SECONDS
    asked = {"flow_runs": {"state": {"type": {"any_": list(_UNFINISHED)}}}, "limit": 200}
    while True:
        found: list[str] = ["the server does not answer"]
        try:
            answer = httpx.post(f"{orchestrator_of(office)}/flow_runs/filter", json=asked, timeout=20, trust_env=False)
            found = sorted(f"{each['state_type']} {each['name']}" for each in answer.raise_for_status().json())
        except httpx.HTTPError:
            pass
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(1)
