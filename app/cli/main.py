"""`sohoa`: the one place that reads the environment, catches everything and decides the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata

from rich.console import Console

from app.cli import checking, demo, digitize, fetching, listing, running, signing
from app.cli.context import Context, ExitCode
from app.language import choose_language, say_error, speaker
from app.logs import quiet_libraries
from app.settings import Language, load_settings
from pipeline.domain.errors import BadSettings, Kind, SohoaError

_EXIT = {
    Kind.BAD_INPUT: ExitCode.NOTHING,
    Kind.NEEDS_PERSON: ExitCode.SOME,
    Kind.TRANSIENT: ExitCode.NOTHING,
    Kind.FORBIDDEN: ExitCode.NOTHING,
    Kind.BROKEN: ExitCode.NOTHING,
}
"""what an error that ends the command means for its exit code"""
_PIPED_WIDTH = 150
"""columns of a table that does not go to a terminal"""


def build_parser(language: Language) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, speaking `language`."""
    say = speaker(language)
    parser = argparse.ArgumentParser(prog="sohoa", description=say("help.sohoa"), epilog=say("help.exit_codes"))
    parser.add_argument("--version", action="version", version=f"sohoa {metadata.version('sohoa')}")
    parser.add_argument("--language", type=Language, choices=list(Language), help=say("help.language"))
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title=say("help.commands"))
    for module in (digitize, listing, fetching, signing, checking, running, demo):
        module.add(commands, say)
    for command in commands.choices.values():
        command.add_argument("--language", type=Language, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    quiet_libraries()
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = choose_language(os.environ, _language_asked_for(words))
    parsed = build_parser(language).parse_args(words)
    say = speaker(language)
    err = Console(stderr=True)
    try:
        provenance = load_settings(os.environ)
    except BadSettings as error:
        err.print(f"{say('word.error')} [{error.code}]: {say_error(error, say)}", markup=False, highlight=False)
        return ExitCode.USAGE
    if parsed.language is None and provenance.settings.language is not None:
        say = speaker(provenance.settings.language)
    context = Context(provenance=provenance, say=say, out=_console(), err=err)
    try:
        return int(parsed.run(parsed, context))
    except SohoaError as error:
        context.complain(error)
        return _EXIT[error.kind]
    except KeyboardInterrupt:
        context.note("word.interrupted")
        return 130
    except BrokenPipeError:
        # whoever read our output has seen enough; Python must not complain about it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE


def _console() -> Console:
    """Return stdout; where it is a file or a pipe, tables get the width that they need."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPED_WIDTH)


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
