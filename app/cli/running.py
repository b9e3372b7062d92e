"""`sohoa run`, `sohoa specimens`: a whole office on one machine, and papers to try it with."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from app.cli.context import Context, ExitCode
from app.language import Say
from app.orchestrator import local_server
from pipeline.specimens.batch import write_batch

SEED = 2026
"""of the sample batch, unless another is asked for"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the commands."""
    run = commands.add_parser("run", help=say("help.run"), description=say("help.run"))
    run.set_defaults(run=run_office)
    specimens = commands.add_parser("specimens", help=say("help.specimens"), description=say("help.specimens"))
    specimens.add_argument("out", type=Path, metavar="DIR", help=say("help.specimens_out"))
    specimens.add_argument("--seed", type=int, default=SEED, metavar="N", help=say("help.seed"))
    specimens.add_argument("--dossiers", type=int, default=3, metavar="N", help=say("help.dossiers"))
    specimens.add_argument("--json", action="store_true", help=say("help.json"))
    specimens.set_defaults(run=run_specimens)


def run_office(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Run server and workers until told to stop."""
    del arguments
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logs = context.settings.home / "log"
    with local_server(context.settings, log_folder=logs, on_step=lambda step: context.note(f"run.{step}")) as address:
        context.out.print(
            context.say("run.ready", address=address, home=context.settings.home, logs=logs), markup=False
        )
        stop.wait()
        context.note("run.stopping")
    return ExitCode.DONE


def run_specimens(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write a sample batch of invented papers."""
    write_batch(arguments.out, seed=arguments.seed, dossiers=arguments.dossiers)
    files = sorted(str(path) for path in arguments.out.rglob("*") if path.is_file())
    if arguments.json:
        context.print_json({"folder": str(arguments.out), "files": files, "seed": arguments.seed})
    else:
        context.out.print(context.say("specimens.written", files=len(files), folder=arguments.out), markup=False)
    return ExitCode.DONE
