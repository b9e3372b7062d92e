"""`sohoa trust …`: whom this installation believes, with dates and with the names of those who decided it."""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.writing import writing
from app.clock import SystemClock
from app.services import make_home
from app.signers import bundle_file
from pipeline.domain.errors import PathMissing
from pipeline.domain.moments import in_zone
from pipeline.domain.signing_errors import TrustRefused
from signing.trust_bundle import TrustRecord, dated, examine, in_force, read_bundle, write_bundle
from signing.trust_stores import ROOTS

_SHOWN = ("store", "trusted", "since", "until", "ends", "added", "fingerprint")


def run_add(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Check what files hold, show it, and after confirmation take it into a store."""
    now, who = SystemClock().now(), context.author.name
    found: list[TrustRecord] = []
    for file in arguments.files:
        found += examine(_content(file), store=arguments.store, source=file.name, added_at=now, added_by=who)
    if arguments.store not in ROOTS and (arguments.since or arguments.until):
        raise TrustRefused(reason="only_roots_have_dates", file=str(arguments.files[0]))
    found = dated(found, arguments.since, arguments.until)
    return _take(found, arguments, context, now=now)


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show what is believed."""
    records = in_force(read_bundle(bundle_file(context.settings)))
    if arguments.json:
        context.print_json([_record_json(each) for each in records])
    elif not records:
        context.note("trust.empty")
    else:
        context.out.print(_table(records, context))
    return ExitCode.DONE


def run_bundle(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write everything, with its history, to one file for other machines."""
    records = read_bundle(bundle_file(context.settings))
    if not records:
        context.note("trust.empty")
        return ExitCode.NOTHING
    with writing(arguments.out):
        digest = write_bundle(arguments.out, records, made_at=SystemClock().now())
    if arguments.json:
        context.print_json({"file": str(arguments.out), "sha256": digest, "records": len(records)})
    else:
        context.tell("trust.bundled", file=arguments.out, digest=digest, count=len(records))
    return ExitCode.DONE


def run_load(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Take in what another machine's bundle holds and this one does not."""
    data = _content(arguments.file)
    digest = hashlib.sha256(data).hexdigest()
    context.note("trust.digest", file=arguments.file, digest=digest)
    if arguments.sha256 is not None and arguments.sha256.lower() != digest:
        raise TrustRefused(reason="digest_does_not_fit", file=str(arguments.file))
    known = set(read_bundle(bundle_file(context.settings)))
    found = [each for each in read_bundle(arguments.file) if each not in known]
    return _take(found, arguments, context, now=SystemClock().now())


def _take(
    found: Sequence[TrustRecord], arguments: argparse.Namespace, context: Context, *, now: dt.datetime
) -> ExitCode:
    if not found:
        context.note("trust.nothing_new")
        return ExitCode.DONE
    for each in found:
        context.note(
            "trust.item",
            store=context.say(f"trust_store.{each.store.value}"),
            name=each.name,
            since=_day(each.since),
            until=_day(each.until),
            ends=_day(each.ends),
            digest=each.sha256,
        )
    if not arguments.yes and not _confirmed(context):
        context.note("trust.not_taken")
        return ExitCode.NOTHING
    make_home(context.settings.home)
    file = bundle_file(context.settings)
    write_bundle(file, [*read_bundle(file), *found], made_at=now)
    if arguments.json:
        context.print_json([_record_json(each) for each in found])
    else:
        context.tell("trust.taken", count=len(found))
    return ExitCode.DONE


def _confirmed(context: Context) -> bool:
    """Ask; where nobody can answer, the answer is no."""
    if not sys.stdin.isatty():
        context.note("trust.ask_yes")
        return False
    context.err.print(context.say("trust.question"), end=" ")
    return sys.stdin.readline().strip().lower() in {"y", "yes", "c", "có", "co"}


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PathMissing(path=str(file), problem=error.strerror or "") from error


def _table(records: Sequence[TrustRecord], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in _SHOWN:
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in records:
        table.add_row(
            context.say(f"trust_store.{each.store.value}"),
            Text(each.name),
            _day(each.since),
            _day(each.until),
            _day(each.ends),
            f"{_day(each.added_at)}\n{each.added_by}\n{each.source}",
            each.sha256,
        )
    return table


def _day(moment: dt.datetime | None) -> str:
    return f"{in_zone(moment):%d/%m/%Y}" if moment else "–"


def _record_json(record: TrustRecord) -> dict[str, Any]:
    return {
        "store": record.store.value,
        "name": record.name,
        "sha256": record.sha256,
        "since": record.since.isoformat() if record.since else None,
        "until": record.until.isoformat() if record.until else None,
        "ends": record.ends.isoformat() if record.ends else None,
        "added_at": record.added_at.isoformat(),
        "added_by": record.added_by,
        "source": record.source,
    }
