"""A check of the audit trail beside the requests: how far it is, and what it found. One at a time; a new start forgets it."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field, replace

from app.sealing import open_auditing
from app.services import Services
from pipeline.domain.audit_findings import AuditFinding, UnprovenRecord
from pipeline.domain.errors import SohoaError
from pipeline.usecases.prove_records import unproven_records
from pipeline.usecases.verify_audit import AuditSummary, verify_trail

MOST_TOLD = 200
"""findings that are told one by one"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailCheck:
    """How a check stands."""

    by: str
    started_at: dt.datetime
    stage: str = "entries"
    """`entries`, then `records`"""
    done: int = 0
    total: int = 0
    found: tuple[AuditFinding, ...] = ()
    """the first `MOST_TOLD`"""
    unproven: tuple[UnprovenRecord, ...] = ()
    """likewise"""
    faults: int = 0
    """all that is wrong"""
    summary: AuditSummary | None = None
    finished_at: dt.datetime | None = None
    error: SohoaError | None = None
    """why it could not be checked to the end"""

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.finished_at is None


@dataclass(slots=True)
class TrailChecks:
    """The last check of this process."""

    last: TrailCheck | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, *, by: str, at: dt.datetime) -> bool:
        """Note that a check begins; False where one is going on."""
        with self._lock:
            if self.last is not None and self.last.is_running:
                return False
            self.last = TrailCheck(by=by, started_at=at)
            return True

    def run(self, services: Services) -> None:
        """Check the trail, and the records against it."""
        try:
            with open_auditing(services) as auditing:
                summary = verify_trail(
                    auditing, now=services.clock.now(), on_finding=self._found, on_entry=self._entries
                )
            self._change(summary=summary, stage="records", done=0, total=0)
            for record in unproven_records(services.proofs, on_record=self._entries):
                self._unproven(record)
        except SohoaError as error:
            self._change(error=error)
        finally:
            self._change(finished_at=services.clock.now())

    def _entries(self, done: int, total: int) -> None:
        self._change(done=done, total=total)

    def _found(self, finding: AuditFinding) -> None:
        last = self._now()
        self._change(found=(*last.found, finding)[:MOST_TOLD], faults=last.faults + 1)

    def _unproven(self, record: UnprovenRecord) -> None:
        last = self._now()
        self._change(unproven=(*last.unproven, record)[:MOST_TOLD], faults=last.faults + 1)

    def _now(self) -> TrailCheck:
        if self.last is None:
            raise RuntimeError("no check was begun")
        return self.last

    def _change(self, **changes: object) -> None:
        with self._lock:
            self.last = replace(self._now(), **changes)  # type: ignore[arg-type]
