"""`sohoa list`, `sohoa show ID`: what is kept, one thing of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.results import result_json, say_result
from app.cli.tables import (
    batches_table,
    documents_table,
    field_label,
    notes_table,
    stages_table,
    type_title,
    value_text,
    verdict_table,
)
from app.language import say_error
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch, StageTime
from pipeline.domain.document import FieldState, StoredDocument
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.page import PageOutcome
from pipeline.domain.signature import CopyVersion, FileVerdict
from pipeline.ports import DocumentFilter
from pipeline.usecases.batch_json import batch_json, document_json
from pipeline.usecases.look_up import list_documents, look_at_batch, look_at_document
from pipeline.usecases.sign_keeping import awaited
from pipeline.usecases.sign_waiting import waiting_items
from pipeline.usecases.stage import recall
from pipeline.usecases.validate_signed import intake_verdict_key


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List batches, or documents when a filter is given."""
    with open_services(context.settings, author=context.author) as services:
        wanted = DocumentFilter(
            batch=BatchId(arguments.batch) if arguments.batch else None,
            dossier=arguments.dossier,
            type=arguments.type,
            state=arguments.state,
            limit=arguments.limit,
            after=DocumentId(arguments.after) if arguments.after else None,
        )
        if not any((wanted.batch, wanted.dossier, wanted.type, wanted.state, wanted.after)):
            batches = services.library.batches(limit=arguments.limit)
            times = services.stage_times.of([each.id for each in batches])
            if arguments.json:
                context.print_json(
                    [
                        {
                            "id": each.id,
                            "created_at": each.created_at.isoformat(),
                            "state": each.state,
                            "sources": each.sources,
                            "documents": each.documents,
                            "pages": {"done": each.progress.done, "total": each.progress.total},
                            "stages": _stages_json(times.get(each.id, ())),
                        }
                        for each in batches
                    ]
                )
            elif batches:
                context.out.print(batches_table(batches, times, context.say))
            else:
                context.note("list.empty", home=context.settings.home)
            return ExitCode.DONE
        looker = services.looker(arguments.purpose)
        documents = list_documents(wanted, library=services.library, looker=looker)
        if arguments.json:
            context.print_json(
                [document_json(each, newest=services.versions.versions(each.understood.id)[-1]) for each in documents]
            )
        elif documents:
            context.out.print(documents_table(documents, catalogue=services.catalogue, say=context.say))
            if len(documents) == arguments.limit:
                context.note("list.more", after=documents[-1].understood.id)
        else:
            context.note("list.nothing")
    return ExitCode.DONE


def run_show(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show a batch or a document."""
    with open_services(context.settings, author=context.author) as services:
        if arguments.id.startswith("b-"):
            return _show_batch(BatchId(arguments.id), arguments, context, services)
        return _show_document(DocumentId(arguments.id), arguments, context, services)


def _show_batch(batch_id: BatchId, arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    looker = services.looker(arguments.purpose)
    batch = look_at_batch(batch_id, part="fields", batches=services.batches, looker=looker)
    if not isinstance(batch, DigitizedBatch):
        counts = services.intake.watch.counts(batch_id)
        total, waiting, early = (0, 0, 0) if counts is None else (counts.pages, counts.waiting, counts.early)
        if arguments.json:
            context.print_json(
                {
                    "id": batch.id,
                    "state": "received",
                    "sources": [each.name for each in batch.sources],
                    "pages": {"done": total - waiting, "total": total},
                    "early": early,
                }
            )
        else:
            context.tell("show.in_progress", batch=batch.id, done=total - waiting, total=total, early=early)
        return ExitCode.SOME
    if arguments.json:
        newest = {each.understood.id: services.versions.versions(each.understood.id)[-1] for each in batch.documents}
        context.print_json(batch_json(batch, newest=newest))
        return ExitCode.DONE
    sources = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("source", "kind", "pages", "state"):
        sources.add_column(context.say(f"table.{key}"))
    for source in batch.sources:
        state = context.say(f"source_state.{source.state.value}")
        sources.add_row(
            Text(source.name), source.media_type.value, str(source.pages), f"{state} {source.error or ''}".strip()
        )
    context.out.print(sources)
    if batch.documents:
        context.out.print(documents_table(batch.documents, catalogue=services.catalogue, say=context.say))
    _print_notes(batch.pages, context)
    times = services.stage_times.of([batch_id]).get(batch_id, ())
    if times:
        context.out.print(stages_table(times, context.say))
    return ExitCode.DONE


def _stages_json(times: Iterable[StageTime]) -> list[dict[str, str | float]]:
    return [{"stage": each.stage.value, "seconds": round(each.seconds, 3), "units": each.units} for each in times]


def _print_notes(pages: Iterable[PageOutcome], context: Context) -> None:
    notes = notes_table(pages, context.say)
    if notes.row_count:
        context.out.print(notes)


def _show_document(
    document_id: DocumentId, arguments: argparse.Namespace, context: Context, services: Services
) -> ExitCode:
    looker = services.looker(arguments.purpose)
    batch_id, document = look_at_document(document_id, part="fields", library=services.library, looker=looker)
    versions = services.versions.versions(document_id)
    result = services.results.find(document_id)
    waiting = [item for _, item in waiting_items(services.orders) if item.document == document_id]
    left = services.disposing.disposals.tombstone(document_id)
    if arguments.json:
        more: dict[str, object] = {"batch": batch_id, **({"result": result_json(result)} if result else {})}
        more |= {"awaiting": [item.state.value for item in waiting]} if waiting else {}
        more |= {"disposal": left.disposal, "certificate": left.certificate} if left else {}
        context.print_json({**document_json(document, newest=versions[-1]), **more})
        return ExitCode.DONE
    understood = document.understood
    context.out.print(
        f"{type_title(services.catalogue, understood.type)} · {understood.id} · "
        f"{understood.dossier or context.say('table.no_dossier')} · {_places(document)}",
        soft_wrap=True,
    )
    if left is not None:
        context.tell("show.disposed", disposal=left.disposal, certificate=left.certificate or "–")
    fields = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("field", "value", "confidence", "origin", "page", "state"):
        fields.add_column(context.say(f"table.{key}"))
    for name, field in understood.fields.items():
        fields.add_row(
            field_label(name, context.say),
            Text(value_text(field), style="yellow" if field.state is FieldState.NEEDS_REVIEW else ""),
            f"{field.confidence:.0%}",
            context.say(f"origin.{field.origin.value}"),
            str(field.page),
            context.say(f"field_state.{field.state.value}"),
        )
    context.out.print(fields)
    batch = services.batches.load(batch_id)
    if isinstance(batch, DigitizedBatch):
        _print_notes((page for page in batch.pages if page.document == document_id), context)
    for index, version in enumerate(versions):
        _tell_version(version, context, signed_before=any(each.role for each in versions[:index]))
    for error in filter(None, map(awaited, waiting)):
        context.out.print(say_error(error, context.say), soft_wrap=True)
    if result is not None:
        say_result(result, context)
    if document.signed_source is not None and batch is not None:
        key = intake_verdict_key(document.signed_source, batch.created_at)
        verdict = recall(key, FileVerdict, ledger=services.ledger, objects=services.objects)
        if verdict is not None:
            context.tell("show.came_signed", verdict=context.say(f"verdict.{verdict.verdict.value}"))
            context.out.print(verdict_table(verdict, context.say))
    return ExitCode.DONE


def _tell_version(version: CopyVersion, context: Context, *, signed_before: bool) -> None:
    level = version.level.value if version.level else "–"
    what = context.say("show.renewed", level=level) if signed_before else context.say("show.unsigned")
    if version.role is not None:
        what = context.say("show.signed", signer=version.signer, role=version.role.value, level=level)
    context.tell(
        "show.version", number=version.number, sha256=version.sha256[:16], kib=-(-version.size // 1024), what=what
    )


def _places(document: StoredDocument) -> str:
    """Return where a paper's pages come from: `scan.pdf 1–3, scan2.pdf 1`."""
    numbers: dict[str, list[int]] = {}
    for ref in document.understood.pages:
        numbers.setdefault(ref.source, []).append(ref.number)
    spans = ((name, pages[0], pages[-1]) for name, pages in numbers.items())
    return ", ".join(f"{name} {first}–{last}" if first != last else f"{name} {first}" for name, first, last in spans)
