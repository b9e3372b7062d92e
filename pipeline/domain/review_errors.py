"""Errors of those who review papers; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, NeedsPerson


class DocumentClaimed(NeedsPerson):
    """Somebody else has the document before them: details name who, and since when."""

    code = "review.claimed"


class UndoRefused(NeedsPerson):
    """A correction cannot be undone any more: details say why."""

    code = "review.undo_refused"


class RegionRefused(BadInput):
    """What was drawn on a page is no place that could be read."""

    code = "review.region_refused"
