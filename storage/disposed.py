"""What was disposed of is not changed any more, and what is being removed is not counted on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from pipeline.domain.disposal import ItemState
from pipeline.domain.errors import DocumentDisposed, DocumentReplaced, ObjectLeaving
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.ports import Area
from storage.disposal_tables import GONE, claim_nothing, disposal_items, disposal_objects, disposals
from storage.rearrange_tables import replacement_successors, replacements
from storage.tables import documents

_AT_ONCE = 500
"""names in one question"""

_CLOCKS = dt.timedelta(minutes=5)
"""how far the clocks of machines that share a database may be apart"""


def refuse_disposed(connection: sa.Connection, document: DocumentId) -> None:
    """Raise if a paper is gone, on its way, or replaced, in a transaction that would change what is known of it.

    Raises:
        DocumentDisposed, DocumentReplaced
    """
    _refuse_replaced(connection, document)
    item = disposal_items.c
    gone = sa.select(item.disposal).where(item.document == document, item.state.in_(GONE))
    disposal = connection.scalar(gone)
    if disposal is not None:
        raise DocumentDisposed(document=document, disposal=disposal, certificate="")


def _refuse_replaced(connection: sa.Connection, document: DocumentId) -> None:
    columns = replacement_successors.c
    if connection.scalar(sa.select(replacements.c.document).where(replacements.c.document == document)) is None:
        return
    query = sa.select(columns.successor).where(columns.document == document).order_by(columns.position)
    raise DocumentReplaced(document=document, successors=", ".join(connection.scalars(query)) or "–")


def refuse_disposed_batch(connection: sa.Connection, batch: BatchId) -> None:
    """Raise if a batch that comes in again has a paper that is gone, or on its way: it would not be kept anew.

    Raises:
        DocumentDisposed: with the list and its certificate.
    """
    item = disposal_items.c
    query = sa.select(item.document, item.disposal, disposals.c.certificate).join(
        disposals, disposals.c.id == item.disposal
    )
    of_batch = query.join(documents, documents.c.id == item.document).where(documents.c.batch == batch)
    row = connection.execute(of_batch.where(item.state.in_(GONE)).order_by(item.document).limit(1)).first()
    if row is not None:
        raise DocumentDisposed(document=row.document, disposal=row.disposal, certificate=row.certificate or "–")


def refuse_leaving(
    connection: sa.Connection, area: Area, objects: Collection[ContentHash], *, since: dt.datetime | None
) -> None:
    """Raise if an object that is about to be named is being removed, or was removed after it was seen to be there.

    Putting what is there already writes nothing, so it may go with a paper that is disposed of before it is named here.
    `since` is when the caller began to put or look at these objects. Nothing is claimed until the transaction ends.

    Raises:
        ObjectLeaving
    """
    claim_nothing(connection)
    item, this = disposal_items.c, disposal_objects.c
    leaving = item.state == ItemState.REMOVING.value
    if since is not None:
        leaving |= (item.state == ItemState.DISPOSED.value) & (item.ended_at >= since - _CLOCKS)
    query = sa.select(item.disposal, this.sha256).join(disposal_items, item.id == this.item)
    names = sorted(set(objects))
    for start in range(0, len(names), _AT_ONCE):
        these = this.sha256.in_(names[start : start + _AT_ONCE])
        row = connection.execute(query.where(this.area == area.value, these, leaving).limit(1)).first()
        if row is not None:
            raise ObjectLeaving(area=area.value, sha256=row.sha256, disposal=row.disposal)
