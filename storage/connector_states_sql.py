"""How other systems answered last, in SQL, so that every process and every page sees the same."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.domain.exchange import ConnectorState, OtherSystem
from storage.channel_tables import connector_states
from storage.database import reading, upsert, writing


class SqlConnectorBook:
    """Implements `pipeline.connector_ports.ConnectorBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, state: ConnectorState) -> None:
        """Write how a system stands; what is not known of a moment stays as it was."""
        row = {
            "system": state.system.value,
            "answered_at": state.answered_at,
            "failed_at": state.failed_at,
            "reason": state.reason,
            "failures": state.failures,
            "paused_until": state.paused_until,
        }
        with writing(self._engine) as connection:
            columns = connector_states.c
            there = connection.execute(sa.select(connector_states).where(columns.system == row["system"])).first()
            if there is not None:
                row["answered_at"] = state.answered_at or there.answered_at
                row["failed_at"] = state.failed_at or there.failed_at
                row["reason"] = state.reason or there.reason
            upsert(connection, connector_states, [row])

    def all(self) -> Sequence[ConnectorState]:
        """Return those that were ever asked, by name."""
        known = [each.value for each in OtherSystem]
        columns = connector_states.c
        query = sa.select(connector_states).where(columns.system.in_(known)).order_by(columns.system)
        with reading(self._engine) as connection:
            return tuple(
                ConnectorState(
                    system=OtherSystem(row.system),
                    answered_at=row.answered_at,
                    failed_at=row.failed_at,
                    reason=row.reason,
                    failures=row.failures,
                    paused_until=row.paused_until,
                )
                for row in connection.execute(query)
            )
