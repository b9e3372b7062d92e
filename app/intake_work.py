"""What the process that serves pages does about files on their way in, beside answering: the scan coach, watched folders, care.

Threads of this process; hostile files meet their limits in child processes. What is to be done stands in the records or lies in a
folder, so that a process that is killed leaves nothing that the next one does not find.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from app.following import begin_trace
from app.language import Say, say_error, speaker
from app.services import Services
from app.setting_groups import Language
from app.settings import Settings
from app.tracing import Origin, origin_of, record_origin, span
from app.workshop import Workshop, intake_limits, open_workers
from pipeline.domain.account import AccountId
from pipeline.domain.client import ClientId
from pipeline.domain.errors import SohoaError
from pipeline.domain.every_error import all_errors
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Intake, Lane
from pipeline.ports import Workers
from pipeline.usecases.grant_token import client_author
from pipeline.usecases.intake_closing import HandOver, finish_intake
from pipeline.usecases.intake_expiry import expire_intakes, finish_left
from pipeline.usecases.intake_looking import look_at_files
from pipeline.usecases.intake_opening import IntakePolicy, IntakeServices
from pipeline.usecases.sign_in import author_of
from pipeline.usecases.watch_folder import FolderWatch, WatchPolicy, WatchServices, watch_once
from storage.intake_spool import FolderSpool

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 2.0
"""between two looks at whether there is something to look at"""
_CARE_SECONDS = 30.0
"""between two tries to finish what could not be finished"""
_EXPIRY_SECONDS = 3600.0
_STOP_SECONDS = 3.0
"""that a look in the middle has to end"""


@dataclass(slots=True)
class _Turn:
    """Something that comes round again."""

    name: str
    seconds: float
    work: Callable[[], object]
    due: float = 0.0
    failed: bool = False
    """at the last turn: a folder that is not there is not told of every few seconds"""


class IntakeWork:
    """The work; `with` it, or call `coach_once`, `watch_all_once` and `care_once` one by one."""

    def __init__(self, workshop: Workshop, *, hand_over: HandOver) -> None:
        self._workshop = workshop
        self._hand_over = hand_over
        self._settings = workshop.services.settings
        self.services = intake_services(workshop.services)
        self.policy = intake_policy(self._settings)
        self._workers = open_workers(self._settings, count=self._settings.intake.coach_workers)
        self._stack = contextlib.ExitStack()
        self._stopped = threading.Event()
        self._arrived = threading.Event()
        self._finishing: set[str] = set()
        self._lock = threading.Lock()
        self._watches = {name: FolderWatch(each.folder) for name, each in self._settings.watch.items()}
        self._threads = [
            threading.Thread(target=self._coach, name="sohoa-coach", daemon=True),
            threading.Thread(target=self._rounds, name="sohoa-intake", daemon=True),
        ]

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.enter_context(self._workers)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; what is in the middle is gone on with at the next start."""
        self._stopped.set()
        self._arrived.set()
        ends = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, ends - time.monotonic()))
        self._stack.close()  # a look that takes longer is not waited for: it is made again at the next start

    @property
    def workers(self) -> Workers:
        """Child processes that look at what comes in."""
        return self._workers

    def arrived(self) -> None:
        """Say that a file is whole: the coach looks at it at once."""
        self._arrived.set()

    def finish(self, intake: Intake, services: Services) -> Intake:
        """Make the batch of an intake that is closing, in the name of whoever `services` act for.

        Where another thread is at it, it is left to that one.

        Raises:
            SohoaError: see `finish_intake`.
        """
        with self._once(intake) as mine:
            if not mine:
                return self.services.books.intakes.get(intake.id) or intake
            origin = origin_of("intake", intake.id)
            with span("receive", under=origin, attributes={"sohoa.intake": intake.id}):
                closed = finish_intake(
                    intake,
                    services=self.services,
                    objects=services.objects,
                    batches=services.batches,
                    hand_over=partial(self._hand, origin, services),
                )
        if closed.batch is not None:
            about = {"sohoa.intake": intake.id, "sohoa.batch": closed.batch}
            record_origin(origin, "upload", began=intake.opened_at.timestamp(), attributes=about)
        return closed

    def _hand(self, origin: Origin, services: Services, batch: BatchId, lane: Lane) -> None:
        begin_trace(batch, origin, services=services)
        self._hand_over(batch, lane)

    def coach_once(self, workers: Workers | None = None) -> int:
        """Look at the next page of some files; return of how many."""
        files = self.services.books.files.unlooked(limit=2 * self._settings.intake.coach_workers)
        if files:
            look_at_files(files, services=self.services, workers=workers or self._workers, policy=self.policy)
        return len(files)

    def watch_all_once(self, workers: Workers | None = None) -> tuple[BatchId, ...]:
        """Look at every watched folder once."""
        return tuple(batch for name in self._watches for batch in self._watch(name, workers))

    def care_once(self) -> None:
        """Finish what an earlier process, or a store that did not answer, left closing."""
        finish_left(lambda intake: self.finish(intake, self._in_name_of_owner(intake)), services=self.services)

    def expire_once(self) -> int:
        """Forget what nobody finished."""
        return expire_intakes(services=self.services, days=self._settings.store.incoming_days)

    def _in_name_of_owner(self, intake: Intake) -> Services:
        """Return services that act for whom an intake belongs to: they handed it in, whoever was killed at receiving it."""
        office = self._workshop.services
        if intake.client is not None:
            return office.acting(client_author(ClientId(intake.client), origin=office.author.origin))
        account = office.accounts.get(AccountId(intake.account)) if intake.account else None
        return office if account is None else office.acting(author_of(account, origin=office.author.origin))

    @contextlib.contextmanager
    def _once(self, intake: Intake) -> Iterator[bool]:
        with self._lock:
            mine = intake.id not in self._finishing
            self._finishing.add(intake.id)
        try:
            yield mine
        finally:
            if mine:
                with self._lock:
                    self._finishing.discard(intake.id)

    def _watch(self, name: str, workers: Workers | None = None) -> tuple[BatchId, ...]:
        watched = self._settings.watch[name]
        office = self._workshop.services
        services = WatchServices(
            intakes=self.services.books.intakes,
            objects=office.objects,
            batches=office.batches,
            workers=workers or self._workers,
            clock=office.clock,
            new_id=office.new_id,
            hand_over=self._hand_over,
            explain=explainer(speaker(self._settings.language or Language.VIETNAMESE)),
        )
        policy = WatchPolicy(
            agency=self._settings.office.agency if watched.agency is None else watched.agency,
            lane=watched.lane,
            quiet=dt.timedelta(seconds=watched.quiet_seconds),
            limits=self.policy.limits,
            seconds=self.policy.look_seconds,
        )
        return watch_once(self._watches[name], services=services, policy=policy)

    def _coach(self) -> None:
        while not self._stopped.is_set():
            self._arrived.clear()
            if not self._guarded(_Turn("coach", 0, self.coach_once)):
                self._arrived.wait(_IDLE_SECONDS)

    def _rounds(self) -> None:
        turns = [
            _Turn("care", _CARE_SECONDS, self.care_once),
            _Turn("expiry", _EXPIRY_SECONDS, self.expire_once),
            *(
                _Turn(f"watch.{name}", each.look_seconds, lambda name=name: self._watch(name))  # type: ignore[misc]
                for name, each in self._settings.watch.items()
            ),
        ]
        while not self._stopped.is_set():
            for turn in turns:
                if time.monotonic() >= turn.due and not self._stopped.is_set():
                    self._guarded(turn)
                    turn.due = time.monotonic() + turn.seconds
            self._stopped.wait(min(turn.due for turn in turns) - time.monotonic())

    def _guarded(self, turn: _Turn) -> object:
        """Run a turn; whatever goes wrong is told once, and tried again at the next."""
        try:
            result = turn.work()
        except Exception as error:  # noqa: BLE001 - the edge of a thread that has to live on
            if not self._stopped.is_set() and not turn.failed:
                _log.warning("%s: %s", turn.name, error, exc_info=not isinstance(error, SohoaError))
            turn.failed = True
            return None
        turn.failed = False
        return result


def intake_services(services: Services) -> IntakeServices:
    """Return what taking files in needs."""
    return IntakeServices(
        books=services.intake,
        spool=FolderSpool(services.settings.intake_folder),
        clock=services.clock,
        new_id=services.new_id,
    )


def intake_policy(settings: Settings) -> IntakePolicy:
    """Return what is taken in under these settings."""
    return IntakePolicy(
        limits=intake_limits(settings),
        most_files=settings.intake.files,
        chunk_bytes=settings.intake.chunk_mib << 20,
        coach_pages=settings.intake.coach_pages,
        look_seconds=settings.reading.document_seconds,
        page_seconds=settings.reading.page_seconds,
    )


def explainer(say: Say) -> Callable[[str, Mapping[str, str | float]], str]:
    """Return what says an error by its code and details."""
    classes = {each.code: each for each in all_errors()}

    def explain(code: str, details: Mapping[str, str | float]) -> str:
        return say_error(classes.get(code, SohoaError)(**details), say)

    return explain
