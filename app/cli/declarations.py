"""`sohoa types list|check|test`: which papers are known, and whether an administrator's declarations are right."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.arguments import TypesAction
from app.cli.context import Context, ExitCode
from app.cli.tables import field_label
from app.language import say_error
from app.services import make_home, types_of
from app.workshop import digitize_policy, open_workers
from pipeline.domain.document import FieldValue
from pipeline.domain.errors import SohoaError
from pipeline.domain.page import RecognisedPage
from pipeline.understand.catalogue import load_types
from pipeline.understand.type_check import Problem, SampleResult, check_types, try_types
from pipeline.usecases.read_sample import read_sample


def run_types(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List the types in force, or check or try those of a folder.

    Raises:
        BadDeclaration: a declaration is wrong; `check` names all that are, without raising.
    """
    if arguments.action is TypesAction.LIST:
        return _list(arguments, context)
    folder: Path | None = arguments.folder or context.settings.types.folder
    if folder is None:
        context.note("types.no_folder")
        return ExitCode.USAGE
    return (_check if arguments.action is TypesAction.CHECK else _test)(folder, arguments, context)


def _list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    catalogue = load_types(arguments.folder) if arguments.folder else types_of(context.settings)
    if arguments.json:
        context.print_json(
            [{"code": each.code, "title": each.title, "family": each.family.value} for each in catalogue]
        )
        return ExitCode.DONE
    table = _table(context, "type", "title", "family")
    for each in catalogue:
        table.add_row(each.code, each.title, each.family.value)
    context.out.print(table)
    return ExitCode.DONE


def _check(folder: Path, arguments: argparse.Namespace, context: Context) -> ExitCode:
    problems = check_types(folder)
    if arguments.json:
        context.print_json([_problem_json(each) for each in problems])
    elif problems:
        table = _table(context, "source", "line", "key", "problem")
        for each in problems:
            table.add_row(each.file, str(each.line), each.key, each.problem)
        context.out.print(table)
    else:
        context.tell("types.all_right", folder=folder)
    return ExitCode.NOTHING if problems else ExitCode.DONE


def _test(folder: Path, arguments: argparse.Namespace, context: Context) -> ExitCode:
    settings = context.settings
    make_home(settings.home)
    policy = digitize_policy(settings)
    reader = partial(read_sample, limits=policy.limits, policy=policy.read)
    with open_workers(settings, count=1) as workers:

        def read(file: Path) -> tuple[RecognisedPage, ...]:
            context.note("types.reading", file=file.name)
            ((_, result),) = workers.map(reader, [file], seconds=policy.seconds.document)
            if isinstance(result, SohoaError):
                raise result
            return result

        results = try_types(folder, read=read, policy=policy.understand)
    if not results:
        context.note("types.no_samples", folder=folder)
        return ExitCode.NOTHING
    if arguments.json:
        context.print_json([_result_json(each, context) for each in results])
    else:
        table = _table(context, "result", "type", "source", "reason")
        for each in results:
            mark = Text("✓", style="green") if each.passed else Text("✗", style="red")
            table.add_row(mark, each.declared, each.file, "\n".join(_reasons(each, context)))
        context.out.print(table)
    return ExitCode.DONE if all(each.passed for each in results) else ExitCode.SOME


def _reasons(result: SampleResult, context: Context) -> list[str]:
    """Return in sentences why a sample failed."""
    say = context.say
    if result.error:
        return [_told(result, result.error, context)]
    if result.paper is None:
        return [say("types.no_sample", file=result.file)]
    told = [] if result.paper.type == result.declared else [say("types.other_type", type=result.paper.type)]
    return told + [
        say(
            "types.wrong_value",
            field=field_label(each.field, say),
            expected=_shown(each.expected),
            read=_shown(each.read),
        )
        for each in result.wrong
    ]


def _told(result: SampleResult, error: SohoaError, context: Context) -> str:
    """Return the sentence for an error about a sample: who reads a file knows its place, not always what it is called."""
    return say_error(type(error)(**{"name": result.file, **error.details}), context.say)


def _shown(value: FieldValue | None) -> str:
    return "–" if value is None else "; ".join(value) if isinstance(value, tuple) else value


def _problem_json(problem: Problem) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "key": problem.key, "problem": problem.problem}


def _result_json(result: SampleResult, context: Context) -> dict[str, object]:
    return {
        "type": result.declared,
        "file": result.file,
        "passed": result.passed,
        "read_as": result.paper.type if result.paper else None,
        "wrong": [{"field": each.field, "expected": each.expected, "read": each.read} for each in result.wrong],
        "error": _told(result, result.error, context) if result.error else None,
    }


def _table(context: Context, *keys: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in keys:
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    return table
