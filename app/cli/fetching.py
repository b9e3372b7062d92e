"""`sohoa get ID`, `sohoa export ID`: a document's file, a batch as plain files."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from enum import StrEnum
from pathlib import Path

from app.cli.context import Context, ExitCode
from app.language import Say
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.ports import Area
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.export_batch import export_batch


class Part(StrEnum):
    """What `get` may be asked for."""

    COPY = "copy"
    """the newest version of the searchable copy"""
    UNSIGNED = "unsigned"
    """the copy before its first signature"""
    ORIGINAL = "original"
    """the source file of the document's first page, as it came in"""
    TEXT = "text"
    """text in reading order"""
    FIELDS = "fields"
    """the document's entry of batch.json"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the commands."""
    get = commands.add_parser("get", help=say("help.get"), description=say("help.get"))
    get.add_argument("id", metavar="ID", help=say("help.document_id"))
    get.add_argument("--part", type=Part, choices=list(Part), default=Part.COPY, help=say("help.get_part"))
    get.add_argument("--out", type=Path, metavar="FILE", help=say("help.get_out"))
    get.add_argument("--json", action="store_true", help=say("help.json"))
    get.set_defaults(run=run_get)

    export = commands.add_parser("export", help=say("help.export"), description=say("help.export"))
    export.add_argument("id", metavar="ID", help=say("help.batch_id"))
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help=say("help.export_out"))
    export.add_argument("--json", action="store_true", help=say("help.json"))
    export.set_defaults(run=run_export)


def run_get(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write one part of a document to a file, or to stdout when none is named."""
    with open_services(context.settings) as services:
        found = services.library.document(DocumentId(arguments.id))
        if found is None:
            raise NotFound(what="document", id=arguments.id)
        batch, document = found
        if arguments.part is Part.FIELDS:
            newest = services.versions.versions(document.understood.id)[-1]
            data = json.dumps(document_json(document, newest=newest), ensure_ascii=False, indent=1).encode() + b"\n"
            if arguments.out is None:
                sys.stdout.buffer.write(data)
            else:
                arguments.out.write_bytes(data)
        else:
            area, sha256 = _object(arguments.part, batch, document, services)
            with services.objects.open(area, sha256) as stream:
                if arguments.out is None:
                    shutil.copyfileobj(stream, sys.stdout.buffer)
                else:
                    with arguments.out.open("wb") as out:
                        shutil.copyfileobj(stream, out)
    if arguments.out is not None:
        if arguments.json:
            context.print_json({"id": arguments.id, "part": arguments.part.value, "file": str(arguments.out)})
        else:
            context.note("get.written", file=arguments.out)
    return ExitCode.DONE


def _object(part: Part, batch_id: BatchId, document: StoredDocument, services: Services) -> tuple[Area, ContentHash]:
    if part is Part.TEXT:
        return Area.DERIVED, document.text_sha256
    if part is Part.UNSIGNED:
        return Area.ARCHIVE, document.copy.sha256
    if part is Part.COPY:
        return Area.ARCHIVE, services.versions.versions(document.understood.id)[-1].sha256
    batch = services.batches.load(batch_id)
    first = document.understood.pages[0].source
    for source in batch.sources if batch is not None else ():
        if source.name == first:
            return Area.ARCHIVE, source.sha256
    raise NotFound(what="source", id=first)


def run_export(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Leave a digitized batch as plain files."""
    with open_services(context.settings) as services:
        batch = services.batches.load(BatchId(arguments.id))
        if not isinstance(batch, DigitizedBatch):
            raise NotFound(what="batch", id=arguments.id)
        written = export_batch(batch, arguments.out, objects=services.objects, versions=services.versions)
    if arguments.json:
        context.print_json({"id": arguments.id, "batch_json": str(written)})
    else:
        context.note("get.written", file=written)
    return ExitCode.DONE
