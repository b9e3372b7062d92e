"""`sohoa storage init` and `sohoa doctor --storage`: where objects are kept, and what that store was seen to do."""

from __future__ import annotations

import argparse
import uuid

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.clock import SystemClock
from app.language import Say
from app.setting_groups import StoreKind
from app.stores import kept_report, open_objects, prove_store, s3_access
from pipeline.domain.batch import Stage
from pipeline.domain.capability import LOCKS, Answer, Capability, Seen, StoreReport
from storage.s3_bucket import BucketState, prepare_bucket

_STYLE = {Answer.PROVEN: "green", Answer.ABSENT: "dim", Answer.FALSE: "red", Answer.UNKNOWN: "yellow"}
_MARK = {Answer.PROVEN: "✓", Answer.ABSENT: "–", Answer.FALSE: "✗", Answer.UNKNOWN: "?"}


def run_probe(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Look at what the store does, keep the report, and say whether that is what the settings require."""
    report = _proven(context)
    if arguments.json:
        context.print_json(_report_json(report, report.lacking(context.settings.store.require)))
    else:
        is_folder = context.settings.store.kind is StoreKind.FOLDER
        context.tell("storage.folder_report" if is_folder else "storage.report", store=report.store)
        context.out.print(_table(report, context.settings.store.require, context.say))
    return ExitCode.SOME if _say_lacking(report, context) else ExitCode.DONE


def run_init(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Make or check the place of objects, after looking at what the store can do."""
    report = kept_report(context.settings) or _proven(context)
    if context.settings.store.kind is StoreKind.FOLDER:
        open_objects(context.settings)
        context.tell("storage.folder_ready", folder=context.settings.archive_folder)
        return ExitCode.DONE
    state = prepare_bucket(
        s3_access(context.settings), proven=report.proven, incoming_days=context.settings.store.incoming_days
    )
    if arguments.json:
        context.print_json(_state_json(report, state))
    else:
        _tell_state(state, report, context)
    unlocked = LOCKS & set(context.settings.store.require) and not state.object_lock
    if unlocked:
        context.note("storage.bucket_without_lock", bucket=context.settings.store.bucket)
    return ExitCode.SOME if _say_lacking(report, context) or unlocked else ExitCode.DONE


def fits_again(context: Context) -> bool:
    """Say whether the store does what the settings require, if they do: it may be another one than at the last look."""
    required = context.settings.store.require
    return not required or not _say_lacking(_proven(context), context)


def _say_lacking(report: StoreReport, context: Context) -> tuple[Capability, ...]:
    """Say what is required and was not proven, and return it."""
    lacking = report.lacking(context.settings.store.require)
    if lacking:
        context.note("storage.lacking", names=", ".join(context.say(f"capability.{each.value}") for each in lacking))
    return lacking


def _proven(context: Context) -> StoreReport:
    with show_progress(context) as listen:
        return prove_store(
            context.settings,
            clock=SystemClock(),
            token=uuid.uuid4(),
            on_check=counting(Stage.PROBE, listen),
        )


def _table(report: StoreReport, required: tuple[Capability, ...], say: Say) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("capability", "seen", "detail"):
        table.add_column(say(f"table.{key}"))
    for each in report.seen:
        name = say(f"capability.{each.capability.value}")
        needed = f" ({say('storage.required')})" if each.capability in required else ""
        table.add_row(
            Text(f"{_MARK[each.answer]} {name}{needed}", style=_STYLE[each.answer]),
            Text(say(f"answer.{each.answer.value}"), style=_STYLE[each.answer]),
            _detail(each, say),
        )
    return table


def _detail(seen: Seen, say: Say) -> str:
    """Return what was seen in the reader's language; a server's own word stays as it is."""
    try:
        return say(f"evidence.{seen.detail}") if seen.detail else ""
    except KeyError:
        return seen.detail


def _tell_state(state: BucketState, report: StoreReport, context: Context) -> None:
    context.tell("storage.bucket_made" if state.made else "storage.bucket_there", store=report.store)
    for key, holds in (("object_lock", state.object_lock), ("versioning", state.versioning)):
        context.tell(f"storage.{key}_{'on' if holds else 'off'}")
    if state.incoming_days is not None:
        context.tell("storage.incoming_days", days=state.incoming_days)
    else:
        context.tell("storage.incoming_stays")


def _report_json(report: StoreReport, lacking: tuple[Capability, ...]) -> dict[str, object]:
    return {
        "store": report.store,
        "at": report.at.isoformat(),
        "capabilities": {
            each.capability.value: {"answer": each.answer.value, "detail": each.detail} for each in report.seen
        },
        "lacking": [each.value for each in lacking],
    }


def _state_json(report: StoreReport, state: BucketState) -> dict[str, object]:
    return {
        "store": report.store,
        "made": state.made,
        "object_lock": state.object_lock,
        "versioning": state.versioning,
        "incoming_days": state.incoming_days,
    }
