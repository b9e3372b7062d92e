"""`sohoa verify --all`, `sohoa mirror`: is everything that is kept what was put there, and is it in the second store."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.auditing import audit_json, say_findings
from app.cli.context import Context, ExitCode
from app.cli.laws import laws_json, tell_laws
from app.cli.progress import counting, show_progress
from app.keeping import care_of, pace, store_in_care
from app.language import reason_words
from app.sealing import open_auditing
from app.second_store import required_mirror
from app.services import open_services
from pipeline.archive_ports import NeededObject
from pipeline.domain.audit_findings import AuditFinding, UnprovenRecord
from pipeline.domain.batch import Stage
from pipeline.usecases.mirror_store import Mirrored, mirror_store
from pipeline.usecases.prove_records import unproven_records
from pipeline.usecases.verify_audit import AuditSummary, verify_trail
from pipeline.usecases.verify_laws import LawsCheck, verify_laws
from pipeline.usecases.verify_objects import ObjectsCheck, verify_objects
from pipeline.usecases.verify_store import Finding

_MOST_SHOWN = 200
"""findings that are told one by one; all of them stand in the JSON"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCheck:
    """What came of looking at everything that is kept."""

    objects: ObjectsCheck
    trail: AuditSummary
    wrong: Sequence[AuditFinding]
    records: Sequence[UnprovenRecord]
    laws: LawsCheck

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.left

    @property
    def left(self) -> int:
        """How much is still wrong."""
        return len(self.objects.open) + len(self.wrong) + len(self.records) + len(self.laws.open)

    @property
    def as_json(self) -> dict[str, Any]:
        """All findings as JSON holds them."""
        return (
            {"sound": self.sound}
            | _objects_json(self.objects)
            | {
                "audit": audit_json(self.trail, self.wrong, self.records),
                "laws": laws_json(self.laws),
            }
        )

    def tell(self, context: Context) -> None:
        """Say it to people."""
        _tell_objects(self.objects, context)
        say_findings(self.wrong, self.records, context)
        tell_laws(self.laws, context)
        context.tell("audit.summary", entries=self.trail.entries, seals=self.trail.seals, sealed=self.trail.sealed)
        context.tell("care.broken" if self.left else "care.sound", count=self.left)


def run_verify_all(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Read every object, follow the audit trail, compare every record with it, check every law; with `--repair`, put right."""
    check = verify_everything(context, since=arguments.since, repairing=arguments.repair)
    if arguments.json:
        context.print_json(check.as_json)
    else:
        check.tell(context)
    return ExitCode.DONE if check.sound else ExitCode.SOME


def verify_everything(context: Context, *, since: dt.datetime | None = None, repairing: bool = False) -> WholeCheck:
    """Look at everything that is kept; objects that were read since `since` are left out.

    Raises:
        BadSettings: a second store, or what is trusted, cannot be used as it is set.
        StoreUnavailable, StoreRefused, StoreLacks, RecordsUnavailable
    """
    wrong: list[AuditFinding] = []
    with (
        open_services(context.settings, author=context.author) as services,
        show_progress(context) as listener,
        open_auditing(services) as auditing,
    ):
        care = care_of(services)
        now = services.clock.now()
        check = verify_objects(care, before=since or now, repairing=repairing, on_progress=listener)
        summary = verify_trail(auditing, now=now, on_finding=wrong.append, on_entry=counting(Stage.AUDIT, listener))
        records = list(unproven_records(services.proofs, on_record=counting(Stage.PROVE, listener)))
        laws = verify_laws(services.laws, objects=services.objects, now=now, repairing=repairing, on_progress=listener)
    return WholeCheck(objects=check, trail=summary, wrong=wrong, records=records, laws=laws)


def run_mirror(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Copy to the second store what it lacks."""
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        done = mirror_store(
            store_in_care(context.settings),
            required_mirror(context.settings),
            inventory=services.inventory,
            pace=pace(context.settings),
            on_object=counting(Stage.MIRROR, listener),
        )
    if arguments.json:
        context.print_json(_mirrored_json(done))
    else:
        _say_objects(done.findings, context)
        context.tell("care.mirrored", objects=done.objects, copied=done.copied, size=_mib(done.bytes))
        if done.findings:
            context.note("care.not_mirrored", count=len(done.findings))
    return ExitCode.SOME if done.findings else ExitCode.DONE


def _tell_objects(check: ObjectsCheck, context: Context) -> None:
    _say_objects(check.open, context)
    for each in [each for each in check.repairs if each.done][:_MOST_SHOWN]:
        words = _words(each.finding, context)
        context.note("care.repaired_aside" if each.aside else "care.repaired", **words, aside=each.aside)
    for store in check.stores:
        name = context.say(f"store_name.{store.store.value}")
        context.tell("care.read", store=name, objects=store.objects, size=_mib(store.bytes), count=len(store.findings))


def _say_objects(findings: Sequence[Finding], context: Context) -> None:
    """Name objects that are not as they should be, and the records that need them, on stderr."""
    for finding in findings[:_MOST_SHOWN]:
        context.note(f"object_fault.{finding.outcome.value}", **_words(finding, context))
    if len(findings) > _MOST_SHOWN:
        context.note("audit.more", count=len(findings) - _MOST_SHOWN)


def _words(finding: Finding, context: Context) -> dict[str, object]:
    needed = finding.needed
    return {
        "store": context.say(f"store_name.{finding.store.value}"),
        "object": f"{needed.area.value}/{needed.stored_as}",
        "size": "–" if finding.size is None else finding.size,
        "sizes": ", ".join(map(str, needed.sizes)) or "–",
        "needs": "; ".join(_need_words(needed)) or "–",
        "reason": reason_words(finding.reason, context.say) if finding.reason else "–",
    }


def _need_words(needed: NeededObject) -> list[str]:
    return [
        f"{each.table}.{each.column} {each.record}" + (f" (+{each.rows - 1})" if each.rows > 1 else "")
        for each in needed.needs
    ]


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f}"


def _objects_json(check: ObjectsCheck) -> dict[str, Any]:
    repaired = {id(each.finding): each.aside for each in check.repairs if each.done}
    return {
        "stores": [{"store": each.store.value, "objects": each.objects, "bytes": each.bytes} for each in check.stores],
        "objects": [
            _finding_json(each) | {"repaired": id(each) in repaired, "aside": repaired.get(id(each)) or None}
            for each in check.findings
        ],
    }


def _mirrored_json(done: Mirrored) -> dict[str, Any]:
    return {
        "objects": done.objects,
        "copied": done.copied,
        "bytes": done.bytes,
        "findings": [_finding_json(each) for each in done.findings],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    needed = finding.needed
    return {
        "store": finding.store.value,
        "outcome": finding.outcome.value,
        "area": needed.area.value,
        "sha256": needed.sha256,
        "stored_as": needed.stored_as,
        "size": finding.size,
        "sizes": list(needed.sizes),
        "reason": finding.reason or None,
        "needs": [
            {"table": each.table, "column": each.column, "record": each.record, "rows": each.rows}
            for each in needed.needs
        ],
    }
