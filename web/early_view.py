"""Papers that are ready while their batch is being read, as its page lists them."""

from __future__ import annotations

from typing import Any

from pipeline.domain.intake import BatchRow
from web.visit import Visit

_ROWS = 100


def early_list(row: BatchRow, visit: Visit, *, after: int = -1) -> dict[str, Any]:
    """Return what `batches/early.html` shows: papers in page order, behind the one that begins at page `after` of the batch."""
    found = visit.services.intake.watch.early(row.id, limit=_ROWS + 1, scope=visit.scope, after=after)
    more = found[_ROWS - 1].place if len(found) > _ROWS else None
    return {"row": row, "papers": found[:_ROWS], "more": more, "is_first": after < 0}
