"""Leases: one process at a time works on a batch, and a process that dies does not hold it for ever.

A lease is a row with a holder, a moment at which it ends unless it is renewed, and a turn that grows with every new
holder. The moment is by the database's clock alone: the clocks of the machines that share it may be hours apart. What a
holder writes is fenced by its turn (M. Kleppmann, *How to do distributed locking*, 2016): one that slept through the
end of its lease finds a higher turn in the same transaction in which it would write, and writes nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.errors import BatchBusy, LeaseLost, NotFound, RecordsUnavailable
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId
from storage.database import insert_if_new, moment, writing
from storage.part_tables import parts
from storage.tables import leases

_RENEWALS = 3
"""times a lease is renewed before it would end: two may fail"""
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""end of a lease that nobody has"""


@contextlib.contextmanager
def lease(engine: sa.Engine, batch: BatchId, *, holder: str, seconds: int, instead_of: str = "") -> Iterator[Hold]:
    """Hold `batch` as `holder`, renewed in the background, freed at the end.

    `instead_of` names a holder that is known to be dead: the first who names it takes its lease over, the second finds
    the lease held by the first.

    A holder of the same name takes its own lease over at once: give each process a name of its own, and a worker that
    is restarted its old name.

    Raises:
        BatchBusy: another holder has it; details tell who and until when.
        NotFound: the batch was never opened.
        RecordsUnavailable: on entry only; a lease that cannot be renewed or freed ends by itself.
    """
    hold = Hold(batch, _take(engine, batch, holder, seconds=seconds, yielding={holder, instead_of}))
    with renewed(engine, hold, seconds=seconds):
        yield hold


@contextlib.contextmanager
def renewed(engine: sa.Engine, hold: Hold, *, seconds: int) -> Iterator[None]:
    """Renew what was taken in the background, so that it never ends within `seconds`, and free it at the end."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(seconds / _RENEWALS):
            with contextlib.suppress(RecordsUnavailable):
                if not _renew(engine, hold, seconds):
                    return

    renewer = threading.Thread(target=renew, name=f"lease {hold.batch}", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
        with contextlib.suppress(RecordsUnavailable):
            _free(engine, hold)


def refuse_lost(connection: sa.Connection, hold: Hold | None) -> None:
    """Refuse to write for a holder whose turn is over; until the transaction ends nobody else gets a turn.

    Without a hold nothing is refused: that is somebody who writes about nothing that others could hold.

    Raises:
        LeaseLost: somebody else had a turn since, or this one was given up.
    """
    if hold is None:
        return
    table, mine = _place(hold)
    last = connection.scalar(sa.select(table.c.turn).where(mine).with_for_update(read=True))
    if last != hold.turn:
        raise LeaseLost(batch=hold.batch, turn=hold.turn, last=last or 0)


def _take(engine: sa.Engine, batch: BatchId, holder: str, *, seconds: int, yielding: set[str]) -> int:
    columns = leases.c
    try:
        with writing(engine) as connection:
            now = moment(connection)
            mine = {"holder": holder, "expires_at": now + dt.timedelta(seconds=seconds)}
            if insert_if_new(connection, leases, {"batch": batch, "turn": 1, **mine}):
                return 1
            is_free = (columns.expires_at <= now) | columns.holder.in_(yielding)
            take = sa.update(leases).where(columns.batch == batch, is_free).values(turn=columns.turn + 1, **mine)
            turn = connection.scalar(take.returning(columns.turn))
            if turn is None:
                held = connection.execute(sa.select(leases).where(columns.batch == batch)).one()
                raise BatchBusy(batch=batch, holder=held.holder, until=held.expires_at.isoformat())
            return int(turn)
    except exc.IntegrityError as error:
        raise NotFound(batch=batch) from error


def _renew(engine: sa.Engine, hold: Hold, seconds: int) -> bool:
    """Move the end of a lease; say whether it is still ours."""
    with writing(engine) as connection:
        ends = moment(connection) + dt.timedelta(seconds=seconds)
        return connection.execute(_ours(hold).values(expires_at=ends)).rowcount == 1


def _free(engine: sa.Engine, hold: Hold) -> None:
    """End a lease that is still ours: the turn is over, so that nothing is written for it any more."""
    with writing(engine) as connection:
        connection.execute(_ours(hold).values(turn=hold.turn + 1, holder="", expires_at=NEVER))


def _ours(hold: Hold) -> sa.Update:
    table, mine = _place(hold)
    return sa.update(table).where(mine, table.c.turn == hold.turn)


def _place(hold: Hold) -> tuple[sa.Table, sa.ColumnElement[bool]]:
    """Return where a hold is written down: batches and parts have the same columns."""
    if hold.part is None:
        return leases, leases.c.batch == hold.batch
    return parts, (parts.c.batch == hold.batch) & (parts.c.number == hold.part)
