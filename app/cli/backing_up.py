"""`sohoa backup`, `sohoa restore`: a copy of an installation in use, and the way back."""

from __future__ import annotations

import argparse
import os
from importlib import metadata
from pathlib import Path
from typing import Any

from app.backup_keys import elsewhere, elsewhere_json
from app.cli.caring import WholeCheck, verify_everything
from app.cli.context import Context, ExitCode
from app.cli.progress import show_progress
from app.keeping import store_in_care
from app.services import make_home, open_services
from app.settings import settings_json
from app.stores import blaming, look_where_unproven
from pipeline.backup_ports import DatabaseBackup
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.backup_errors import RestoreNotEmpty
from pipeline.usecases.back_up import OBJECTS, SCHEMA, BackedUp, back_up
from pipeline.usecases.forget_readings import forget_absent
from pipeline.usecases.restore_backup import Restored, finish_restoring, newest_point, restore_backup
from storage.database_backup import database_backup
from storage.objects_folder import FolderObjects

_ARCHIVE = Subject(SubjectKind.ARCHIVE, "")
_NOTE = "restoring.json"
"""in the home folder: which backup is being brought back"""


def run_backup(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Add a point to a backup; that it was begun stands in the trail, also in the trail that is backed up, and then that it is whole."""
    kept_elsewhere = elsewhere(context.settings)
    folder: Path = arguments.folder.absolute()
    look_where_unproven(context.settings)  # it may be all that runs on this machine
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        details = {"folder": str(folder), "form": SCHEMA}
        services.trail.note([Deed(action=Action.EXPORTED, subject=_ARCHIVE, details=details)])
        done = back_up(
            folder,
            database=_database(context),
            store=store_in_care(context.settings).objects,
            target=lambda: FolderObjects(folder / OBJECTS),
            settings=settings_json(context.provenance) + "\n",
            elsewhere=elsewhere_json(kept_elsewhere),
            program=f"sohoa {metadata.version('sohoa')}",
            now=services.clock.now(),
            on_progress=listener,
        )
        whole = {**details, "manifest": done.manifest, "objects": str(done.objects), "missing": str(len(done.failed))}
        services.trail.note([Deed(action=Action.EXPORTED, subject=_ARCHIVE, details=whole)])
    for error in done.failed:
        context.complain(error)
    if arguments.json:
        context.print_json(_backed_up_json(done) | {"elsewhere": [str(each.path) for each in kept_elsewhere]})
        return ExitCode.SOME if done.failed else ExitCode.DONE
    size = f"{done.bytes / (1 << 20):.1f}"
    words = {"objects": done.objects, "copied": done.copied, "size": size, "manifest": done.manifest}
    context.tell("backup.written", point=done.point, **words)
    if done.failed:
        context.note("backup.without", count=len(done.failed))
    if kept_elsewhere:
        context.note("backup.elsewhere")
    for each in kept_elsewhere:
        context.note("backup.elsewhere_file", path=each.path, setting=each.setting)
    return ExitCode.SOME if done.failed else ExitCode.DONE


def run_restore(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Bring a backup back; with `--verify`, look at everything that is kept afterwards."""
    note = context.settings.home / _NOTE
    folder: Path = arguments.folder.absolute()
    newest_point(folder)  # nothing is made for a folder that is no backup
    make_home(context.settings.home)
    store = store_in_care(context.settings)
    try:
        with show_progress(context) as listener:
            done = restore_backup(
                folder,
                database=_database(context),
                source=FolderObjects(folder / OBJECTS),
                store=store.objects,
                keeper=store.keeper,
                note=note,
                on_progress=listener,
            )
    except RestoreNotEmpty as error:
        what = context.say(f"restore_found.{error.details['what']}")
        raise RestoreNotEmpty(**{**error.details, "what": what}) from error
    for failed in done.failed:
        context.complain(failed)
    with open_services(context.settings, author=context.author) as services:
        details = {"backup": done.manifest, "made_at": done.created_at}
        forget_absent(traces=services.records.traces, objects=services.objects)
        services.trail.note([Deed(action=Action.IMPORTED, subject=_ARCHIVE, details=details)])
    check = verify_everything(context) if arguments.verify else None
    finish_restoring(note)
    if arguments.json:
        context.print_json(_restored_json(done, check))
    else:
        _tell_restored(done, check, context)
    return ExitCode.SOME if done.failed or not (check is None or check.sound) else ExitCode.DONE


def _database(context: Context) -> DatabaseBackup:
    with blaming("records.url"):
        return database_backup(context.settings.records_url, environment=os.environ)


def _tell_restored(done: Restored, check: WholeCheck | None, context: Context) -> None:
    context.tell("backup.restored", created_at=done.created_at, objects=done.objects)
    if done.failed:
        context.note("backup.restored_without", count=len(done.failed))
    if check is None:
        context.note("backup.verify_next")
    else:
        check.tell(context)


def _backed_up_json(done: BackedUp) -> dict[str, Any]:
    return {
        "point": str(done.point),
        "manifest": done.manifest,
        "objects": done.objects,
        "copied": done.copied,
        "bytes": done.bytes,
        "failed": [{"error": each.code, **each.details} for each in done.failed],
    }


def _restored_json(done: Restored, check: WholeCheck | None) -> dict[str, Any]:
    return {
        "point": str(done.point),
        "manifest": done.manifest,
        "objects": done.objects,
        "failed": [{"error": each.code, **each.details} for each in done.failed],
        "verified": None if check is None else check.as_json,
    }
