"""What every command gets: settings, language, streams."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from rich.console import Console

from app.language import Say, say_error
from app.settings import Provenance, Settings
from pipeline.domain.audit import Author
from pipeline.domain.errors import BadSettings, SohoaError


class ExitCode(IntEnum):
    """What the command line ends with."""

    DONE = 0
    """all done"""
    SOME = 1
    """done, but some items need a person or failed; they are named on stderr"""
    USAGE = 2
    """wrong use"""
    NOTHING = 3
    """nothing could be done"""


class PlainConsole(Console):
    """A console that prints text as it is: no brackets are taken for markup, no numbers are coloured."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Leave it to whoever runs the command: a reader that has seen enough is no failure."""
        raise BrokenPipeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run of the command line."""

    provenance: Provenance
    author: Author
    """who runs it"""
    say: Say
    out: PlainConsole
    """stdout: results only, so that they can be piped"""
    err: PlainConsole
    """stderr: progress, notes, errors"""

    @property
    def settings(self) -> Settings:
        """Settings in force."""
        return self.provenance.settings

    def tell(self, key: str, **details: object) -> None:
        """Say a result, on stdout."""
        self.out.print(self.say(key, **details), soft_wrap=True)

    def note(self, key: str, **details: object) -> None:
        """Say something beside the result, on stderr."""
        self.err.print(self.say(key, **details), soft_wrap=True)

    def complain(self, error: SohoaError) -> None:
        """Say what went wrong, with its code, on stderr."""
        if isinstance(error, BadSettings):
            name = str(error.details.get("name", ""))
            said = [
                where for each, where in self.provenance.origins.items() if each == name or each.startswith(f"{name}.")
            ]
            error = BadSettings(**{"origin": ", ".join(said) or self.say("settings.default"), **error.details})
        self.err.print(f"{self.say('word.error')} [{error.code}]: {say_error(error, self.say)}", soft_wrap=True)

    def print_json(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Write JSON to stdout, unwrapped and uncoloured."""
        self.out.file.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
