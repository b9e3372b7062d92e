"""A report of the indices of a period: a workbook for whoever has to answer for the figures, a table, or JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind, canonical_json
from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.indices import (
    Figure,
    FileWorth,
    IndexDefinition,
    RecordedDossier,
    Side,
    answers_of,
    day_of_period,
    meets,
    side_of,
)
from pipeline.exchange.table import Cell, Table, write_csv
from pipeline.exchange.workbook import Chart, Sheet, write_sheets
from pipeline.index_ports import DossierFacts
from pipeline.usecases.compute_indices import IndexFigures, IndexReport, fitting_dossiers

Say = Callable[..., str]
_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """What a report says besides figures."""

    say: Say
    """sentences by key, `report.…`, `index_condition.…`, `index_side.…`, `file_worth.…`, `index_needs.…`"""
    agency: Callable[[str], str]
    """name of an agency"""
    procedure: Callable[[str], str]
    """name of a procedure"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPaper:
    """A report before it is written."""

    report: IndexReport
    words: ReportWords
    period: str
    """as it was asked for, such as `2026-Q1`"""
    at: dt.datetime
    """when the figures were added up"""


def note_report(trail: AuditTrail, paper: IndexPaper, *, form: str, reason: str) -> None:
    """Write into the trail that a report is handed out: in a workbook stand all dossiers.

    Raises:
        RecordsUnavailable: then nothing is handed out.
    """
    question = paper.report.question
    details = {
        "part": "report.indices",
        "format": form,
        "period": paper.period,
        "agency": "" if question.agency is None else question.agency,
        "procedure": question.procedure or "",
    }
    subject = Subject(SubjectKind.ARCHIVE, "")
    trail.note([Deed(action=Action.EXPORTED, subject=subject, reason=reason, details=details)])


def write_report_workbook(paper: IndexPaper, out: BinaryIO, *, facts: DossierFacts) -> int:
    """Write figures with targets and charts, formulae, and the dossiers behind them; return the number of rows.

    Raises:
        RecordsUnavailable
    """
    return write_sheets(_sheets(paper, facts), out)


def write_report_csv(paper: IndexPaper, out: BinaryIO) -> int:
    """Write all figures, one a row; return the number of rows."""
    say = paper.words.say
    names = (
        "by",
        "key",
        "name",
        "index",
        "title_head",
        "counted",
        "total",
        "unknown",
        "times",
        "per_cent",
        "full_at",
        "version",
    )
    headings = tuple(say(f"report.{each}") for each in names)
    return write_csv(Table(title=say("report.title"), headings=headings, rows=_flat(paper)), out)


def write_report_json(paper: IndexPaper, out: BinaryIO) -> int:
    """Write all figures as JSON; return the number of indices."""
    report, question = paper.report, paper.report.question
    value = {
        "schema": "sohoa.indices/1",
        "period": paper.period,
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "agency": question.agency,
        "procedure": question.procedure,
        "at": paper.at.astimezone(OFFICE_TIME).isoformat(timespec="seconds"),
        "dossiers": report.dossiers,
        "files": {each.value: report.worths.get(each, 0) for each in FileWorth},
        "indices": [_json(each) for each in report.indices],
    }
    out.write(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")
    return len(report.indices)


def formula_version(definition: IndexDefinition) -> str:
    """Return what tells a formula from any other: its first day, and a digest of all that decides what it counts."""
    told = {
        "code": definition.code,
        "since": definition.since.isoformat(),
        "day": definition.day.value,
        "of": [each.value for each in definition.of],
        "counted": [each.value for each in definition.counted],
        "times": definition.times or "",
        "full_at": definition.full_at or 0,
    }
    digest = hashlib.sha256(canonical_json(told).encode()).hexdigest()
    return f"{definition.since.isoformat()}/{digest[:_VERSION_DIGITS]}"


def formula_text(definition: IndexDefinition, say: Say) -> str:
    """Return a formula in words."""
    if not definition.counted:
        return say("report.no_formula")
    below = "; ".join(say(f"index_condition.{each.value}") for each in definition.of) or say("report.all_dossiers")
    above = "; ".join(say(f"index_condition.{each.value}") for each in definition.counted)
    text = say("report.formula", above=above, below=below, day=say(f"report.by_{definition.day.value}"))
    return f"{text} {say('report.formula_times', index=definition.times)}" if definition.times else text


def _sheets(paper: IndexPaper, facts: DossierFacts) -> Iterator[Sheet]:
    say = paper.words.say
    figures = paper.report.indices
    yield _summary(paper)
    yield _broken_down(paper, "month", lambda each: each.by_month, lambda key: f"{key[5:]}/{key[:4]}")
    yield _broken_down(paper, "agency", lambda each: each.by_agency, paper.words.agency)
    yield _broken_down(paper, "procedure", lambda each: each.by_procedure, paper.words.procedure)
    yield _dossiers(paper, facts)
    yield Sheet(
        title=say("report.files"),
        about=(say("report.files"), say("report.files_about")),
        headings=(say("report.worth"), say("report.count")),
        widths=(44, 14),
        rows=[(say(f"file_worth.{each.value}"), paper.report.worths.get(each, 0)) for each in FileWorth],
    )
    yield Sheet(
        title=say("report.formulae"),
        about=(say("report.formulae"),),
        headings=tuple(
            say(f"report.{each}") for each in ("index", "title_head", "formula_head", "version", "source", "note")
        ),
        widths=(8, 34, 70, 26, 44, 70),
        rows=[
            (
                each.definition.code,
                each.definition.title,
                formula_text(each.definition, say),
                formula_version(each.definition),
                each.definition.source,
                each.definition.note,
            )
            for each in figures
        ],
    )


def _summary(paper: IndexPaper) -> Sheet:
    say, question = paper.words.say, paper.report.question
    about = [
        say("report.heading"),
        say("report.period", period=paper.period, since=_day(question.since), until=_day(question.until)),
        say(
            "report.agency_line",
            agency=say("report.all") if question.agency is None else paper.words.agency(question.agency),
        ),
        say(
            "report.procedure_line",
            procedure=say("report.all") if question.procedure is None else paper.words.procedure(question.procedure),
        ),
        say("report.at", at=paper.at.astimezone(OFFICE_TIME).strftime("%d/%m/%Y %H:%M")),
        say("report.dossiers_line", dossiers=paper.report.dossiers),
        "",
    ]
    names = (
        "index",
        "title_head",
        "counted",
        "total",
        "missed",
        "unknown",
        "without_day",
        "per_cent",
        "full_at",
        "reached",
    )
    return Sheet(
        title=say("report.sheet_figures"),
        about=tuple(about),
        headings=tuple(say(f"report.{each}") for each in (*names, "remark")),
        widths=(8, 38, 12, 12, 12, 12, 14, 12, 14, 18, 60),
        rows=[_summary_row(each, say) for each in paper.report.indices],
        chart=Chart(title=say("report.chart"), labels=0, shares=7, targets=8),
    )


def _summary_row(each: IndexFigures, say: Say) -> Sequence[Cell]:
    definition, whole = each.definition, each.whole
    if not each.is_computed:
        needs = say(f"index_needs.{definition.needs.value}") if definition.needs else ""
        remark = say("report.needs", needs=needs)
        return (definition.code, definition.title, *(None,) * 6, definition.full_at, say("report.not_computed"), remark)
    reached = ""
    if definition.full_at is not None and whole.per_cent is not None:
        reached = say("report.reached_yes" if whole.per_cent >= definition.full_at else "report.reached_no")
    return (
        definition.code,
        definition.title,
        whole.counted,
        whole.total,
        whole.total - whole.counted,
        whole.unknown,
        each.without_day,
        whole.per_cent,
        definition.full_at,
        reached,
        definition.note,
    )


def _broken_down(
    paper: IndexPaper,
    by: str,
    figures: Callable[[IndexFigures], Mapping[str, Figure]],
    name: Callable[[str], str],
) -> Sheet:
    say = paper.words.say
    rows = [
        (name(key), key, each.definition.code, each.definition.title, *_cells(figure), each.definition.full_at)
        for each in paper.report.indices
        if each.is_computed
        for key, figure in figures(each).items()
    ]
    names = ("key", "index", "title_head", "counted", "total", "unknown", "per_cent", "full_at")
    return Sheet(
        title=say(f"report.sheet_{by}"),
        about=(say(f"report.sheet_{by}"),),
        headings=(say(f"report.{by}"), *(say(f"report.{each}") for each in names)),
        widths=(44, 14, 8, 38, 12, 12, 12, 12, 14),
        rows=rows,
    )


def _dossiers(paper: IndexPaper, facts: DossierFacts) -> Sheet:
    say, question = paper.words.say, paper.report.question
    computed = [each.definition for each in paper.report.indices if each.is_computed]
    names = (
        "dossier",
        "agency",
        "procedure",
        "received",
        "due",
        "over",
        "papers",
        "worthy_papers",
        "results",
        "worthy_results",
    )
    found = fitting_dossiers(facts.dossiers(question.since, question.until, scope=question.scope), question)
    return Sheet(
        title=say("report.sheet_dossiers"),
        about=(say("report.sheet_dossiers"), say("report.dossiers_about")),
        headings=(
            *(say(f"report.{each}") for each in names),
            *(each.code for each in computed),
            say("report.missing"),
        ),
        widths=(28, 24, 24, 12, 12, 12, 10, 10, 10, 10, *(14,) * len(computed), 80),
        rows=(row for each in found if (row := _dossier_row(each, computed, paper)) is not None),
    )


def _dossier_row(
    dossier: RecordedDossier, definitions: Iterable[IndexDefinition], paper: IndexPaper
) -> Sequence[Cell] | None:
    """Return how a dossier stands to all indices; None where none of its days lies within the period."""
    question, say = paper.report.question, paper.words.say
    answers, sides, missing = answers_of(dossier), [], []
    for each in definitions:
        day = day_of_period(dossier, each.day)
        within = day is not None and question.since <= day <= question.until
        side = side_of(answers, each) if within else Side.APART
        sides.append(None if side is Side.APART else say(f"index_side.{side.value}"))
        wanted = {Side.MISSED: each.counted, Side.UNKNOWN: each.of}.get(side, ())
        missing += [f"{each.code}: {say(f'index_missing.{one.value}')}" for one in wanted if not meets(dossier, one)]
    days = (dossier.received, dossier.over or dossier.due)
    if not any(day is not None and question.since <= day <= question.until for day in days):
        return None
    return (
        dossier.code,
        paper.words.agency(dossier.agency),
        dossier.procedure or "",
        dossier.received,
        dossier.due,
        dossier.over,
        len(dossier.components),
        sum(each.worth is FileWorth.SIGNED for each in dossier.components),
        len(dossier.results),
        sum(each.worth is FileWorth.SIGNED for each in dossier.results),
        *sides,
        "\n".join(missing),
    )


def _flat(paper: IndexPaper) -> Iterator[Sequence[Cell]]:
    words = paper.words
    for each in paper.report.indices:
        parts: tuple[tuple[str, Mapping[str, Figure], Callable[[str], str]], ...] = (
            ("whole", {"": each.whole}, lambda _: words.say("report.all")),
            ("month", each.by_month, lambda key: f"{key[5:]}/{key[:4]}"),
            ("agency", each.by_agency, words.agency),
            ("procedure", each.by_procedure, words.procedure),
        )
        definition = each.definition
        for by, figures, name in parts:
            for key, figure in figures.items() if each.is_computed or by == "whole" else ():
                counted, total, unknown, per_cent = _cells(figure) if each.is_computed else (None,) * 4
                yield (
                    words.say(f"report.{by}"), key, name(key), definition.code, definition.title, counted, total, unknown,
                    definition.times or "", per_cent, definition.full_at, formula_version(definition),
                )  # fmt: skip


def _cells(figure: Figure) -> tuple[Cell, ...]:
    return figure.counted, figure.total, figure.unknown, figure.per_cent


def _json(each: IndexFigures) -> dict[str, Any]:
    definition = each.definition
    return {
        "code": definition.code,
        "title": definition.title,
        "source": definition.source,
        "version": formula_version(definition),
        "by": definition.day.value,
        "of": [one.value for one in definition.of],
        "counted": [one.value for one in definition.counted],
        "times": definition.times,
        "full_at": definition.full_at,
        "needs": None if definition.needs is None or each.is_computed else definition.needs.value,
        "is_computed": each.is_computed,
        "whole": _figure_json(each.whole) if each.is_computed else None,
        "without_day": each.without_day,
        "by_month": {key: _figure_json(figure) for key, figure in each.by_month.items()} if each.is_computed else {},
        "by_agency": {key: _figure_json(figure) for key, figure in each.by_agency.items()},
        "by_procedure": {key: _figure_json(figure) for key, figure in each.by_procedure.items()},
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "counted": figure.counted,
        "total": figure.total,
        "unknown": figure.unknown,
        "per_cent": figure.per_cent,
    }


def _day(day: dt.date) -> str:
    return day.strftime("%d/%m/%Y")
