"""`sohoa storage key …`: master keys of sealed objects. No key is ever shown."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from app.authors import person_at
from app.cli.context import Context, ExitCode
from app.cli.progress import show_progress
from app.clock import SystemClock
from app.encryption import key_file
from app.services import make_home
from app.stores import blaming
from pipeline.domain.batch import Progress, Stage
from storage.master_keys import KeyId, add_master_key, read_master_keys
from storage.records import Records, open_records


def run_new(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Make a master key; the file is made with the first."""
    file = key_file(context.settings)
    keys = add_master_key(file, random_bytes=os.urandom, at=SystemClock().now())
    if arguments.json:
        context.print_json({"file": str(file), "current": keys.current, "keys": list(keys.keys)})
        return ExitCode.DONE
    context.tell("keys.made", name=keys.current, file=file)
    context.note("keys.copy_it", file=file)
    return ExitCode.DONE


def run_rotate(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Wrap all data keys by the current master key; objects are not rewritten."""
    keys = read_master_keys(key_file(context.settings))
    with _records(context) as records, show_progress(context) as listen:
        counts = records.sealed_names.counts()
        lost = counts.keys() - keys.keys.keys()
        total = sum(count for key, count in counts.items() if key != keys.current and key not in lost)
        rotated = records.sealed_names.rewrap(
            lambda key, wrapped: keys.wrap(keys.unwrap(key, wrapped)),
            to=keys.current,
            lost=frozenset(lost),
            on_keys=lambda done: listen(Stage.ROTATE, Progress(done, max(done, total))),
        )
    if arguments.json:
        context.print_json({"current": keys.current, "rotated": rotated, "lost": {key: counts[key] for key in lost}})
    else:
        context.tell("keys.rotated", count=rotated, name=keys.current)
    for key in sorted(lost):
        context.note("keys.lost", name=key, count=counts[key])
    return ExitCode.SOME if lost else ExitCode.DONE


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show the master keys by name, and how many objects need each."""
    keys = read_master_keys(key_file(context.settings))
    with _records(context) as records:
        counts = records.sealed_names.counts()
    names = [*keys.keys, *sorted(counts.keys() - keys.keys.keys())]
    states = {name: _state(name, keys.current, here=name in keys.keys) for name in names}
    if arguments.json:
        context.print_json({name: {"state": states[name], "objects": counts.get(name, 0)} for name in names})
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("key", "state", "objects"):
            table.add_column(context.say(f"table.{column}"))
        for name in names:
            style = "red" if states[name] == "lost" else ""
            table.add_row(name, Text(context.say(f"key_state.{states[name]}"), style=style), str(counts.get(name, 0)))
        context.out.print(table)
    return ExitCode.SOME if "lost" in states.values() else ExitCode.DONE


def _state(name: KeyId, current: KeyId, *, here: bool) -> str:
    if not here:
        return "lost"
    return "current" if name == current else "earlier"


@contextlib.contextmanager
def _records(context: Context) -> Iterator[Records]:
    make_home(context.settings.home)
    with blaming("records.url"):
        records = open_records(context.settings.records_url, clock=SystemClock(), author=person_at("storage key"))
    try:
        yield records
    finally:
        records.close()
