"""How a paper stands, told in headers: whoever looks at a file alone does not see that it was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.domain.download_errors import PaperNotInForce
from pipeline.domain.errors import DocumentDisposed, SohoaError
from pipeline.domain.paper_standing import PaperStanding, StandingKind

STATE = "Sohoa-State"
DOCUMENTS = "/api/v1/documents"

STANDING_HEADERS: Final[dict[str, dict[str, object]]] = {
    STATE: {
        "description": "How the paper stands: `in_force`, or `replaced`, `superseded`, `revoked`, with `since` and `by`.",
        "schema": {"type": "string"},
    },
    "Link": {"description": '`rel="successor-version"`: what stands in its place.', "schema": {"type": "string"}},
}
"""for the schema"""


def standing_headers(standing: PaperStanding) -> dict[str, str]:
    """Return `Sohoa-State` (an item of RFC 9651 with parameters) and a link to each successor (RFC 5829)."""
    since = standing.since.isoformat(timespec="seconds") if standing.since else ""
    return _headers(standing.kind, since, standing.successors)


def refusal_headers(error: SohoaError) -> Mapping[str, str]:
    """Return the same for a refusal that tells of it."""
    told = {name: str(value).replace("–", "") for name, value in error.details.items()}
    if isinstance(error, DocumentDisposed):
        return _headers(StandingKind.DISPOSED, "", ())
    if isinstance(error, PaperNotInForce):
        return _headers(StandingKind(told["state"]), told["since"], tuple(filter(None, told["by"].split(", "))))
    return {}


def _headers(kind: StandingKind, since: str, successors: Sequence[str]) -> dict[str, str]:
    parameters = [("since", since), ("by", " ".join(successors))]
    told = {STATE: kind.value + "".join(f';{name}="{value}"' for name, value in parameters if value)}
    links = ", ".join(f'<{DOCUMENTS}/{each}>; rel="successor-version"' for each in successors)
    return told | ({"Link": links} if links else {})
