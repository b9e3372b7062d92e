"""The certificate of disposal: what was removed, by which rule, who wanted it, who approved it, who did it, and when."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipeline.domain.audit import canonical_json, utc_text
from pipeline.domain.disposal import Disposal, DisposalItem, listed

SCHEMA = "sohoa.disposal/1"


def certificate_bytes(disposal: Disposal) -> bytes:
    """Return the certificate of a list that is carried out: canonical JSON of its records, so the same bytes each time."""
    return canonical_json(certificate_json(disposal)).encode()


def certificate_json(disposal: Disposal) -> dict[str, Any]:
    """Return what the records say of a list, as its certificate does. It names no person's data but the officers' accounts."""
    return {
        "schema": SCHEMA,
        "id": disposal.id,
        "reason": disposal.reason,
        "state": disposal.state.value if disposal.finished_at is None else "carried_out",
        "proposed": {
            "by": disposal.proposed_by,
            "role": disposal.proposer_role,
            "at": utc_text(disposal.created_at),
        },
        "endorsed": _who(disposal.endorsed_by, disposal.endorsed_at),
        "decided": _who(disposal.decided_by, disposal.decided_at),
        "decision_reason": disposal.decision_reason,
        "carried_out": _who(disposal.begun_by, disposal.begun_at),
        "finished_at": _moment(disposal.finished_at),
        "items": [_item(each) for each in disposal.items],
    }


def _item(item: DisposalItem) -> dict[str, Any]:
    return {
        **listed(item),
        "state": item.state.value,
        "reason": item.reason,
        "ended_at": _moment(item.ended_at),
        "removed": [{"area": each.area, "sha256": each.sha256, "what": each.what} for each in item.removed],
    }


def _who(name: str | None, at: dt.datetime | None) -> dict[str, str] | None:
    return None if name is None or at is None else {"by": name, "at": utc_text(at)}


def _moment(at: dt.datetime | None) -> str | None:
    return None if at is None else utc_text(at)
