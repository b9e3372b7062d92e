"""`sohoa verify FILE|ID`: judge the signatures of a file, or of a document."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.cli.auditing import run_verify
from app.cli.caring import run_verify_all
from app.cli.context import Context, ExitCode
from app.cli.tables import verdict_table
from app.language import reason_words
from app.services import Services, open_services
from app.workshop import open_workshop
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import Verdict
from pipeline.ports import Area
from pipeline.usecases.archival_state import ArchivalState, archival_state
from pipeline.usecases.kept_judgements import keep_judgement
from pipeline.usecases.validate_signed import validate_file
from pipeline.usecases.verdict_json import verdict_json


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Judge the signatures of a file or of a document's newest copy, or the audit trail, or everything that is kept."""
    if [bool(arguments.what), arguments.audit, arguments.all].count(True) != 1:
        context.note("verify.name_one")
        return ExitCode.USAGE
    if arguments.all:
        return run_verify_all(arguments, context)
    if arguments.audit:
        return run_verify(arguments, context)
    return _judge(arguments, context)


def _judge(arguments: argparse.Namespace, context: Context) -> ExitCode:
    with (
        open_services(context.settings, author=context.author) as services,
        _file(arguments.what, services) as (file, kept),
        open_workshop(services) as workshop,
    ):
        as_of = arguments.at or services.clock.now()
        verdict = validate_file(
            file,
            at=as_of,
            workers=workshop.workers,
            validator=workshop.validator,
            seconds=context.settings.reading.document_seconds,
        )
        if kept is not None:
            keep_judgement(
                kept,
                verdict,
                as_of=as_of,
                verdict_book=services.verdicts,
                ledger=services.ledger,
                objects=services.objects,
            )
        archival = archival_state(file, workers=workshop.workers, seconds=context.settings.reading.document_seconds)
    if isinstance(archival, SohoaError):
        context.complain(type(archival)(**{"name": arguments.what, **archival.details}))
    if arguments.json:
        context.print_json(verdict_json(verdict) | {"pdfa": _archival_json(archival)})
    else:
        said, words = context.say(f"verdict.{verdict.verdict.value}"), reason_words(verdict.reason, context.say)
        context.tell("verify.result", verdict=said, words=words, reason=verdict.reason)
        if verdict.signatures:
            context.out.print(verdict_table(verdict, context.say))
        if verdict.active:
            context.tell(
                "verify.active", what=", ".join(context.say(f"active.{each.value}") for each in verdict.active)
            )
        if isinstance(archival, ArchivalState) and archival.claimed:
            conforms = "unknown" if archival.conforms is None else str(archival.conforms).lower()
            context.tell("verify.archival", level=archival.claimed.upper(), state=context.say(f"archival.{conforms}"))
    return ExitCode.DONE if verdict.verdict is Verdict.VALID else ExitCode.SOME


@contextlib.contextmanager
def _file(what: str, services: Services) -> Iterator[tuple[Path, ContentHash | None]]:
    """Give a file, and its name in the store where it is kept there: verdicts on it are kept too."""
    path = Path(what)
    if path.is_file():
        yield path, None
        return
    found = services.library.document(DocumentId(what))
    if found is None:
        raise NotFound(what="file_or_document", id=what)
    _, document = found
    services.refuse_disposed(document.understood.id)
    newest = services.versions.versions(document.understood.id)[-1]
    # a paper that came in signed and was not signed here is judged by the file that carries the signature
    sha256 = document.signed_source if document.signed_source and newest.number == 1 else newest.sha256
    with services.objects.local(Area.ARCHIVE, sha256) as local:
        yield local, sha256


def _archival_json(state: ArchivalState | SohoaError) -> dict[str, Any]:
    if isinstance(state, SohoaError):
        return {"claimed": None, "conforms": None, "error": state.code}
    return {"claimed": state.claimed, "conforms": state.conforms, "error": None}
