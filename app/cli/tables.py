"""Tables for people: papers with their fields, what needs a look, batches, signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from app.language import Say, reason_words
from app.page_words import page_words
from app.stage_words import clock_words, seconds_words, stage_units
from pipeline.domain.batch import StageTime
from pipeline.domain.document import DocumentState, Field, FieldState, StoredDocument
from pipeline.domain.ids import BatchId, FieldName, TypeCode
from pipeline.domain.moments import in_zone
from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.page_notes import needs_look
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.ports import BatchSummary
from pipeline.understand.catalogue import TypeCatalogue

_FIRST = (
    "reference", "code_number", "code_notation", "issued_date", "subject", "full_name", "child_name", "personal_id",
    "organ_name", "signer_name", "dossier_code", "procedure_code",
)  # fmt: skip
"""fields that tell a paper best, in the order in which people ask for them"""
_SHOWN = 5
_ID_WIDTH = 26
"""columns of a document's id, which is there to be copied"""
_STYLE = {Verdict.VALID: "green", Verdict.INDETERMINATE: "yellow", Verdict.INVALID: "red"}


def type_title(catalogue: TypeCatalogue, code: TypeCode) -> str:
    """Return a type's Vietnamese title; an unknown code stands for itself."""
    known = catalogue.types.get(code)
    return known.title if known else code


def documents_table(documents: Sequence[StoredDocument], *, catalogue: TypeCatalogue, say: Say) -> Table:
    """Return dossier, paper with its id, fields, lowest confidence, what needs a look."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column(f"{say('table.dossier')}\n{say('table.paper')}", width=_ID_WIDTH)
    table.add_column(say("table.fields"), ratio=5)
    table.add_column(say("table.confidence"), justify="right", no_wrap=True)
    table.add_column(say("table.look"), ratio=3)
    dossier = object()
    for document in documents:
        understood = document.understood
        first = understood.dossier != dossier
        dossier = understood.dossier
        title = Text(f"{understood.dossier or say('table.no_dossier')}\n" if first else "", style="bold")
        title.append(type_title(catalogue, understood.type), style="not bold")
        title.append(f"\n{understood.id}", style="not bold dim")
        sure = [field.confidence for field in understood.fields.values()]
        table.add_row(
            title,
            _fields(understood.fields.items(), say),
            f"{min(sure):.0%}" if sure else "–",
            _look(document, say),
        )
    return table


def _look(document: StoredDocument, say: Say) -> Text:
    """Return the fields that a clerk has to look at; number and notation are in the reference."""
    fields = document.understood.fields
    doubtful = [name for name, field in fields.items() if field.state is FieldState.NEEDS_REVIEW]
    if "reference" in doubtful:
        doubtful = [name for name in doubtful if name not in {"code_number", "code_notation"}]
    if doubtful:
        return Text("\n".join(f"• {field_label(name, say)}" for name in doubtful), style="yellow")
    if document.understood.state is DocumentState.DISPOSED:
        return Text(say("document_state.disposed"), style="dim")
    if document.understood.state is DocumentState.NEEDS_REVIEW:
        return Text(say("field_state.needs_review"), style="yellow")
    return Text("✓", style="green")


def notes_table(pages: Iterable[PageOutcome], say: Say) -> Table:
    """Return the pages about which something is to be said, what it is, and what helps."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("source", "page", "note", "remedy"):
        table.add_column(say(f"table.{key}"))
    for page in pages:
        if said := page_words(page, say):
            words, remedies = said
            style = "yellow" if page.state is PageState.FAILED or needs_look(page) else ""
            table.add_row(Text(page.ref.source), str(page.ref.number), Text(words, style=style), remedies)
    return table


def field_label(name: str, say: Say) -> str:
    """Return a field's label in the reader's language."""
    try:
        return say(f"field.{name}")
    except KeyError:  # a field of an administrator's own type has no label here
        return name


def value_text(field: Field) -> str:
    """Return a value as one line."""
    return "; ".join(field.value) if isinstance(field.value, tuple) else field.value


def _fields(fields: Iterable[tuple[FieldName, Field]], say: Say) -> Text:
    known = dict(fields)
    order = [name for name in _FIRST if name in known] + [name for name in known if name not in _FIRST]
    if "reference" in known:
        order = [name for name in order if name not in {"code_number", "code_notation"}]
    text = Text()
    for name in order[:_SHOWN]:
        field = known[FieldName(name)]
        text.append(f"{field_label(name, say)}: ", style="dim")
        text.append(value_text(field) + "\n", style="yellow" if field.state is FieldState.NEEDS_REVIEW else "")
    if len(order) > _SHOWN:
        text.append(say("table.more_fields", count=len(order) - _SHOWN), style="dim")
    text.rstrip()
    return text


def batches_table(batches: Sequence[BatchSummary], times: Mapping[BatchId, Sequence[StageTime]], say: Say) -> Table:
    """Return the newest batches, with the time that was spent on each."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("batch", "created_at", "state", "sources", "pages", "documents", "spent"):
        table.add_column(say(f"table.{key}"), no_wrap=True)
    for batch in batches:
        table.add_row(
            batch.id,
            f"{batch.created_at.astimezone():%d/%m/%Y %H:%M}",
            say(f"batch_state.{batch.state}"),
            str(batch.sources),
            f"{batch.progress.done}/{batch.progress.total}",
            str(batch.documents),
            clock_words(sum(each.seconds for each in times[batch.id])) if batch.id in times else "–",
        )
    return table


def stages_table(times: Iterable[StageTime], say: Say) -> Table:
    """Return how long each stage of a batch took."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("stage", "spent", "amount", "each"):
        table.add_column(say(f"table.{key}"), no_wrap=True)
    for time in times:
        each = seconds_words(time.seconds / time.units, say) if time.units else "–"
        table.add_row(say(f"stage.{time.stage.value}"), seconds_words(time.seconds, say), stage_units(time, say), each)
    return table


def verdict_table(verdict: FileVerdict, say: Say) -> Table:
    """Return one row a signature."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("verdict", "signer", "time", "coverage", "changes", "reason"):
        table.add_column(say(f"table.{key}"))
    for signature in verdict.signatures:
        time = f"{in_zone(signature.time):%d/%m/%Y %H:%M:%S}" if signature.time else "–"
        proven = say("verify.time_proven") if signature.time_proven else say("verify.time_claimed")
        table.add_row(
            Text(say(f"verdict.{signature.verdict.value}"), style=_STYLE[signature.verdict]),
            Text("\n← ".join((signature.signer, *(signature.details.issuers if signature.details else ())))),
            f"{time}\n({proven})",
            say(f"coverage.{signature.coverage.value}"),
            say(f"changes.{signature.changes}"),
            reason_words(signature.reason, say),
        )
    return table
