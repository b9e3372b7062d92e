"""What is left to do, counted in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from pipeline.domain.audit import Action, SubjectKind
from pipeline.domain.audit_seal import end_of
from pipeline.domain.batch import BatchState
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.open_work_ports import OpenWork
from pipeline.usecases.back_up import SCHEMA
from storage.audit_tables import audit_days, audit_entries
from storage.database import reading
from storage.desk_tables import deliveries, events
from storage.exchange_tables import sync_queue
from storage.fixity_tables import fixity_checks
from storage.law_log_sql import broken_laws
from storage.recorded import end_of_trail
from storage.tables import batches, documents, signing_items
from storage.webhook_tables import dead_letters

_ENTRY = audit_entries.c
_BEGIN = sa.select(_ENTRY.at).order_by(_ENTRY.number).limit(1)
_BACKED_UP = (
    sa.select(_ENTRY.at)
    .where(
        _ENTRY.subject_kind == SubjectKind.ARCHIVE.value,
        _ENTRY.subject_id == "",
        _ENTRY.action == Action.EXPORTED.value,
        _ENTRY.details["form"].as_string() == SCHEMA,
        _ENTRY.details["manifest"].as_string().is_not(None),  # it was finished
    )
    .order_by(_ENTRY.number.desc())
    .limit(1)
)


class SqlOpenWork:
    """Implements `pipeline.open_work_ports.OpenWorkBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def read(self) -> OpenWork:
        """Return what is left to do."""
        undone = sa.select(sa.func.min(batches.c.created_at)).where(batches.c.state != BatchState.DIGITIZED.value)
        told = sa.select(events.c.at).where(
            events.c.number == sa.select(sa.func.min(deliveries.c.event)).scalar_subquery()
        )
        with reading(self._engine) as connection:
            return OpenWork(
                batches=_by_state(connection, batches.c.state),
                oldest_batch=connection.scalar(undone),
                documents=_by_state(connection, documents.c.state),
                signing=_by_state(connection, signing_items.c.state),
                events=_count(connection, deliveries),
                oldest_event=connection.scalar(told),
                dead_letters=_count(connection, dead_letters),
                unsent=_by_state(connection, sync_queue.c.state),
                broken_laws=broken_laws(connection),
                unsound_objects=_unsound(connection),
                trail=end_of_trail(connection).number,
                unsealed_since=_last_sealed(connection) or connection.scalar(_BEGIN),
                unsaved_since=connection.scalar(_BACKED_UP) or connection.scalar(_BEGIN),
            )


def _last_sealed(connection: sa.Connection) -> dt.datetime | None:
    day = connection.scalar(sa.select(sa.func.max(audit_days.c.day)))
    return None if day is None else end_of(dt.date.fromisoformat(day))


def _by_state(connection: sa.Connection, column: sa.Column[str]) -> Mapping[str, int]:
    counted = sa.select(column, sa.func.count()).group_by(column)
    return {row[0]: row[1] for row in connection.execute(counted)}


def _unsound(connection: sa.Connection) -> Mapping[str, int]:
    unsound = [each.value for each in CheckOutcome if each is not CheckOutcome.SOUND]
    columns = fixity_checks.c
    counted = sa.select(sa.func.count()).where(columns.outcome.in_(unsound))
    return {each.value: connection.scalar(counted.where(columns.store == each.value)) or 0 for each in StoreName}


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
