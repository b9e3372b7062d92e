"""What deployments may name: commands and settings that exist."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

from app.cli.arguments import build_parser
from app.setting_groups import Language
from app.settings import PREFIX, setting_names

ROOT = Path(__file__).parents[2]
PROGRAMS = "/opt/sohoa/.venv/bin/"
"""where the program is installed, on a machine as in an image"""
PREFECT_SERVER = "flows.server"
"""passes its options on to `prefect server start`; asking for them takes some seconds"""
_OF_THE_SYSTEM = {"HOME", "LANG", "TMPDIR", "DO_NOT_TRACK", "TZ", "PYTHONDONTWRITEBYTECODE"}


def assert_is_a_command(words: list[str]) -> None:
    """Assert that a command line starts something that is there, with arguments that it takes."""
    program = words[0].removeprefix(PROGRAMS)
    if program == "sohoa":
        build_parser(Language.ENGLISH).parse_args(words[1:])  # ends the test where it is wrong use
    else:
        assert (program, words[1]) == ("python", "-m"), shlex.join(words)
        module = importlib.util.find_spec(words[2])
        assert module is not None, shlex.join(words)
        assert '__name__ == "__main__"' in Path(str(module.origin)).read_text(encoding="utf-8"), shlex.join(words)
        if words[2] == PREFECT_SERVER:
            _assert_prefect_takes(["server", "start", *words[3:]])


def _assert_prefect_takes(words: list[str]) -> None:
    names = [word for word in words if word.isalpha()]
    told = subprocess.run(
        [sys.executable, "-m", "prefect", *names, "--help"],
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr
    assert f"prefect {' '.join(names)} [" in told.stdout.lower(), told.stdout
    assert [word for word in words if word.startswith("--") and word not in told.stdout] == []


def unknown_variables(names: set[str]) -> set[str]:
    """Return those of `names` that neither the product nor Prefect nor the system knows."""
    from prefect.settings import Settings as PrefectSettings  # noqa: PLC0415 - only where a deployment is looked at
    from prefect.settings.legacy import _get_valid_setting_names  # noqa: PLC0415 - likewise

    ours = {PREFIX + name.upper().replace(".", "__") for name in setting_names()}
    return names - ours - _get_valid_setting_names(PrefectSettings) - _OF_THE_SYSTEM
