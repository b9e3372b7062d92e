"""`sohoa list`, `sohoa show ID`, `sohoa find WORDS`: what is kept, one thing of it, where something stands."""

from __future__ import annotations

import argparse

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.tables import batches_table, documents_table, field_label, type_title, value_text, verdict_table
from app.language import Say
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import FieldState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.signature import FileVerdict
from pipeline.ports import DocumentFilter
from pipeline.usecases.batch_json import batch_json, document_json
from pipeline.usecases.stage import recall
from pipeline.usecases.validate_signed import intake_verdict_key


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the commands."""
    listing = commands.add_parser("list", help=say("help.list"), description=say("help.list"))
    listing.add_argument("--batch", metavar="ID", help=say("help.filter_batch"))
    listing.add_argument("--dossier", metavar="CODE", help=say("help.filter_dossier"))
    listing.add_argument("--type", metavar="TYPE", help=say("help.filter_type"))
    listing.add_argument("--state", metavar="STATE", help=say("help.filter_state"))
    listing.add_argument("--limit", type=int, default=100, metavar="N", help=say("help.limit"))
    listing.add_argument("--json", action="store_true", help=say("help.json"))
    listing.set_defaults(run=run_list)

    show = commands.add_parser("show", help=say("help.show"), description=say("help.show"))
    show.add_argument("id", metavar="ID", help=say("help.show_id"))
    show.add_argument("--json", action="store_true", help=say("help.json"))
    show.set_defaults(run=run_show)

    find = commands.add_parser("find", help=say("help.find"), description=say("help.find"))
    find.add_argument("words", nargs="+", metavar="WORD", help=say("help.find_words"))
    find.add_argument("--limit", type=int, default=20, metavar="N", help=say("help.limit"))
    find.add_argument("--json", action="store_true", help=say("help.json"))
    find.set_defaults(run=run_find)


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List batches, or documents when a filter is given."""
    with open_services(context.settings) as services:
        wanted = DocumentFilter(
            batch=BatchId(arguments.batch) if arguments.batch else None,
            dossier=arguments.dossier,
            type=arguments.type,
            state=arguments.state,
            limit=arguments.limit,
        )
        if not any((wanted.batch, wanted.dossier, wanted.type, wanted.state)):
            batches = services.library.batches(limit=arguments.limit)
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
                        }
                        for each in batches
                    ]
                )
            else:
                context.out.print(batches_table(batches, context.say))
            return ExitCode.DONE
        documents = services.library.documents(wanted)
        if arguments.json:
            context.print_json(
                [document_json(each, newest=services.versions.versions(each.understood.id)[-1]) for each in documents]
            )
        else:
            context.out.print(documents_table(documents, catalogue=services.catalogue, say=context.say))
    return ExitCode.DONE


def run_show(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show a batch or a document."""
    with open_services(context.settings) as services:
        if arguments.id.startswith("b-"):
            return _show_batch(BatchId(arguments.id), arguments, context, services)
        return _show_document(DocumentId(arguments.id), arguments, context, services)


def _show_batch(batch_id: BatchId, arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    batch = services.batches.load(batch_id)
    if batch is None:
        raise NotFound(what="batch", id=batch_id)
    if not isinstance(batch, DigitizedBatch):
        progress = next((each.progress for each in services.library.batches(limit=1000) if each.id == batch_id), None)
        if arguments.json:
            context.print_json({"id": batch.id, "state": "received", "sources": [each.name for each in batch.sources]})
        else:
            done, total = (progress.done, progress.total) if progress else (0, 0)
            context.out.print(context.say("show.in_progress", batch=batch.id, done=done, total=total), markup=False)
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
    context.out.print(documents_table(batch.documents, catalogue=services.catalogue, say=context.say))
    return ExitCode.DONE


def _show_document(
    document_id: DocumentId, arguments: argparse.Namespace, context: Context, services: Services
) -> ExitCode:
    found = services.library.document(document_id)
    if found is None:
        raise NotFound(what="document", id=document_id)
    batch_id, document = found
    versions = services.versions.versions(document_id)
    if arguments.json:
        context.print_json({**document_json(document, newest=versions[-1]), "batch": batch_id})
        return ExitCode.DONE
    understood = document.understood
    context.out.print(
        f"{type_title(services.catalogue, understood.type)} · {understood.id} · "
        f"{understood.dossier or context.say('table.no_dossier')}",
        markup=False,
        highlight=False,
    )
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
    for version in versions:
        signed = (
            f" · {version.role.value} {version.level.value if version.level else ''} · {version.signer}"
            if version.role
            else ""
        )
        context.out.print(
            f"v{version.number} {version.sha256[:16]}… {version.size} B{signed}", markup=False, highlight=False
        )
    if document.signed_source is not None:
        batch = services.batches.load(batch_id)
        if batch is not None:
            key = intake_verdict_key(document.signed_source, batch.created_at)
            verdict = recall(key, FileVerdict, ledger=services.ledger, objects=services.objects)
            if verdict is not None:
                context.out.print(
                    context.say("show.came_signed", verdict=context.say(f"verdict.{verdict.verdict.value}"))
                )
                context.out.print(verdict_table(verdict, context.say))
    return ExitCode.DONE


def run_find(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Search text and fields."""
    query = " ".join(arguments.words)
    with open_services(context.settings) as services:
        hits = services.library.find(query, limit=arguments.limit)
        if arguments.json:
            context.print_json(
                [
                    {
                        "document": hit.document.understood.id,
                        "batch": hit.batch,
                        "dossier": hit.document.understood.dossier,
                        "type": hit.document.understood.type,
                        "snippet": hit.snippet,
                        "score": round(hit.score, 4),
                    }
                    for hit in hits
                ]
            )
            return ExitCode.DONE
        if not hits:
            context.note("find.nothing", query=query)
            return ExitCode.DONE
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for key in ("document", "dossier", "paper", "snippet"):
            table.add_column(context.say(f"table.{key}"))
        for hit in hits:
            understood = hit.document.understood
            table.add_row(
                understood.id,
                understood.dossier or "",
                type_title(services.catalogue, understood.type),
                Text(hit.snippet),
            )
        context.out.print(table)
    return ExitCode.DONE
