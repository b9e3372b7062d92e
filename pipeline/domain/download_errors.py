"""Errors about handing files out to other systems; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Forbidden


class PaperNotInForce(BadInput):
    """A paper that may not be relied on any more was asked for as if it might: details say since when and what stands in its place."""

    code = "paper.not_in_force"


class LinkRefused(Forbidden):
    """A signed address is over, was not made here, was made for another client, or its client may not ask any more."""

    code = "api.link_refused"


class RangeUnsatisfiable(BadInput):
    """A range of bytes that begins behind the end of the file: details say how long that is."""

    code = "api.range_unsatisfiable"


class PreconditionFailed(BadInput):
    """The file is not the one that the request names (If-Match)."""

    code = "api.precondition_failed"
