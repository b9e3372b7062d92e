"""What keeps papers as they are, and a count that no page is lost when others take their place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from pipeline.arrangement_ports import ArrangedBatch
from pipeline.domain.accounts import unaccounted
from pipeline.domain.arrange_errors import PagesLost
from pipeline.domain.arrangement import Obstacle
from pipeline.domain.disposal import DisposalState, ItemState
from pipeline.domain.ids import DocumentId
from pipeline.domain.signing_order import ItemState as SigningState
from storage.batch_accounts_sql import batch_accounts
from storage.database import portions
from storage.disposal_tables import GONE, disposal_items, disposals
from storage.holds_sql import holds_on
from storage.tables import copy_versions, documents, results, signing_items

_OPEN = (SigningState.WAITING.value, SigningState.KEEPING.value)
_UNDER_WAY = (DisposalState.PROPOSED.value, DisposalState.APPROVED.value)


def find_obstacles(connection: sa.Connection, papers: Collection[DocumentId]) -> Mapping[DocumentId, Obstacle]:
    """Return, of those papers that something keeps as they are, what it is; the weightiest reason of each."""
    found: dict[DocumentId, Obstacle] = {}
    item = disposal_items.c
    listed = (
        sa.select(item.document)
        .join(disposals, disposals.c.id == item.disposal)
        .where(item.state.in_(GONE) | ((item.state == ItemState.LISTED.value) & disposals.c.state.in_(_UNDER_WAY)))
    )
    signed = sa.select(copy_versions.c.document).where(copy_versions.c.role.is_not(None))
    waiting = sa.select(signing_items.c.document).where(signing_items.c.state.in_(_OPEN))
    for these in portions(papers):
        reasons = (
            (listed.where(item.document.in_(these)), Obstacle.DISPOSED),
            (sa.select(results.c.document).where(results.c.document.in_(these)), Obstacle.RESULT),
            (signed.where(copy_versions.c.document.in_(these)), Obstacle.SIGNED),
            (
                sa.select(documents.c.id).where(documents.c.id.in_(these), documents.c.signed_source.is_not(None)),
                Obstacle.CAME_SIGNED,
            ),
            (waiting.where(signing_items.c.document.in_(these)), Obstacle.IN_ORDER),
        )
        for query, obstacle in reasons:
            for paper in connection.scalars(query):
                found.setdefault(DocumentId(paper), obstacle)
        for paper in holds_on(connection, these):
            found.setdefault(paper, Obstacle.HELD)
    return found


def refuse_lost_pages(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """See that every page of the batch is where it should be, once, before anything of it can be seen by others.

    A kept page lies in exactly one paper, and is said to; one that is blank, a separator or failed lies in none; a page that
    repeats another one follows it.

    Raises:
        PagesLost
    """
    (account,) = batch_accounts(connection, [arranged.plan.batch])
    if {page.ref for page in arranged.pages} != {page.ref for page in account.pages}:
        raise PagesLost(batch=account.batch, pages=len(account.pages))
    for broken in unaccounted(account):
        raise PagesLost(batch=account.batch, fault=broken.fault.value, item=broken.item)
