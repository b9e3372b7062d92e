"""What was disposed of is not changed any more."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.errors import DocumentDisposed
from pipeline.domain.ids import DocumentId
from storage.disposal_tables import GONE, disposal_items


def refuse_disposed(connection: sa.Connection, document: DocumentId) -> None:
    """Raise if a paper is gone, or on its way, in a transaction that would change what is known of it.

    Raises:
        DocumentDisposed
    """
    item = disposal_items.c
    gone = sa.select(item.disposal).where(item.document == document, item.state.in_(GONE))
    disposal = connection.scalar(gone)
    if disposal is not None:
        raise DocumentDisposed(document=document, disposal=disposal, certificate="")
