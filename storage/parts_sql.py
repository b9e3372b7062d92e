"""Parts of batches that are being read, in SQL."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa

from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId
from pipeline.domain.page import PageRef
from pipeline.domain.part import Part, PartStanding, PartState
from pipeline.ports import Held, HeldPart
from pipeline.values import from_json, to_json
from storage.database import moment, reading, writing
from storage.leases_sql import NEVER, refuse_lost, renewed
from storage.part_tables import parts
from storage.tables import leases

_TURNS = 1 << 12
"""turns at a part, at most, during one turn at its batch"""


class SqlParts:
    """Implements `pipeline.ports.Parts`. With a hold nothing is written once its turn is over."""

    def __init__(self, engine: sa.Engine, held: Callable[[Hold], Held], hold: Hold | None = None) -> None:
        """Take what gives the holder of a part his books."""
        self._engine = engine
        self._held = held
        self._hold = hold

    def cut(self, batch: BatchId, new: Sequence[Part], *, plan: str) -> None:
        """Keep the parts of a batch in place of those that it had; whoever still reads one of these writes nothing more.

        Raises:
            LeaseLost
        """
        with writing(self._engine) as connection:
            refuse_lost(connection, self._hold)
            # a part of the same number is another one: nobody had any of its turns
            turn = max([*forget_parts(connection, batch), _turn_of_batch(connection, batch) * _TURNS])
            rows = [
                {
                    "batch": batch,
                    "number": part.number,
                    "plan": plan,
                    "part": to_json(part).decode(),
                    "pages": len(part.refs),
                    "state": PartState.OPEN.value,
                    "failed": [],
                    "holder": "",
                    "turn": turn,
                    "expires_at": NEVER,
                }
                for part in new
            ]
            if rows:
                connection.execute(sa.insert(parts), rows)

    def standing(self, batch: BatchId) -> Sequence[PartStanding]:
        """Return how the parts of a batch stand."""
        columns = parts.c
        query = sa.select(
            columns.number, columns.plan, columns.pages, columns.state, columns.holder, columns.failed
        ).where(columns.batch == batch)
        with reading(self._engine) as connection:
            return tuple(
                PartStanding(
                    number=row.number,
                    plan=row.plan,
                    pages=row.pages,
                    state=PartState(row.state),
                    holder=row.holder,
                    failed={PageRef(source, number): code for source, number, code in row.failed},
                )
                for row in connection.execute(query.order_by(columns.number))
            )

    @contextlib.contextmanager
    def claim(
        self, batch: BatchId, *, holder: str, seconds: int, instead_of: Collection[str] = ()
    ) -> Iterator[HeldPart | None]:
        """Hold a part that nobody holds; see `storage.leases_sql`.

        Raises:
            RecordsUnavailable: on entry only.
        """
        taken = self._take(batch, holder, seconds=seconds, yielding={holder, *instead_of})
        if taken is None:
            yield None
            return
        part, turn = taken
        hold = Hold(batch, turn, part.number)
        with renewed(self._engine, hold, seconds=seconds):
            yield HeldPart(part=part, held=self._held(hold))

    def finish(self, batch: BatchId, number: int, *, failed: Mapping[PageRef, str]) -> None:
        """Note that a part is read.

        Raises:
            LeaseLost
        """
        done = {
            "state": PartState.DONE.value,
            "failed": [[ref.source, ref.number, code] for ref, code in sorted(failed.items())],
        }
        with writing(self._engine) as connection:
            refuse_lost(connection, self._hold)
            connection.execute(sa.update(parts).where(parts.c.batch == batch, parts.c.number == number).values(done))

    def _take(self, batch: BatchId, holder: str, *, seconds: int, yielding: Collection[str]) -> tuple[Part, int] | None:
        columns = parts.c
        with writing(self._engine) as connection:
            now = moment(connection)
            is_free = (columns.expires_at <= now) | columns.holder.in_(yielding)
            query = sa.select(columns.number, columns.part, columns.turn).where(
                columns.batch == batch, columns.state == PartState.OPEN.value, is_free
            )
            # what another one is taking at this moment is his
            row = connection.execute(query.order_by(columns.number).limit(1).with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            mine = {"holder": holder, "turn": row.turn + 1, "expires_at": now + dt.timedelta(seconds=seconds)}
            connection.execute(
                sa.update(parts).where(columns.batch == batch, columns.number == row.number).values(mine)
            )
            return from_json(row.part.encode(), Part), row.turn + 1


def forget_parts(connection: sa.Connection, batch: BatchId) -> Sequence[int]:
    """Forget the parts of a batch, and return their last turns; whoever still reads one writes nothing more."""
    forgotten = sa.delete(parts).where(parts.c.batch == batch).returning(parts.c.turn)
    return connection.scalars(forgotten).all()


def _turn_of_batch(connection: sa.Connection, batch: BatchId) -> int:
    """Return the last turn at a batch: it goes on growing while there are no parts."""
    return connection.scalar(sa.select(leases.c.turn).where(leases.c.batch == batch)) or 0
