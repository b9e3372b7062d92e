"""`sohoa correct`: say what a paper really says, confirm it, and see who said what before."""

from __future__ import annotations

import argparse
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.cli.depositories import publication_json, say_publication
from app.cli.tables import field_label, value_text
from app.services import Services, open_services
from pipeline.domain.correction import Correction, FieldChange
from pipeline.domain.document import Field, FieldValue
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.correct_fields import LISTS, correct_and_publish
from pipeline.usecases.look_up import look_at_document


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Correct or confirm the fields of a document, or show what was corrected."""
    document = DocumentId(arguments.id)
    if not (arguments.values or arguments.confirm or arguments.history):
        context.note("result.needs", action="correct", argument="NAME=VALUE | --confirm | --history")
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        if arguments.history:
            return _history(document, arguments, context, services)
        corrected = correct_and_publish(
            document,
            Correction(
                values={FieldName(name): _value(name, text) for name, text in arguments.values},
                confirm=arguments.confirm,
                version=arguments.seen,
                reason=arguments.reason,
            ),
            by=services.author.name,
            corrections=services.corrections,
            services=services.publishing,
            codes=context.settings.codes.templates(),
        )
        newest = services.versions.versions(document)[-1]
    after = corrected.document
    if arguments.json:
        told = {"version": after.version, "publication": publication_json(corrected.publication)}
        context.print_json(document_json(after, newest=newest) | told)
        return ExitCode.DONE
    state = context.say(f"document_state.{after.understood.state.value}")
    context.tell("correct.done", document=document, version=after.version, state=state)
    say_publication(corrected.publication, context)
    return ExitCode.DONE


def _value(name: str, text: str) -> FieldValue | None:
    """Return what was typed; lists are parted by semicolons."""
    if not text:
        return None
    return tuple(part.strip() for part in text.split(";") if part.strip()) if name in LISTS else text


def _history(document: DocumentId, arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    look_at_document(document, part="history", library=services.library, looker=services.looker(arguments.reason))
    changes = services.corrections.changes(document)
    if arguments.json:
        context.print_json([_change_json(each) for each in changes])
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("when", "who", "field", "before", "after", "reason"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in changes:
        table.add_row(
            f"{each.at.astimezone():%d/%m/%Y %H:%M}",
            each.by,
            field_label(each.name, context.say),
            _shown(each.before),
            _shown(each.after),
            each.reason,
        )
    context.out.print(table)
    return ExitCode.DONE


def _shown(field: Field | None) -> str:
    return "–" if field is None else value_text(field)


def _change_json(change: FieldChange) -> dict[str, Any]:
    return {
        "at": change.at.isoformat(timespec="seconds"),
        "by": change.by,
        "version": change.version,
        "field": change.name,
        "before": change.before.value if change.before else None,
        "after": change.after.value if change.after else None,
        "state": change.after.state.value if change.after else None,
        "reason": change.reason,
    }
