"""`sohoa get ID`, `sohoa export ID`: a document's file, a batch as plain files."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from app.cli.arguments import Part
from app.cli.carrying import run_export_all
from app.cli.context import Context, ExitCode
from app.cli.previewing import preview_of
from app.cli.progress import counting, show_progress
from app.services import Services, open_services
from app.toolchain import copying_tools
from pipeline.domain.batch import DigitizedBatch, Stage
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.ports import Area
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.compact_copy import compact_copy
from pipeline.usecases.export_batch import export_batch, write_bytes, write_json, write_object
from pipeline.usecases.look_up import look_at_batch, look_at_document

_READABLE = (Part.TEXT, Part.FIELDS)
"""parts that may be shown on a terminal"""


def run_get(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write one part of a document to a file, or to stdout when none is named."""
    part, out = arguments.part, arguments.out
    if out is None and part not in _READABLE and (sys.stdout.isatty() or arguments.json):
        context.note("get.needs_out", part=part.value)
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        looker = services.looker(arguments.purpose)
        named = DocumentId(arguments.id)
        if part is not Part.FIELDS:
            services.refuse_disposed(named)
        batch, document = look_at_document(named, part=part.value, library=services.library, looker=looker)
        if part is Part.FIELDS:
            fields = document_json(document, newest=services.versions.versions(document.understood.id)[-1])
            if out is None:
                context.print_json(fields)
            else:
                write_json(fields, out)
        elif part is Part.PREVIEW:
            _give(preview_of(document, arguments.page, services, context), out)
        else:
            area, sha256 = _object(part, batch, document, services)
            if out is not None:
                write_object(services.objects, area, sha256, out)
            elif arguments.json:
                with services.objects.open(area, sha256) as stream:
                    context.print_json({"id": arguments.id, "part": part.value, "text": stream.read().decode()})
            else:
                with services.objects.open(area, sha256) as stream:
                    shutil.copyfileobj(stream, sys.stdout.buffer)
    if out is not None:
        _say_written(arguments, context, out, {"part": part.value, "file": str(out)})
    return ExitCode.DONE


def _give(data: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        write_bytes(data, out)


def _object(part: Part, batch_id: BatchId, document: StoredDocument, services: Services) -> tuple[Area, ContentHash]:
    if part is Part.TEXT:
        return Area.DERIVED, document.text_sha256
    if part is Part.UNSIGNED:
        return Area.ARCHIVE, document.copy.sha256
    if part is Part.COMPACT:
        return Area.DERIVED, compact_copy(
            document.copy.sha256, objects=services.objects, ledger=services.ledger, tools=copying_tools()
        )
    if part is Part.COPY:
        return Area.ARCHIVE, services.versions.versions(document.understood.id)[-1].sha256
    batch = services.batches.load(batch_id)
    first = document.understood.pages[0].source
    for source in batch.sources if batch is not None else ():
        if source.name == first:
            return Area.ARCHIVE, source.sha256
    raise NotFound(what="source", id=first)


def run_export(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Leave a batch as plain files, or everything that is kept."""
    if bool(arguments.id) is arguments.all:
        context.note("export.name_one")
        return ExitCode.USAGE
    return run_export_all(arguments, context) if arguments.all else _export_batch(arguments, context)


def _export_batch(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Leave a digitized batch as plain files."""
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        looker = services.looker(arguments.purpose)
        batch = look_at_batch(BatchId(arguments.id), part="files", batches=services.batches, looker=looker)
        if not isinstance(batch, DigitizedBatch):
            raise NotFound(what="batch", id=arguments.id)
        written = export_batch(
            batch,
            arguments.out,
            objects=services.objects,
            versions=services.versions,
            on_document=counting(Stage.EXPORT, listener),
        )
    _say_written(arguments, context, written, {"batch_json": str(written)})
    return ExitCode.DONE


def _say_written(arguments: argparse.Namespace, context: Context, file: Path, what: dict[str, str]) -> None:
    if arguments.json:
        context.print_json({"id": arguments.id, **what})
    else:
        context.note("get.written", file=file)
