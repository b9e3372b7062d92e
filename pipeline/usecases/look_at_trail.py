"""Look at the audit trail: who did what is about people too, so this look stands in the trail itself."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.audit_ports import TrailFilter, TrailSearch
from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind, UnreadableEntry
from pipeline.usecases.look_up import Looker


def look_at_trail(
    wanted: TrailFilter, *, search: TrailSearch, looker: Looker
) -> Sequence[AuditEntry | UnreadableEntry]:
    """Return entries, the newest first. The look is written down behind them, so that it is not among them.

    Raises:
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    found = search.newest(wanted)
    details = {"part": "audit_trail"} | {
        name: str(value)
        for name, value in (
            ("author", wanted.author),
            ("action", wanted.action),
            ("kind", wanted.kind),
            ("subject", wanted.subject),
            ("since", wanted.since),
            ("until", wanted.until),
        )
        if value is not None
    }
    if found:
        details["entries"] = f"{found[-1].number}–{found[0].number}"
    look = Deed(action=Action.READ, subject=Subject(SubjectKind.ARCHIVE, ""), reason=looker.purpose, details=details)
    looker.trail.note([look])
    return found
