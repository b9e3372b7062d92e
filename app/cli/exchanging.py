"""`sohoa exchange`: packages for an archive, tables for spreadsheets, dossiers for the national portal."""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.connectors.opening import open_connectors
from app.exchanging import agency_name, hand_over_order, hand_over_services, sync_services
from app.services import Services, open_services
from app.workshop import open_workers
from pipeline.domain.audit_seal import day_of
from pipeline.domain.batch import Stage
from pipeline.domain.errors import NotFound, PathMissing, SohoaError
from pipeline.domain.exchange import OtherSystem, Synchronisation
from pipeline.domain.exchange_errors import PackageDamaged
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.procedure import ProcedureCode, procedure_core
from pipeline.exchange.sip_reading import FolderSource, ReadPackage, ZipSource, read_package
from pipeline.ports import DocumentFilter
from pipeline.usecases.export_files import write_errors
from pipeline.usecases.export_table import COLUMNS, TableFormat, TableKind, TableOrder, export_table
from pipeline.usecases.hand_over_archive import hand_over
from pipeline.usecases.synchronise_dossiers import Unsent, queue_dossier, send_dossiers
from pipeline.usecases.take_courses import take_courses

_PAGE = 500


def run_hand_over(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write a package of documents and dossiers for an archive, and read it back."""
    if not arguments.ids and not arguments.dossier:
        context.note("exchange.name_papers")
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        order = hand_over_order(context.settings, label=arguments.label, purpose=arguments.purpose)
        done = hand_over(
            [DocumentId(each) for each in arguments.ids] + list(_of_dossiers(arguments.dossier, services)),
            arguments.out,
            order=order,
            services=hand_over_services(services),
            on_paper=counting(Stage.EXPORT, listener),
        )
    if arguments.json:
        context.print_json(
            {
                "package": done.id,
                "target": str(done.target),
                "papers": done.papers,
                "files": done.files,
                "left_out": dict(done.left_out),
                "incomplete": {name: list(fields) for name, fields in done.incomplete.items()},
            }
        )
    else:
        context.tell("exchange.handed_over", package=done.id, target=done.target, papers=done.papers, files=done.files)
    for document, reason in done.left_out.items():
        context.note("exchange.left_out", document=document, reason=reason)
    for document, missing in done.incomplete.items():
        context.note("exchange.incomplete", document=document, fields=", ".join(missing))
    return ExitCode.SOME if done.left_out else ExitCode.DONE


def run_check(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Say whether a package is whole: everything that METS.xml names, as it says, and nothing else."""
    found = _read_apart(arguments.package, context)
    if arguments.json:
        problems = [{"path": each.path, "reason": each.reason} for each in found.problems]
        context.print_json({"package": found.id, "files": len(found.files), "problems": problems})
    elif found.is_whole:
        context.tell("exchange.whole", package=found.id, files=len(found.files))
    for each in found.problems:
        context.complain(PackageDamaged(file=each.path, reason=each.reason))
    return ExitCode.DONE if found.is_whole else ExitCode.SOME


def run_table(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write papers, or their fields, as a table for spreadsheets."""
    kinds = {f".{each.value}": each for each in TableFormat}
    chosen = kinds.get(arguments.out.suffix.lower())
    if chosen is None:
        context.note("exchange.table_suffix", file=arguments.out)
        return ExitCode.USAGE
    order = TableOrder(
        wanted=DocumentFilter(
            batch=arguments.batch,
            dossier=arguments.dossier,
            type=arguments.type,
            state=arguments.state and arguments.state.value,
        ),
        kind=TableKind(arguments.rows),
        format=chosen,
        fields=tuple(arguments.field),
    )
    partial = arguments.out.with_name(f".{arguments.out.name}.part")
    with open_services(context.settings, author=context.author) as services, write_errors(arguments.out):
        try:
            with partial.open("wb") as out:
                rows = export_table(
                    order,
                    out,
                    label=lambda name: _label(name, context),
                    library=services.library,
                    looker=services.looker(arguments.purpose),
                    trail=services.trail,
                )
            partial.replace(arguments.out)
        finally:
            partial.unlink(missing_ok=True)
    if arguments.json:
        context.print_json({"file": str(arguments.out), "rows": rows})
    else:
        context.tell("exchange.table_written", file=arguments.out, rows=rows)
    return ExitCode.DONE


def run_queue(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Want the national portal to have dossiers as they stand now."""
    failed: dict[str, str] = {}
    queued: list[Synchronisation] = []
    with open_services(context.settings, author=context.author) as services:
        procedure = procedure_core(arguments.procedure or "")
        if arguments.procedure is not None and not _is_in_force(procedure, services):
            context.note("exchange.no_procedure_code", code=arguments.procedure)
            return ExitCode.USAGE
        for code in dict.fromkeys(arguments.codes):
            if procedure is not None:
                at, by = services.clock.now(), context.author.name
                services.dossiers.choose(DossierCode(code), procedure, at=at, by=by)
            done = queue_dossier(
                DossierCode(code),
                services=sync_services(services),
                file_address=context.settings.file_address,
                unit=agency_name(context.settings),
            )
            if isinstance(done, Unsent):
                failed[code] = done.value
            else:
                queued.append(done)
    if arguments.json:
        context.print_json({"dossiers": [_json(each) for each in queued], "failed": failed})
    else:
        context.tell("exchange.queued", count=len(queued))
    for code, reason in failed.items():
        context.note(f"unsent.{reason}", dossier=code)
    return ExitCode.SOME if failed else ExitCode.DONE


def run_send(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Send the national portal what is due."""
    with open_services(context.settings, author=context.author) as services:
        settings = context.settings.connectors
        with open_connectors(settings, types=services.catalogue, clock=services.clock) as others:
            done = send_dossiers(queue=services.sync_queue, portal=others.portal, clock=services.clock)
    if arguments.json:
        context.print_json({"taken": list(done.taken), "refused": list(done.refused), "failed": list(done.failed)})
    else:
        context.tell("exchange.sent", taken=len(done.taken), refused=len(done.refused), failed=len(done.failed))
    return ExitCode.SOME if done.refused or done.failed else ExitCode.DONE


def run_take(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Note how dossiers go on, as the one-stop system tells it."""
    try:
        message = arguments.file.read_bytes()
    except OSError as error:
        raise PathMissing(path=str(arguments.file), problem=error.strerror or type(error).__name__) from error
    with open_services(context.settings, author=context.author) as services:
        done = take_courses(
            message,
            agency=arguments.agency,
            population=context.settings.indices.population_databases,
            courses=services.officer.courses,
            at=services.clock.now(),
        )
    if arguments.json:
        context.print_json({"dossiers": done.dossiers, "new": done.new})
    else:
        context.tell("report.taken", dossiers=done.dossiers, new=done.new)
    return ExitCode.DONE


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show how dossiers stand with the national portal."""
    found: list[Synchronisation] = []
    with open_services(context.settings, author=context.author) as services:
        queue = services.sync_queue
        while page := queue.all(
            OtherSystem.NATIONAL_PORTAL,
            state=arguments.state,
            limit=_PAGE,
            after=found[-1].dossier if found else None,
        ):
            found += page
    if arguments.json:
        context.print_json([_json(each) for each in found])
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("dossier", "state", "attempts", "due_at", "reason"):
        table.add_column(context.say(f"column.{name}"))
    for each in found:
        due = "" if each.due_at is None else each.due_at.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(each.dossier, context.say(f"sync_state.{each.state.value}"), str(each.attempts), due, each.reason)
    context.out.print(table)
    return ExitCode.DONE


def _is_in_force(procedure: ProcedureCode | None, services: Services) -> bool:
    return procedure is not None and services.procedures.find(procedure, day_of(services.clock.now())) is not None


def _of_dossiers(codes: Sequence[str], services: Services) -> Iterator[DocumentId]:
    for code in codes:
        after: DocumentId | None = None
        while page := services.library.documents(DocumentFilter(dossier=code, limit=_PAGE, after=after)):
            yield from (each.understood.id for each in page)
            after = page[-1].understood.id
        if after is None:
            raise NotFound(what="dossier", id=code)


def _read_apart(package: Path, context: Context) -> ReadPackage:
    """Read a package, which may be anybody's, in a child process."""
    settings = context.settings
    with open_workers(settings, count=1) as workers:
        ((_, found),) = workers.map(_read, [package.absolute()], seconds=settings.reading.document_seconds)
    if isinstance(found, SohoaError):
        raise found
    return found


def _read(package: Path) -> ReadPackage:
    """Read a ZIP, a package's folder, or the folder in which it lies."""
    if package.is_dir():
        inner = [each for each in package.iterdir() if each.is_dir()]
        alone = len(inner) == 1 and not (package / "METS.xml").exists()
        return read_package(FolderSource(inner[0] if alone else package))
    try:
        with zipfile.ZipFile(package) as archive:
            return read_package(ZipSource(archive))
    except OSError as error:
        raise PathMissing(path=str(package), problem=error.strerror or type(error).__name__) from error
    except zipfile.BadZipFile as error:
        raise PackageDamaged(file=str(package), reason="no_zip") from error


def _label(name: str, context: Context) -> str:
    """Return what a column is called; a field by the name that people know, where it has one."""
    known = {each for columns in COLUMNS.values() for each in columns} | {each.value for each in TableKind}
    try:
        return context.say(f"column.{name}" if name in known else f"field.{name}")
    except KeyError:
        return name


def _json(item: Synchronisation) -> dict[str, object]:
    return {
        "dossier": item.dossier,
        "state": item.state.value,
        "attempts": item.attempts,
        "due_at": item.due_at and item.due_at.isoformat(),
        "reason": item.reason,
        "first_taken_at": item.first_taken_at and item.first_taken_at.isoformat(),
        "taken_at": item.taken_at and item.taken_at.isoformat(),
    }
