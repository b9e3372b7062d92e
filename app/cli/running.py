"""`sohoa run`, `sohoa specimens`: a whole office on one machine, and papers to try it with."""

from __future__ import annotations

import argparse
import signal
import threading

from app.cli.context import Context, ExitCode
from app.cli.storing import fits_again
from app.cli.writing import writing
from app.orchestrator import local_server, server_answers
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
    with local_server(
        context.settings, log_folder=logs, on_step=lambda step: context.note(f"run.{step}"), stopped=stop.is_set
    ) as server:
        if arguments.json:
            context.print_json({"address": server.address, "home": str(context.settings.home), "logs": str(logs)})
            context.out.file.flush()
        else:
            context.tell("run.ready", address=server.address, home=context.settings.home, logs=logs)
        while not stop.wait(_LOOK_SECONDS):
            ended = server.ended()
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
