"""`sohoa report`: figures for whoever has to answer for them."""

from __future__ import annotations

import argparse

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.reporting import FORMATS, index_report, write_report
from app.services import open_services
from pipeline.domain.batch import Stage
from pipeline.domain.indices import FileWorth
from pipeline.domain.period import Period
from pipeline.domain.procedure import procedure_core
from pipeline.usecases.compute_indices import IndexQuestion
from pipeline.usecases.export_files import write_errors


def run_indices(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write the indices of a period as a workbook, a table or JSON, and name what keeps files from counting."""
    form = arguments.out.suffix.lower()
    if form not in FORMATS:
        context.note("report.suffix", file=arguments.out)
        return ExitCode.USAGE
    try:
        period = Period.of(arguments.period)
    except ValueError:
        context.note("report.bad_period", period=arguments.period)
        return ExitCode.USAGE
    procedure = None if arguments.procedure is None else procedure_core(arguments.procedure)
    if arguments.procedure is not None and procedure is None:
        context.note("exchange.no_procedure_code", code=arguments.procedure)
        return ExitCode.USAGE
    question = IndexQuestion(since=period.since, until=period.until, agency=arguments.agency, procedure=procedure)
    partial = arguments.out.with_name(f".{arguments.out.name}.part")
    with (
        open_services(context.settings, author=context.author) as services,
        show_progress(context) as listener,
        write_errors(arguments.out),
    ):
        paper = index_report(
            question, arguments.period, services=services, say=context.say, on_dossier=counting(Stage.COUNT, listener)
        )
        try:
            with partial.open("wb") as out:
                write_report(paper, out, form=form, purpose=arguments.purpose, services=services)
            partial.replace(arguments.out)
        finally:
            partial.unlink(missing_ok=True)
    report = paper.report
    computed = sum(each.is_computed for each in report.indices)
    if arguments.json:
        context.print_json({"file": str(arguments.out), "dossiers": report.dossiers, "computed": computed})
    else:
        context.tell(
            "report.written", period=arguments.period, file=arguments.out, dossiers=report.dossiers, computed=computed
        )
    left = {worth: report.worths.get(worth, 0) for worth in (FileWorth.UNJUDGED, FileWorth.LOST)}
    for worth, count in left.items():
        if count:
            context.note(f"report.{worth.value}", count=count)
    return ExitCode.SOME if any(left.values()) else ExitCode.DONE
