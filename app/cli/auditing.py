"""`sohoa audit`, `sohoa verify --audit`: seal the trail of who did what, check it, and hand it out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.cli.writing import writing
from app.sealing import open_auditing, open_sealing
from app.services import open_services
from pipeline.domain.audit_findings import AuditFinding, UnprovenRecord
from pipeline.domain.audit_seal import KeptSeal
from pipeline.domain.batch import Stage
from pipeline.usecases.export_audit import export_audit
from pipeline.usecases.prove_records import unproven_records
from pipeline.usecases.seal_audit import seal_days
from pipeline.usecases.verify_audit import AuditSummary, verify_trail

_MOST_SHOWN = 200
"""findings that are told one by one; all of them stand in the JSON"""


def run_seal(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Seal all days that have ended."""
    with (
        open_services(context.settings, author=context.author) as services,
        show_progress(context) as listener,
        open_sealing(services) as sealing,
    ):
        seals = seal_days(sealing, on_day=counting(Stage.SEAL, listener))
    if arguments.json:
        context.print_json([seal_json(each) for each in seals])
        return ExitCode.DONE
    for each in seals:
        key = "audit.sealed" if each.token else "audit.sealed_unstamped"
        context.tell(key, day=f"{each.seal.day:%d/%m/%Y}", count=each.seal.count, root=each.seal.root)
    if not seals:
        context.tell("audit.nothing_to_seal")
    return ExitCode.DONE


def run_export(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write trail and seals as files that a program without this product can check."""
    with (
        open_services(context.settings, author=context.author) as services,
        show_progress(context) as listener,
        open_auditing(services) as auditing,
        writing(arguments.out),
    ):
        counts = export_audit(auditing, arguments.out, on_entry=counting(Stage.EXPORT, listener))
    if arguments.json:
        context.print_json({"folder": str(arguments.out), "entries": counts.entries, "seals": counts.seals})
    else:
        context.tell("audit.exported", folder=arguments.out, entries=counts.entries, seals=counts.seals)
    return ExitCode.DONE


def run_verify(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Check the trail, and the records against it."""
    found: list[AuditFinding] = []
    with (
        open_services(context.settings, author=context.author) as services,
        show_progress(context) as listener,
        open_auditing(services) as auditing,
    ):
        now = services.clock.now()
        summary = verify_trail(auditing, now=now, on_finding=found.append, on_entry=counting(Stage.AUDIT, listener))
        records = list(unproven_records(services.proofs, on_record=counting(Stage.PROVE, listener)))
    if arguments.json:
        context.print_json(audit_json(summary, found, records))
    else:
        _tell(summary, found, records, context)
    return ExitCode.SOME if found or records else ExitCode.DONE


def _tell(
    summary: AuditSummary, found: Sequence[AuditFinding], records: Sequence[UnprovenRecord], context: Context
) -> None:
    say_findings(found, records, context)
    context.tell("audit.summary", entries=summary.entries, seals=summary.seals, sealed=summary.sealed)
    context.tell("audit.broken" if found or records else "audit.sound", count=len(found) + len(records))
    behind = summary.entries and max(0, summary.last - summary.sealed)
    for key, count in (
        ("audit.unsealed_entries", behind),
        ("audit.unsealed_days", summary.unsealed_days),
        ("audit.unstamped", summary.unstamped),
        ("audit.doubtful_stamps", summary.doubtful_stamps),
    ):
        if count:
            context.tell(key, count=count)


def say_findings(found: Sequence[AuditFinding], records: Sequence[UnprovenRecord], context: Context) -> None:
    """Name what is wrong, on stderr."""
    for finding in found[:_MOST_SHOWN]:
        context.note(
            f"audit_fault.{finding.fault.value}",
            first=finding.first,
            last=finding.last,
            day=finding.day,
            detail=finding.detail,
        )
    for record in records[:_MOST_SHOWN]:
        context.note(
            f"record_fault.{record.fault.value}",
            kind=context.say(f"subject_kind.{record.subject.kind.value}"),
            id=record.subject.id,
            tables=", ".join(record.tables),
            entry=record.entry,
        )
    left = max(0, len(found) - _MOST_SHOWN) + max(0, len(records) - _MOST_SHOWN)
    if left:
        context.note("audit.more", count=left)


def audit_json(
    summary: AuditSummary, found: Sequence[AuditFinding], records: Sequence[UnprovenRecord]
) -> dict[str, Any]:
    """Return what was found, as `sohoa verify --audit --json` prints it."""
    return {
        "entries": summary.entries,
        "last": summary.last,
        "seals": summary.seals,
        "sealed": summary.sealed,
        "unsealed_days": summary.unsealed_days,
        "unstamped": summary.unstamped,
        "doubtful_stamps": summary.doubtful_stamps,
        "findings": [
            {
                "fault": each.fault.value,
                "first": each.first,
                "last": each.last,
                "day": each.day,
                "detail": each.detail,
            }
            for each in found
        ],
        "records": [
            {
                "kind": each.subject.kind.value,
                "id": each.subject.id,
                "fault": each.fault.value,
                "tables": list(each.tables),
                "entry": each.entry,
            }
            for each in records
        ],
    }


def seal_json(kept: KeptSeal) -> dict[str, Any]:
    """Return a seal as `sohoa audit seal --json` prints it."""
    return {
        "day": kept.seal.day.isoformat(),
        "first": kept.seal.first,
        "last": kept.seal.last,
        "root": kept.seal.root,
        "object": kept.object,
        "token": kept.token,
    }
