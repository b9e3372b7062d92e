"""Compare all records with what the audit trail says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.audit_ports import RecordProofs
from pipeline.domain.audit import SubjectKind
from pipeline.domain.audit_findings import UnprovenRecord
from pipeline.ports import silent

_AT_ONCE = 500
"""records that are compared in one step, and held in memory"""


def unproven_records(
    proofs: RecordProofs, *, on_record: Callable[[int, int], None] = silent
) -> Iterator[UnprovenRecord]:
    """Yield each record that does not stand as its last entry says: altered, inserted or removed.

    `on_record` hears how many records of how many have been compared. What comes of it is worth as much as the trail, which
    `verify_trail` judges.
    """
    done, total = 0, proofs.count()
    for kind in SubjectKind:
        after: str | None = ""
        while after is not None:
            page = proofs.prove(kind, limit=_AT_ONCE, after=after)
            yield from page.unproven
            done += page.records
            if page.records:
                on_record(done, max(done, total))
            after = page.last
