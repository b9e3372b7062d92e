"""Rules of the house that no linter knows, read off the syntax trees."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "storage", "signing", "flows", "app", "web")
CLIENT = "clients/python/sohoa_client"
"""a distribution of its own; it runs in other people's programs and reads their clock"""
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
SHAPELESS_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}

ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}
CLOCK = {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
CLOCK |= {"time.time", "time.time_ns", "time.localtime", "time.gmtime"}
CHANCE = {"uuid.uuid1", "uuid.uuid4", "os.urandom", "secrets"}
CHANCE |= {f"random.{function}" for function in ("choice", "randbytes", "randint", "random", "sample", "SystemRandom")}

# Adapters that own what they read, each with the reason. An entry that is no longer needed fails the test.
MAY_READ_ENVIRONMENT = {
    "pipeline/recognise/tesseract.py": "gives Tesseract its thread limit in the only way it takes one; decides nothing by it",
}
MAY_READ_CLOCK: dict[str, str] = {}
MAY_USE_CHANCE = {
    "signing/development.py": "passphrases of the development keys, which nobody must be able to foretell",
    "signing/timestamp_server.py": "serial numbers of time stamps, which must never come again (RFC 3161)",
}


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_too_long() -> None:
    too_long = {
        name(path): lines
        for path in python_files(*PACKAGES, CLIENT, "tests", "benchmarks", "scripts")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert too_long == {}


def test_no_function_is_too_long() -> None:
    too_long = {
        f"{name(path)}:{node.lineno} {node.name}": lines
        for path in python_files(*PACKAGES, CLIENT, "tests", "benchmarks", "scripts")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert too_long == {}


def test_every_module_is_named_after_what_it_does() -> None:
    shapeless = [
        name(path)
        for path in python_files(*PACKAGES, CLIENT)
        if SHAPELESS_NAMES & {path.stem, *path.relative_to(ROOT).parts}
    ]
    assert shapeless == []


def test_every_package_of_the_wheel_is_checked() -> None:
    """Every folder with modules in it belongs to the house or to its tests, benchmarks and scripts."""
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == set(PACKAGES)


def uses(tree: ast.Module, wanted: set[str]) -> list[tuple[int, str]]:
    """Return (line, full name) of everything in `wanted`, or below it, that a module uses; import aliases are followed."""
    meaning: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            meaning |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and _is_dotted(node):
            first, _, rest = ast.unparse(node).partition(".")
            full = ".".join(filter(None, (meaning.get(first), rest)))
            if first in meaning and any(f"{full}.".startswith(f"{one}.") for one in wanted):
                found.add((node.lineno, full))
    return sorted(found)


def _is_dotted(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_dotted(node.value))


def offences(wanted: set[str], *, allowed: dict[str, str]) -> list[str]:
    """Uses of `wanted` outside app/ and the allowed modules, and allowances that nobody needs."""
    outside_app = python_files(*(package for package in PACKAGES if package != "app"))
    using = {name(path): uses(tree_of(path), wanted) for path in outside_app}
    forbidden = [f"{module}:{line} {full}" for module in using.keys() - allowed.keys() for line, full in using[module]]
    return sorted(forbidden) + [f"{module}: allowed and not used" for module in allowed if not using.get(module)]


def test_the_environment_is_read_in_app_only() -> None:
    assert offences(ENVIRONMENT, allowed=MAY_READ_ENVIRONMENT) == []


def test_the_clock_is_passed_in() -> None:
    assert offences(CLOCK, allowed=MAY_READ_CLOCK) == []


def test_chance_is_passed_in() -> None:
    assert offences(CHANCE, allowed=MAY_USE_CHANCE) == []


def test_the_rules_see_what_they_forbid() -> None:
    """A rule that finds nothing proves nothing unless it finds what it is for, however it was imported."""
    module = """
import datetime as dt
import os
from os import getenv as ask
from uuid import uuid4
from time import monotonic

home, again = os.environ["HOME"], ask("HOME")
now = dt.datetime.now(dt.UTC)
later = now + dt.timedelta(1)
token = uuid4()
started = monotonic()
"""
    found = uses(ast.parse(module), ENVIRONMENT | CLOCK | CHANCE)
    assert found == [(8, "os.environ"), (8, "os.getenv"), (9, "datetime.datetime.now"), (11, "uuid.uuid4")]
