"""`sohoa run`, `sohoa specimens`: a whole office on one machine, and papers to try it with."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from app.cli.context import Context, ExitCode
from app.cli.storing import fits_again
from app.cli.writing import writing
from app.orchestrator import server_answers, start_server, start_work
from app.own_process import Child, Crew, wait_for
from app.pages_process import pages_address, pages_answer, start_pages
from app.scratch import own_scratch
from app.services import open_services
from pipeline.specimens.batch import write_batch

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
"""between two looks at whether all processes live"""


def run_office(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Run pages, server and workers until told to stop; what ends by itself is started again."""
    settings = context.settings
    address = f"http://127.0.0.1:{settings.prefect.port}"
    if server_answers(f"{address}/api"):
        context.note("run.already", address=address)
        return ExitCode.NOTHING
    if not fits_again(context):
        return ExitCode.NOTHING
    stop = until_told()
    pages = pages_address(settings)
    if pages_answer(pages):
        context.note("run.pages_already", address=pages)
        return ExitCode.NOTHING
    with own_crew(context) as crew:
        context.note("run.pages")
        web = start_pages(crew, settings)
        server = start_server(crew, settings)
        wait_for(lambda: stop.is_set() or pages_answer(pages), web)
        if not arguments.json:
            _tell_where(context, pages)
        start_work(crew, settings, server, on_step=lambda step: context.note(f"run.{step}"), stopped=stop.is_set)
        where = {"address": address, "pages": settings.web.address or pages}
        where |= {"home": str(settings.home), "logs": str(crew.log_folder)}
        say_where("run.ready", where, arguments, context)
        watch_over(crew, stop)
        context.note("run.stopping")
    return ExitCode.DONE


@contextlib.contextmanager
def own_crew(context: Context) -> Iterator[Crew]:
    """Give a crew of which it is told, on the terminal and in the log, when one ends by itself.

    What its processes leave among temporary files goes with it, and is removed by others when this process is killed:
    Prefect's worker writes down there the whole environment of each run, with all secrets, and leaves it when it is killed.
    """

    def tell(child: Child) -> None:
        code = child.process.returncode
        context.note("run.ended", name=child.name, code=code, seconds=f"{child.pause:.0f}", log=child.log)
        _log.warning("%s ended with %s; it is started again in %.0f s", child.name, code, child.pause)

    with own_scratch(), Crew(log_folder=context.settings.home / "log", on_end=tell) as crew:
        yield crew


def say_where(name: str, where: Mapping[str, Any], arguments: argparse.Namespace, context: Context) -> None:
    """Say that all runs, and where: at once, also to a program that reads what goes on being written."""
    if arguments.json:
        context.print_json(where)
        context.out.file.flush()
    else:
        context.tell(name, **where)


def until_told() -> threading.Event:
    """Return what is set when this process is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def watch_over(crew: Crew, stop: threading.Event) -> None:
    """Start again what ends by itself, until told to stop."""
    while not stop.wait(_LOOK_SECONDS):
        crew.look()


def _tell_where(context: Context, pages: str) -> None:
    """Say where the pages are, and how the first person gets in."""
    context.tell("run.pages_ready", address=context.settings.web.address or pages)
    with open_services(context.settings, author=context.author) as services:
        if not services.accounts.all():
            context.tell("run.first_account")


def run_specimens(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write a sample batch of invented papers."""
    with writing(arguments.out):
        write_batch(arguments.out, seed=arguments.seed, dossiers=arguments.dossiers)
    files = sorted(str(path) for path in arguments.out.rglob("*") if path.is_file())
    if arguments.json:
        context.print_json({"folder": str(arguments.out), "files": files, "seed": arguments.seed})
    else:
        context.tell("specimens.written", files=len(files), folder=arguments.out)
    return ExitCode.DONE
