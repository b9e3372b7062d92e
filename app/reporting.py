"""Services in, reports of indices out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

from app.language import Say
from app.services import Services
from pipeline.domain.audit_seal import day_of
from pipeline.domain.indices import month_of
from pipeline.domain.period import Period, month_before
from pipeline.domain.procedure import ProcedureCode
from pipeline.ports import silent
from pipeline.usecases.compute_indices import IndexQuestion, IndexReport, compute_indices, kept_indices
from pipeline.usecases.count_dossiers import count_changed
from pipeline.usecases.export_files import write_errors
from pipeline.usecases.index_definitions import in_force, load_indices
from pipeline.usecases.report_indices import (
    IndexPaper,
    ReportWords,
    note_report,
    write_report_csv,
    write_report_json,
    write_report_workbook,
)

FORMATS: Mapping[str, str] = {".xlsx": "xlsx", ".csv": "csv", ".json": "json"}
"""by the suffix of a file, what a report is written as"""


def figures_of(
    question: IndexQuestion, *, services: Services, on_dossier: Callable[[int, int], None] = silent
) -> IndexReport:
    """Return the indices of a period: what changed is counted again first, so that they say what is so now.

    `on_dossier` hears (dossiers counted again, dossiers that were to be).

    Raises:
        BadIndices, RecordsUnavailable
    """
    officer = services.officer
    definitions = in_force(load_indices(services.settings.indices.file), question.until)
    if question.is_of_whole_months:
        count_changed(officer.figures, on_dossier=on_dossier)
        kept = kept_indices(question, definitions=definitions, facts=officer.dossiers, kept=officer.figures)
        if kept is not None:
            return kept
    # somebody changes dossiers faster than they can be counted: then all of the period are counted one by one
    return compute_indices(question, definitions=definitions, facts=officer.dossiers)


def index_report(
    question: IndexQuestion,
    period: str,
    *,
    services: Services,
    say: Say,
    on_dossier: Callable[[int, int], None] = silent,
) -> IndexPaper:
    """Return a report of a period in the words of `say`.

    Raises:
        BadIndices, RecordsUnavailable
    """
    report = figures_of(question, services=services, on_dossier=on_dossier)
    words = ReportWords(
        say=say,
        agency=lambda code: code or say("report.own_agency"),
        procedure=cache(partial(_procedure, question=question, services=services, say=say)),
    )
    return IndexPaper(report=report, words=words, period=period, at=services.clock.now())


def write_report(paper: IndexPaper, out: BinaryIO, *, form: str, purpose: str, services: Services) -> None:
    """Write a report as one of `FORMATS`; that it is handed out stands in the audit trail before.

    Raises:
        RecordsUnavailable: then nothing is written.
    """
    note_report(services.trail, paper, form=FORMATS[form], reason=purpose)
    if form == ".xlsx":
        write_report_workbook(paper, out, facts=services.officer.dossiers)
    else:
        (write_report_csv if form == ".csv" else write_report_json)(paper, out)


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report that was written by itself."""

    file: Path
    dossiers: int


def keep_report(period: str, *, services: Services, say: Say, purpose: str) -> KeptReport:
    """Write a period's workbook into the folder of reports, that of the last month where none is named; one that is there is replaced.

    Raises:
        ValueError: no period is called so.
        BadIndices, RecordsUnavailable, CannotWrite, MachineExhausted
    """
    months = Period.of(period) if period else month_before(day_of(services.clock.now()))
    name = period or month_of(months.since)
    folder = services.settings.indices.reports or services.settings.home / "reports"
    file = folder / f"indices-{name}.xlsx"
    part = file.with_name(f".{file.name}.part")
    paper = index_report(IndexQuestion(since=months.since, until=months.until), name, services=services, say=say)
    with write_errors(file):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as out:
                write_report(paper, out, form=".xlsx", purpose=purpose, services=services)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    return KeptReport(file, paper.report.dossiers)


def _procedure(code: str, *, question: IndexQuestion, services: Services, say: Say) -> str:
    """Return a procedure's code and name as people read them."""
    if not code:
        return say("report.no_procedure")
    edition = services.procedures.find(ProcedureCode(code), question.until)
    return f"{code} {edition.name}" if edition else code
