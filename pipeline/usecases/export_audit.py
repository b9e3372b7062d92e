"""Write the audit trail and its seals as files that a small program without this product checks (scripts/verify_audit.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind, canonical_json, entry_text
from pipeline.domain.audit_seal import KeptSeal, seal_text
from pipeline.domain.errors import RecordsAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, silent
from pipeline.usecases.verify_audit import AuditServices, every_entry
from pipeline.usecases.verify_seals import every_seal

TRAIL, SEALS, STAMPS = "trail.jsonl", "seals.jsonl", "seals"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedTrail:
    """How much was written."""

    entries: int
    seals: int


def export_audit(
    services: AuditServices, folder: Path, *, on_entry: Callable[[int, int], None] = silent
) -> ExportedTrail:
    """Write `trail.jsonl`, `seals.jsonl` and, in `seals/`, each seal (`DAY.json`) and its time-stamp token (`DAY.tst`).

    A line of the trail is what is hashed, with the hash beside it: `{"entry": {…}, "hash": "…"}`; one of the seals is
    `{"seal": {…}, "object": "…", "token": "…"}`. What is there already is written anew. The last entry is of this
    export: who did what is about people too.

    Raises:
        RecordsAltered: an entry or seal that no entry or seal can be; `sohoa verify --audit` says more.
        ObjectMissing, ObjectAltered, StoreUnavailable, RecordsUnavailable
    """
    handed_out = Deed(action=Action.EXPORTED, subject=Subject(SubjectKind.ARCHIVE, ""), details={"part": "audit_trail"})
    services.trail.note([handed_out])
    stamps = folder / STAMPS
    stamps.mkdir(parents=True, exist_ok=True)
    with (folder / TRAIL).open("w", encoding="utf-8", newline="\n") as file:
        entries = _write_entries(services, file, on_entry)
    with (folder / SEALS).open("w", encoding="utf-8", newline="\n") as file:
        seals = 0
        for kept in _seals(services):
            seals += 1
            line = {"object": kept.object, "token": kept.token or ""}
            file.write(f'{{"seal":{seal_text(kept.seal)},{canonical_json(line)[1:]}\n')
            day = kept.seal.day.isoformat()
            (stamps / f"{day}.json").write_bytes(_object(services, kept.object))
            if kept.token is not None:
                (stamps / f"{day}.tst").write_bytes(_object(services, kept.token))
    return ExportedTrail(entries=entries, seals=seals)


def _write_entries(services: AuditServices, file: TextIO, on_entry: Callable[[int, int], None]) -> int:
    total, done = services.trail.last().number, 0
    for entry in every_entry(services.trail):
        if not isinstance(entry, AuditEntry):
            raise RecordsAltered(what="audit_entry", id=entry.number, problem=entry.problem)
        text = entry_text(entry.number, entry.at, entry.author, entry.deed, entry.previous)
        file.write(f'{{"entry":{text},"hash":{canonical_json(entry.hash)}}}\n')
        done += 1
        on_entry(done, total)
    return done


def _seals(services: AuditServices) -> Iterator[KeptSeal]:
    for kept in every_seal(services.seals):
        if not isinstance(kept, KeptSeal):
            raise RecordsAltered(what="seal", id=kept.day, problem=kept.problem)
        yield kept


def _object(services: AuditServices, sha256: ContentHash) -> bytes:
    with services.objects.open(Area.ARCHIVE, sha256) as stream:
        return stream.read()
