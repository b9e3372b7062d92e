"""`sohoa`: the one place that reads the environment, catches everything and decides the exit code."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.authors import person_at
from app.cli.arguments import build_parser
from app.cli.context import Context, ExitCode, PlainConsole
from app.language import choose_language, say_error, speaker
from app.logs import keep_log, quiet_libraries, write_down
from app.setting_groups import Language
from app.settings import load_settings
from pipeline.domain.errors import NO_ROOM, BadSettings, Kind, MachineExhausted, SohoaError

_EXIT = {
    Kind.BAD_INPUT: ExitCode.NOTHING,
    Kind.NEEDS_PERSON: ExitCode.SOME,
    Kind.TRANSIENT: ExitCode.NOTHING,
    Kind.FORBIDDEN: ExitCode.NOTHING,
    Kind.BROKEN: ExitCode.NOTHING,
}
"""what an error that ends the command means for its exit code"""
_INTERRUPTED = 130
"""what shells expect of a program that was ended by Ctrl-C: 128 and the signal's number"""
_PIPED_WIDTH = 100
"""columns of a table that does not go to a terminal: what fits a page, and most terminals"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # before numpy is loaded, here and in all that is started from here: starting threads takes a quarter of a second, and
    # where every core has a process they bring nothing
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    quiet_libraries()
    _speak_utf8()
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = choose_language(os.environ, _language_asked_for(words))
    parsed = build_parser(language).parse_args(words)
    say = speaker(language)
    err = PlainConsole(stderr=True)
    try:
        provenance = load_settings(os.environ)
    except BadSettings as error:
        err.print(f"{say('word.error')} [{error.code}]: {say_error(error, say)}", soft_wrap=True)
        return ExitCode.USAGE
    if parsed.language is None and provenance.settings.language is not None:
        say = speaker(provenance.settings.language)
    context = Context(provenance=provenance, author=person_at(parsed.command), say=say, out=_console(), err=err)
    log = provenance.settings.home / "log" / "sohoa.log"
    with keep_log(log, provenance.settings.log.format):
        return _run(parsed, context, log)


def _run(parsed: argparse.Namespace, context: Context, log: Path) -> int:
    """Run the chosen command; whatever happens ends as a sentence and an exit code."""
    try:
        code = int(_runner(parsed.run)(parsed, context))
        sys.stdout.flush()
    except SohoaError as error:
        context.complain(error)
        return ExitCode.USAGE if isinstance(error, BadSettings) else _EXIT[error.kind]
    except KeyboardInterrupt:
        context.note("word.interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has seen enough; Python must not complain about it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the edge: nobody above can do better than log it and say so
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            context.complain(MachineExhausted(path=str(error.filename or ""), reason=error.strerror or ""))
        else:
            write_down(log, error, context.settings.log.format)
            context.note("word.unforeseen", error=f"{type(error).__name__}: {error}", log=log)
        return ExitCode.NOTHING
    return code


def _runner(named: str) -> Callable[[argparse.Namespace, Context], ExitCode]:
    """Load the function that runs a command, and so all that this command needs."""
    module, _, function = named.partition(":")
    runner: Callable[[argparse.Namespace, Context], ExitCode] = getattr(importlib.import_module(module), function)
    return runner


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale says: JSON is UTF-8 by its standard, and Vietnamese does not fit the others."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _console() -> PlainConsole:
    """Return stdout; where it is a file or a pipe, tables get the width that they need."""
    console = PlainConsole()
    return console if console.is_terminal else PlainConsole(width=_PIPED_WIDTH)


def _language_asked_for(words: Sequence[str]) -> Language | None:
    """Look for --language before parsing, since the parser itself speaks it."""
    for position, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--language=") else None
        if word == "--language" and position + 1 < len(words):
            value = words[position + 1]
        if value in set(Language):
            return Language(value)
    return None


if __name__ == "__main__":
    sys.exit(main())
