"""argparse in the reader's language: headings, usage, and what is wrong with what was typed."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, NoReturn

from app.language import Say

_USAGE = 2
"""exit code of wrong use"""
_SAID = (
    (re.compile(r"the following arguments are required: (?P<what>.+)"), "usage.required"),
    (re.compile(r"unrecognized arguments: (?P<what>.+)"), "usage.unrecognized"),
    (re.compile(r"expected (?:one|at least one) argument"), "usage.no_value"),
    (re.compile(r"not allowed with argument (?P<what>.+)"), "usage.not_together"),
    (re.compile(r"invalid choice: (?P<value>.+) \(choose from (?P<choices>.+)\)"), "usage.choice"),
    (re.compile(r"invalid \w+ value: (?P<value>.+)"), "usage.value"),
    (re.compile(r"ambiguous option: (?P<value>.+) could match (?P<choices>.+)"), "usage.ambiguous"),
)
"""argparse's sentences, and ours"""
_ABOUT = re.compile(r"argument (?P<argument>[^:]+): (?P<rest>.+)", re.DOTALL)


def parser_class(say: Say) -> type[argparse.ArgumentParser]:
    """Return a parser that speaks `say`; its subparsers are of the same class."""

    class Formatter(argparse.HelpFormatter):
        def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401 - passed on
            super().add_usage(usage, actions, groups, f"{say('usage.usage')} " if prefix is None else prefix)

    class Speaking(argparse.ArgumentParser):
        def __init__(self, **given: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(**{"formatter_class": Formatter, "add_help": False, **given})
            self._positionals.title = say("usage.arguments")
            self._optionals.title = say("usage.options")
            self.add_argument("-h", "--help", action="help", help=say("usage.help"))

        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            more = say("usage.more", command=self.prog)
            self.exit(_USAGE, f"{say('word.error')}: {wrong_use(message, say)}. {more}\n")

    return Speaking


def wrong_use(message: str, say: Say) -> str:
    """Return what argparse says is wrong in the reader's language; a sentence that is not known stays as it is."""
    if about := _ABOUT.fullmatch(message):
        return f"{about['argument']}: {wrong_use(about['rest'], say)}"
    for pattern, key in _SAID:
        if found := pattern.fullmatch(message):
            return say(key, **{name: told.replace("'", "") for name, told in found.groupdict().items()})
    return message
