"""Trails to tamper with: a time-stamp authority that needs no network, services, and hands that triggers do not hold."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass, field

import sqlalchemy as sa

from pipeline.audit_ports import StampFinding
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.audit_findings import AuditFinding
from pipeline.usecases.seal_audit import SealServices, seal_days
from pipeline.usecases.verify_audit import AuditServices, AuditSummary, verify_trail
from storage.records import Records
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock

HANOI = dt.timezone(dt.timedelta(hours=7))
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
DAY = dt.timedelta(days=1)


class KeyedStamps:
    """Tokens that only this object can make: the time, and a MAC over time and digest."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock

    def stamp(self, digest: bytes) -> bytes:
        time = self._clock.now().astimezone(dt.UTC).isoformat(timespec="seconds").encode()
        return time + self._mac(time, digest)

    def check(self, token: bytes, digest: bytes, *, at: dt.datetime) -> StampFinding:
        time, mac = token[:-32], token[-32:]
        if not hmac.compare_digest(mac, self._mac(time, digest)):
            return StampFinding(at=None, authority="", problem="HASH_FAILURE")
        moment = dt.datetime.fromisoformat(time.decode())
        return StampFinding(at=moment, authority="test", problem="" if moment <= at else "TIMESTAMP_ORDER_FAILURE")

    def _mac(self, time: bytes, digest: bytes) -> bytes:
        return hmac.digest(b"only here", time + digest, "sha256")


@dataclass(slots=True)
class Trail:
    """A trail of some days, each with some entries, all days but the last one sealed."""

    records: Records
    clock: SetClock
    objects: MemoryObjects = field(default_factory=MemoryObjects)

    def read(self, document: str, **details: str) -> None:
        """Write one entry."""
        subject = Subject(SubjectKind.DOCUMENT, document)
        self.records.trail.note([Deed(action=Action.READ, subject=subject, reason="tra cứu", details=details)])

    def seal(self) -> int:
        """Seal what can be sealed; return how many days."""
        services = SealServices(
            trail=self.records.trail,
            seals=self.records.seals,
            objects=self.objects,
            locks=None,
            stamps=KeyedStamps(self.clock),
            clock=self.clock,
            locked_for=dt.timedelta(days=1),
        )
        return len(seal_days(services))

    def verify(self) -> tuple[AuditSummary, list[AuditFinding]]:
        """Return what is found."""
        found: list[AuditFinding] = []
        services = AuditServices(
            trail=self.records.trail, seals=self.records.seals, objects=self.objects, stamps=KeyedStamps(self.clock)
        )
        summary = verify_trail(services, now=self.clock.now(), on_finding=found.append)
        return summary, found

    def findings(self) -> list[AuditFinding]:
        """Return what is wrong."""
        return self.verify()[1]

    def tamper(self, *statements: str, **values: object) -> None:
        """Change the database as only its owner can; see `tamper`."""
        tamper(self.records.engine, *statements, **values)


def tamper(engine: sa.Engine, *statements: str, **values: object) -> None:
    """Change a database as only its owner can: without triggers, which are set up again afterwards."""
    with engine.begin() as connection:
        triggers = _lift(connection)
        for statement in statements:
            assert connection.execute(sa.text(statement), values).rowcount >= 1
        for each in triggers:
            connection.exec_driver_sql(each)


def _lift(connection: sa.Connection) -> list[str]:
    """Take the guards away; return what sets them up again."""
    if connection.dialect.name == "postgresql":
        for table in ("audit_entries", "audit_days"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        return [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in ("audit_entries", "audit_days")]
    triggers = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'"
    ).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in triggers]


def three_days(records: Records, clock: SetClock) -> Trail:
    """Monday with entries 1–5; Tuesday: nothing but the seal of Monday (6); Wednesday 7–9, of which 7 seals Tuesday.

    It is Wednesday noon: two days are sealed.
    """
    trail = Trail(records, clock)
    clock.time = MONDAY
    for number in range(1, 6):
        trail.read(f"d-{number}", count=str(number))
        clock.time += dt.timedelta(minutes=1)
    clock.time = MONDAY + DAY
    assert trail.seal() == 1
    clock.time = MONDAY + 2 * DAY
    assert trail.seal() == 1
    for number in (8, 9):
        trail.read(f"d-{number}")
    clock.time += dt.timedelta(hours=3)
    return trail
