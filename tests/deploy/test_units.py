"""The systemd units start what exists, with settings that exist, and lock in what they start."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from app.orchestrator import prefect_environment
from app.settings import Settings
from tests.deploy.product import PREFECT_SERVER, PROGRAMS, ROOT, assert_is_a_command, unknown_variables
from tests.servers.required import give_up

UNITS = ROOT / "deploy" / "systemd"
COMMON = UNITS / "sohoa-.service.d" / "confined.conf"
SERVICES = sorted(UNITS.glob("*.service"))
HIGHEST_EXPOSURE = 2.0
"""of `systemd-analyze security`, from 0 (nothing is open to it) to 10; under 2 is its own word for 'OK'"""
SYSTEM_UNITS = Path("/lib/systemd/system")


def values(unit: Path, name: str) -> list[str]:
    """All values of a directive, in order."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)


def variables(unit: Path) -> set[str]:
    return {each.partition("=")[0] for line in values(unit, "Environment") for each in shlex.split(line)}


def slow_where_prefect_is_asked(unit: Path) -> object:
    asks = PREFECT_SERVER in unit.read_text(encoding="utf-8")
    return pytest.param(unit, id=unit.stem, marks=[pytest.mark.slow] if asks else [])


@pytest.mark.parametrize("unit", [slow_where_prefect_is_asked(unit) for unit in SERVICES])
def test_a_service_starts_a_command_of_the_product(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    assert command.startswith(PROGRAMS)
    assert_is_a_command(shlex.split(command))


def test_every_variable_is_a_setting() -> None:
    named = set().union(*map(variables, [COMMON, *SERVICES]))
    assert named
    assert unknown_variables(named) == set()


def test_every_server_of_prefect_keeps_who_has_a_place() -> None:
    name = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
    chosen = prefect_environment(Settings(home=Path("/var/lib/sohoa")))[name]
    assert importlib.import_module(chosen).ConcurrencyLeaseStorage
    assert f"{name}={chosen}" in values(UNITS / "sohoa-orchestrator.service", "Environment")
    assert f"{name}: {chosen} " in (ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8")


def test_what_waits_for_a_server_is_started_again_for_ever() -> None:
    for unit in SERVICES:
        if values(unit, "Type") != ["oneshot"]:
            assert (values(unit, "Restart"), values(unit, "StartLimitIntervalSec")) == (["always"], ["0"]), unit.name


def test_every_page_named_exists() -> None:
    for unit in SERVICES:
        (page,) = values(unit, "Documentation")
        assert (ROOT / page.removeprefix("file:///opt/sohoa/")).is_file(), unit.name


def test_readers_can_still_confine_themselves() -> None:
    """Without this call the filter of app/confinement.py would not be there, and nothing would say so."""
    assert any("seccomp" in line.split() for line in values(COMMON, "SystemCallFilter"))


def test_every_role_of_the_installer_has_its_unit() -> None:
    script = (UNITS / "install.sh").read_text(encoding="utf-8")
    (roles,) = re.findall(r"^        (office \|.*)\) units", script, flags=re.MULTILINE)
    assert {f"sohoa-{role.strip()}.service" for role in roles.split("|")} | {"sohoa-backup.service"} == {
        unit.name for unit in SERVICES
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root folder with our units, those of systemd, and programs that can be started."""
    if shutil.which("systemd-analyze") is None or not SYSTEM_UNITS.is_dir():
        give_up("systemd-analyze is not installed")
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, root / "etc" / "systemd" / "system")
    shutil.copytree(SYSTEM_UNITS, root / "usr" / "lib" / "systemd" / "system", symlinks=True)
    programs = root / PROGRAMS.strip("/")
    programs.mkdir(parents=True)
    for name in ("sohoa", "python"):
        (programs / name).touch(mode=0o755)
    return root


def analyze(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", f"--root={root}", *words], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.tools
def test_systemd_understands_every_line(installed: Path) -> None:
    units = [unit.name for unit in sorted([*SERVICES, *UNITS.glob("*.timer")])]
    assert analyze(installed, "verify", "--man=no", *units) == ""


@pytest.mark.tools
def test_systemd_names_what_it_does_not_understand(installed: Path) -> None:
    wrong = installed / "etc" / "systemd" / "system" / "sohoa-wrong.service"
    wrong.write_text(f"[Service]\nExecStart={PROGRAMS}nothing\nProtectEverything=yes\n", encoding="utf-8")
    told = analyze(installed, "verify", "--man=no", wrong.name)
    assert "ProtectEverything" in told
    assert "nothing" in told


@pytest.mark.tools
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_little_is_open_to_a_service(installed: Path, unit: Path) -> None:
    told = analyze(installed, "--offline=true", "security", unit.name)
    (exposure,) = re.findall(rf"exposure level for {unit.name}: (\d+\.\d+)", told)
    assert float(exposure) < HIGHEST_EXPOSURE
