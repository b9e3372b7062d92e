"""Leases: one process at a time works on a batch, and a process that dies does not hold it for ever.

A lease is a row with a holder, a moment at which it ends unless it is renewed, and a turn that grows with every new
holder. The clocks of machines that share a database should agree to within a fraction of a lease.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.errors import BatchBusy, NotFound, RecordsUnavailable
from pipeline.domain.ids import BatchId
from pipeline.ports import Clock
from storage.database import insert_if_new, writing
from storage.tables import leases

_RENEWALS = 3
"""times a lease is renewed before it would end: two may fail"""


@contextlib.contextmanager
def lease(
    engine: sa.Engine, batch: BatchId, *, holder: str, seconds: int, clock: Clock, instead_of: str = ""
) -> Iterator[None]:
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
    now = clock.now()
    turn = _take(
        engine, batch, holder, ends=now + dt.timedelta(seconds=seconds), now=now, yielding={holder, instead_of}
    )
    done = threading.Event()

    def renew() -> None:
        while not done.wait(seconds / _RENEWALS):
            with contextlib.suppress(RecordsUnavailable):
                if not _set_end(engine, batch, turn, clock.now() + dt.timedelta(seconds=seconds)):
                    return

    renewer = threading.Thread(target=renew, name=f"lease {batch}", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
        with contextlib.suppress(RecordsUnavailable):
            _set_end(engine, batch, turn, dt.datetime.min.replace(tzinfo=dt.UTC))


def _take(
    engine: sa.Engine, batch: BatchId, holder: str, *, ends: dt.datetime, now: dt.datetime, yielding: set[str]
) -> int:
    columns = leases.c
    mine = {"holder": holder, "turn": columns.turn + 1, "expires_at": ends}
    is_free = (columns.expires_at <= now) | columns.holder.in_(yielding)
    try:
        with writing(engine) as connection:
            if insert_if_new(connection, leases, {"batch": batch, "holder": holder, "turn": 1, "expires_at": ends}):
                return 1
            take = sa.update(leases).where(columns.batch == batch, is_free).values(mine).returning(columns.turn)
            turn = connection.scalar(take)
            if turn is None:
                held = connection.execute(sa.select(leases).where(columns.batch == batch)).one()
                raise BatchBusy(batch=batch, holder=held.holder, until=held.expires_at.isoformat())
            return int(turn)
    except exc.IntegrityError as error:
        raise NotFound(batch=batch) from error


def _set_end(engine: sa.Engine, batch: BatchId, turn: int, ends: dt.datetime) -> bool:
    """Move the end of a lease; say whether it is still ours."""
    columns = leases.c
    with writing(engine) as connection:
        ours = sa.update(leases).where(columns.batch == batch, columns.turn == turn).values(expires_at=ends)
        return connection.execute(ours).rowcount == 1
