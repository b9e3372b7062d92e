"""`sohoa run`, `sohoa specimens`: a whole office on one machine, and papers to try it with."""

from __future__ import annotations

import argparse
import signal
import subprocess
import threading
from collections.abc import Mapping

from app.cli.context import Context, ExitCode
from app.cli.storing import fits_again
from app.cli.writing import writing
from app.orchestrator import local_server, server_answers
from app.own_process import wait_for
from app.pages_process import MODULE, local_pages, pages_address, pages_answer
from app.services import open_services
from pipeline.specimens.batch import write_batch

_LOOK_SECONDS = 1.0
"""between two looks at whether all processes live"""


def run_office(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Run server and workers until told to stop, or until one of them ends by itself."""
    address = f"http://127.0.0.1:{context.settings.prefect.port}"
    if server_answers(f"{address}/api"):
        context.note("run.already", address=address)
        return ExitCode.NOTHING
    if not fits_again(context):
        return ExitCode.NOTHING
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs = context.settings.home / "log"
    pages = pages_address(context.settings)
    if pages_answer(pages):
        context.note("run.pages_already", address=pages)
        return ExitCode.NOTHING
    with local_pages(context.settings, log_folder=logs) as web:
        context.note("run.pages")
        wait_for(lambda: stop.is_set() or pages_answer(pages), MODULE, web, logs / "web.log")
        if not arguments.json:
            _tell_where(context, pages)
        with local_server(
            context.settings, log_folder=logs, on_step=lambda step: context.note(f"run.{step}"), stopped=stop.is_set
        ) as server:
            return _until_stopped(arguments, context, stop, {"web": web, **server.processes}, server.address)


def _tell_where(context: Context, pages: str) -> None:
    """Say where the pages are, and how the first person gets in."""
    context.tell("run.pages_ready", address=context.settings.web.address or pages)
    with open_services(context.settings, author=context.author) as services:
        if not services.accounts.all():
            context.tell("run.first_account")


def _until_stopped(
    arguments: argparse.Namespace,
    context: Context,
    stop: threading.Event,
    processes: Mapping[str, subprocess.Popen[bytes]],
    orchestrator: str,
) -> ExitCode:
    settings, logs = context.settings, context.settings.home / "log"
    pages = settings.web.address or pages_address(settings)
    if arguments.json:
        context.print_json({"address": orchestrator, "pages": pages, "home": str(settings.home), "logs": str(logs)})
        context.out.file.flush()
    else:
        context.tell("run.ready", address=orchestrator, pages=pages, home=settings.home, logs=logs)
    while not stop.wait(_LOOK_SECONDS):
        ended = next((name for name, process in processes.items() if process.poll() is not None), None)
        if ended is not None:
            context.note("run.ended", name=ended, log=logs / f"{ended}.log")
            return ExitCode.NOTHING
    context.note("run.stopping")
    return ExitCode.DONE


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
