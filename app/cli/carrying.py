"""`sohoa export --all`, `sohoa import`: everything out as plain folders, everything into an empty installation."""

from __future__ import annotations

import argparse
from importlib import metadata

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.services import open_services
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.batch import Stage
from pipeline.domain.errors import BadSettings
from pipeline.usecases.export_archive import export_archive
from pipeline.usecases.import_archive import import_archive


def run_export_all(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write everything as plain folders; that it was done stands in the trail before anything is written."""
    if context.settings.encryption.key_file is not None and not arguments.plain:
        raise BadSettings(name="encryption.key_file", problem="export_is_plain")
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        details = {"folder": str(arguments.out.absolute())}
        deed = Deed(
            action=Action.EXPORTED,
            subject=Subject(SubjectKind.ARCHIVE, ""),
            reason=arguments.purpose,
            details=details,
        )
        services.trail.note([deed])
        done = export_archive(
            arguments.out,
            records=services.whole,
            objects=services.objects,
            program=f"sohoa {metadata.version('sohoa')}",
            now=services.clock.now(),
            on_file=counting(Stage.EXPORT, listener),
        )
    for error in done.failed:
        context.complain(error)
    if arguments.json:
        failed = [{"error": each.code, **each.details} for each in done.failed]
        context.print_json(
            {
                "folder": str(done.folder),
                "records": done.records,
                "files": done.files,
                "bytes": done.bytes,
                "failed": failed,
            }
        )
    else:
        size = f"{done.bytes / (1 << 20):.1f}"
        context.tell("export.all_written", folder=done.folder, records=done.records, files=done.files, size=size)
    return ExitCode.SOME if done.failed else ExitCode.DONE


def run_import(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Take an export into an empty installation."""
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        done = import_archive(arguments.folder, records=services.whole, objects=services.objects, on_progress=listener)
    if arguments.json:
        context.print_json({"records": done.records, "files": done.files, "missing": done.missing})
    else:
        context.tell("export.taken", folder=arguments.folder, records=done.records, files=done.files)
        if done.missing:
            context.note("export.taken_without", count=done.missing)
    return ExitCode.SOME if done.missing else ExitCode.DONE
