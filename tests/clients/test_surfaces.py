"""Both clients can do the same, and say so."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import sohoa_client
from sohoa_client import AsyncSohoa, Sohoa
from sohoa_client.calls import batches, events, owners, papers

FOLDER = Path(sohoa_client.__file__).parent


def described() -> dict[str, Callable[..., object]]:
    """Return the descriptions of operations, by the names of their methods."""
    return {
        name: value
        for module in (batches, papers, owners, events)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def methods(of: type) -> set[str]:
    return {name for name, value in vars(of).items() if inspect.isfunction(value) and not name.startswith("_")}


def test_both_clients_have_all_that_is_described() -> None:
    own = {"close", "purpose"}
    assert methods(Sohoa) - own == methods(AsyncSohoa) - own == set(described())


def test_methods_say_what_they_take_and_do() -> None:
    for name, describe in described().items():
        for client in (Sohoa, AsyncSohoa):
            method = getattr(client, name)
            assert method.__doc__, name
            shown = list(inspect.signature(method).parameters)
            assert shown == ["self", *inspect.signature(describe).parameters]


def test_the_package_runs_on_python_3_10() -> None:
    for path in FOLDER.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))


def test_the_package_imports_nothing_but_httpx_and_what_comes_with_it() -> None:
    imported = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"sohoa_client"}
    assert foreign == {"httpx", "anyio", "typing_extensions"}


def test_importing_it_opens_nothing() -> None:
    code = "import sohoa_client, sys; assert not {'socket_opened'} & set(sys.modules); sohoa_client.Sohoa('http://x', token='t').close()"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
