"""Indices of digitization: figures with charts, the dossiers behind them, and what cannot be computed here."""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict

from app.reporting import index_report, write_report
from pipeline.domain.account import Role
from pipeline.domain.audit_seal import day_of
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import ContentHash, DossierCode
from pipeline.domain.indices import (
    CountedFile,
    Figure,
    FileWorth,
    IndexCode,
    IndexDefinition,
    Side,
    meets,
)
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.web_errors import FormRefused
from pipeline.index_ports import Waiting
from pipeline.usecases.compute_indices import (
    NO_PROCEDURE,
    DossierBehind,
    IndexFigures,
    IndexQuestion,
    definition_of,
    dossiers_behind,
    kept_indices,
)
from pipeline.usecases.index_definitions import in_force, load_indices
from pipeline.usecases.judge_files import judge_files
from web.charts import month_chart
from web.counting import counted, keep_counting
from web.guard import allowed
from web.handing_out import hand_out_bytes
from web.paper_words import type_title
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()

_MONTHS_BACK = 5
_MOST_MONTHS = 24
_AT_ONCE = 50
_JUDGED_AT_ONCE = 1000
_MONTH = re.compile(r"(?P<year>20\d{2})-(?P<month>0[1-9]|1[0-2])")
NOWHERE = "none"
"""stands in addresses for dossiers whose procedure is not known"""


def _none_for_empty(typed: object) -> object:
    return None if isinstance(typed, str) and not typed.strip() else typed


class IndexQuery(BaseModel):
    """Of what indices are wanted."""

    model_config = ConfigDict(extra="ignore", str_max_length=100)

    since: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    """first month, `2026-01`"""
    until: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    """last month"""
    agency: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    procedure: Annotated[str | None, BeforeValidator(_none_for_empty)] = None
    side: Side = Side.MISSED
    after: str = ""
    checking: int = 0
    """files whose signatures are being checked"""


@router.get("/indices")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def indices_page(wanted: Annotated[IndexQuery, Query()], visit: VisitDep) -> Response:
    """Show all indices of some months, once everything that changed has been counted again."""
    question = _question(wanted, visit)
    officer = visit.services.officer
    waiting = counted(visit.services, visit.office)
    definitions = _definitions(question, visit)
    report = kept_indices(question, definitions=definitions, facts=officer.dossiers, kept=officer.figures)
    if report is None:
        return _counting(waiting, visit, "indices/counting.html", kept=_kept(question))
    # each procedure stands under each index, and is looked up once
    names = functools.cache(lambda code: _procedure(code, question, visit))
    return show(
        visit,
        "indices/page.html",
        report=report,
        question=question,
        computed=[_shown(each, names, visit) for each in report.indices if each.is_computed],
        others=[each.definition for each in report.indices if not each.is_computed],
        worths=[(each, report.worths.get(each, 0)) for each in FileWorth],
        unjudged=report.worths.get(FileWorth.UNJUDGED, 0),
        checking=wanted.checking,
        sees_papers=bool(visit.scope.agencies),
        kept=_kept(question),
        months=(question.since.strftime("%Y-%m"), question.until.strftime("%Y-%m")),
    )


@router.get("/indices/counting")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def counting_part(wanted: Annotated[IndexQuery, Query()], visit: VisitDep) -> Response:
    """Show how far counting has come; with nothing left, the browser goes back to the figures."""
    question = _question(wanted, visit)
    waiting = visit.services.officer.figures.note_changes()
    if not waiting.dossiers:
        return go_to(f"/indices?{_kept(question)}", visit)
    keep_counting(visit.services.officer.figures, visit.office)
    return _counting(waiting, visit, "indices/counting_part.html", kept=_kept(question))


@router.get("/indices/figures.csv")
@allowed(Role.RECORDS_OFFICER, Role.ADMINISTRATOR)
def figures_table(wanted: Annotated[IndexQuery, Query()], visit: VisitDep) -> Response:
    """Hand out the figures as a table, without a dossier; while counting goes on, there is only how far it is."""
    question = _question(wanted, visit)
    if counted(visit.services, visit.office).dossiers:
        return go_to(f"/indices?{_kept(question)}", visit)
    period = f"{question.since:%Y-%m}_{question.until:%Y-%m}"
    paper = index_report(question, period, services=visit.services, say=visit.say)
    out = io.BytesIO()
    write_report(paper, out, form=".csv", purpose="/indices", services=visit.services)
    return hand_out_bytes(out.getvalue(), name=f"chi-so_{period}.csv", media_type="text/csv")


@router.get("/indices/{code}")
@allowed(Role.RECORDS_OFFICER)
def dossiers_page(code: IndexCode, wanted: Annotated[IndexQuery, Query()], visit: VisitDep) -> Response:
    """Show the dossiers behind a figure, and what keeps those that are not counted from it."""
    question = _question(wanted, visit)
    definition = definition_of(code, _definitions(question, visit))
    facts, figures = visit.services.officer.dossiers, visit.services.officer.figures
    if definition is None or not definition.is_computed(facts.sources()):
        raise NotFound(what="place", id=f"/indices/{code}")
    waiting = counted(visit.services, visit.office)
    if waiting.dossiers:
        return _counting(waiting, visit, "indices/counting.html", kept=_kept(question))
    found = dossiers_behind(
        question,
        definition,
        sides=frozenset({wanted.side}),
        facts=facts,
        kept=figures,
        limit=_AT_ONCE + 1,
        after=DossierCode(wanted.after) if wanted.after else None,
    )
    shown = found[:_AT_ONCE]
    return show(
        visit,
        "indices/dossiers.html",
        definition=definition,
        question=question,
        side=wanted.side,
        sides=(Side.MISSED, Side.COUNTED, Side.UNKNOWN),
        dossiers=[_behind(each, definition, visit) for each in shown],
        next=shown[-1].dossier.code if len(found) > _AT_ONCE else "",
        is_first=not wanted.after,
        kept=_kept(question),
    )


@router.post("/indices/judge")
@allowed(Role.RECORDS_OFFICER)
def judge_unjudged(wanted: Annotated[IndexQuery, Query()], visit: VisitDep) -> Response:
    """Have the signatures of the period's files checked that nobody has checked yet, beside the requests."""
    question = _question(wanted, visit)
    files = list(_unjudged(question, visit))[:_JUDGED_AT_ONCE]
    services, workshop = visit.services, visit.office.workshop

    def judge() -> None:
        judge_files(
            files,
            at=services.clock.now(),
            objects=services.objects,
            ledger=services.ledger,
            workers=workshop.workers,
            validator=workshop.validator,
            verdict_book=services.verdicts,
            seconds=services.settings.reading.document_seconds,
        )

    if files:
        visit.office.jobs.run("check of signatures for indices", judge)
    return go_to(f"/indices?{_kept(question)}&checking={len(files)}#files", visit)


def _counting(waiting: Waiting, visit: Visit, template: str, *, kept: str) -> Response:
    """Show how far counting is, which goes on beside the requests."""
    return show(visit, template, done=waiting.of - waiting.dossiers, total=waiting.of, kept=kept)


def _unjudged(question: IndexQuestion, visit: Visit) -> Iterator[ContentHash]:
    facts = visit.services.officer.dossiers
    for dossier in facts.dossiers(question.since, question.until, scope=question.scope):
        for each in (*dossier.components, *dossier.results):
            if each.worth is FileWorth.UNJUDGED:
                yield each.sha256


def _question(wanted: IndexQuery, visit: Visit) -> IndexQuestion:
    """Return the question of whole months; the last six where none are named.

    Raises:
        FormRefused: no months, the wrong way round, or too many.
    """
    today = day_of(visit.now())
    until = _first_day(wanted.until, "until") if wanted.until else today.replace(day=1)
    since = _first_day(wanted.since, "since") if wanted.since else _months_before(until, _MONTHS_BACK)
    if since > until or _months_before(until, _MOST_MONTHS - 1) > since:
        raise FormRefused(name="since")
    # who may see no papers may see how many of them count
    scope = visit.scope if visit.scope.agencies else EVERYTHING
    return IndexQuestion(
        since=since,
        until=_months_before(until, -1) - dt.timedelta(days=1),
        agency=_agency(wanted.agency, scope),
        procedure=None if wanted.procedure is None else wanted.procedure.replace(NOWHERE, NO_PROCEDURE),
        scope=scope,
    )


def _agency(named: str | None, scope: Scope) -> str | None:
    return named if named is not None and scope.allows(named) else None


def _first_day(month: str, name: str) -> dt.date:
    found = _MONTH.fullmatch(month)
    if found is None:
        raise FormRefused(name=name)
    return dt.date(int(found["year"]), int(found["month"]), 1)


def _months_before(first: dt.date, months: int) -> dt.date:
    number = first.year * 12 + first.month - 1 - months
    return dt.date(number // 12, number % 12 + 1, 1)


def _definitions(question: IndexQuestion, visit: Visit) -> tuple[IndexDefinition, ...]:
    return in_force(load_indices(visit.services.settings.indices.file), question.until)


def _kept(question: IndexQuestion) -> str:
    """Return what an address says of a question."""
    parts = [f"since={question.since:%Y-%m}", f"until={question.until:%Y-%m}"]
    if question.agency is not None:
        parts.append(f"agency={question.agency}")
    if question.procedure is not None:
        parts.append(f"procedure={question.procedure or NOWHERE}")
    return "&".join(parts)


def _shown(figures: IndexFigures, names: Callable[[str], tuple[str, str]], visit: Visit) -> Mapping[str, Any]:
    return {
        "figures": figures,
        "definition": figures.definition,
        "chart": month_chart(figures.by_month, full_at=figures.definition.full_at),
        "months": [(f"{month[5:]}/{month[:4]}", figure) for month, figure in figures.by_month.items()],
        "agencies": [(name or visit.say("search.own_agency"), figure) for name, figure in figures.by_agency.items()],
        "procedures": [(*names(code), code or NOWHERE, figure) for code, figure in _most(figures.by_procedure)],
    }


def _most(figures: Mapping[str, Figure]) -> Sequence[tuple[str, Figure]]:
    """Return figures, those of the most dossiers first."""
    return sorted(figures.items(), key=lambda each: (-each[1].total - each[1].unknown, each[0]))


def _procedure(code: str, question: IndexQuestion, visit: Visit) -> tuple[str, str]:
    """Return code and name of a procedure as people read them."""
    if not code:
        return "–", visit.say("indices.no_procedure")
    edition = visit.services.procedures.find(ProcedureCode(code), question.until)
    return code, edition.name if edition else visit.say("indices.unknown_procedure")


def _behind(found: DossierBehind, definition: IndexDefinition, visit: Visit) -> Mapping[str, Any]:
    dossier = found.dossier
    wanted = (*definition.of, *definition.counted)
    return {
        "dossier": dossier,
        "unmet": [each for each in wanted if not meets(dossier, each)],
        "files": [_file(each, visit, "result") for each in dossier.results]
        + [_file(each, visit, "component") for each in dossier.components],
    }


def _file(file: CountedFile, visit: Visit, kind: str) -> Mapping[str, str]:
    return {
        "document": file.document,
        "title": type_title(file.type, visit.services),
        "worth": file.worth.value,
        "kind": kind,
    }
