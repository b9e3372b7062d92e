"""The compose file starts what exists, with settings that exist, without privileges and without secrets."""

from __future__ import annotations

import ast
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.deploy.product import PREFECT_SERVER, ROOT, assert_is_a_command, unknown_variables

FOLDER = ROOT / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "sohoa"}


def image(name: str = "Containerfile") -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def slow_where_prefect_is_asked(name: str) -> object:
    return pytest.param(name, marks=[pytest.mark.slow] if PREFECT_SERVER in SERVICES[name]["command"] else [])


@pytest.mark.parametrize("name", [slow_where_prefect_is_asked(name) for name in OURS])
def test_a_container_starts_a_command_of_the_product(name: str) -> None:
    assert_is_a_command([str(word) for word in OURS[name]["command"]])


def test_what_is_asked_for_health_can_be_asked() -> None:
    for service in OURS.values():
        if "test" in service.get("healthcheck", {}):
            _, program, switch, question = service["healthcheck"]["test"]
            assert (program, switch) == ("/opt/sohoa/.venv/bin/python", "-c")
            ast.parse(question)


def test_every_variable_is_a_setting() -> None:
    named = set().union(*(service.get("environment", {}) for service in OURS.values()))
    assert {"SOHOA_WEB__PROXIES", "PREFECT_HOME"} <= named
    assert unknown_variables(named) == set()
    assert unknown_variables(set(re.findall(r"\b(?:SOHOA|PREFECT)_\w+(?==)", image()))) == set()


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_privileges(name: str) -> None:
    service = SERVICES[name]
    account, _, group = service["user"].partition(":")
    assert int(account) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_every_container_is_asked_how_it_does() -> None:
    assert [name for name, service in SERVICES.items() if "test" not in service["healthcheck"]] == []


def test_everything_that_is_named_is_declared() -> None:
    for service in SERVICES.values():
        secrets = {each if isinstance(each, str) else each["source"] for each in service.get("secrets", [])}
        assert secrets <= COMPOSE["secrets"].keys()
        assert set(service["networks"]) <= COMPOSE["networks"].keys()
        assert set(service.get("depends_on", [])) <= SERVICES.keys()
        for place in service.get("volumes", []):
            source = place.partition(":")[0]
            if source.startswith("./"):
                assert (FOLDER / source).is_file()
            else:  # of no name: a volume of this container's own
                assert source in COMPOSE["volumes"] or source == place


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "proxy": ["443:8443"]
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_what_is_worked_on_lies_on_a_disk() -> None:
    """In memory there would be less room than `room.disk_mib` asks for, and no work would ever begin."""
    for name in ("web", "worker"):
        assert OURS[name]["environment"]["TMPDIR"] in OURS[name]["volumes"]


def test_the_proxy_whose_word_counts_is_the_one_in_front() -> None:
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["web"]["environment"]["SOHOA_WEB__PROXIES"] == address


def test_the_proxy_lets_the_largest_piece_of_a_scan_through() -> None:
    (size,) = re.findall(r"client_max_body_size (\d+)m;", image("nginx.conf"))
    (most,) = (
        each.le for each in type(Settings(home=Path()).intake).model_fields["chunk_mib"].metadata if hasattr(each, "le")
    )
    assert int(size) > most


def test_what_an_image_copies_is_there_and_holds_no_secret() -> None:
    kept = [line[1:] for line in image("Containerfile.dockerignore").splitlines() if line.startswith("!")]
    assert [name for name in kept if not (ROOT / name).exists()] == []
    assert not {"deploy", ".state", ".git", ".demo"} & set(kept)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(packages["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= set(kept)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The folder after `./secrets.sh`."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = Path(shutil.copytree(FOLDER, tmp_path / "compose", ignore=shutil.ignore_patterns("secrets", ".env")))
    make_secrets(folder)
    return folder


def make_secrets(folder: Path) -> None:
    subprocess.run([folder / "secrets.sh", "sohoa.example.vn"], check=True, timeout=60)


@pytest.mark.tools
def test_all_secrets_are_made_and_never_made_again(made: Path) -> None:
    files = {path: path.read_bytes() for path in (made / "secrets").iterdir()}
    for secret in COMPOSE["secrets"].values():
        assert files[made / secret["file"]]
    for service in OURS.values():
        assert all((made / name).is_file() for name in service.get("env_file", []))
    assert stat.S_IMODE((made / "secrets").stat().st_mode) == 0o700
    make_secrets(made)
    assert {path: path.read_bytes() for path in (made / "secrets").iterdir()} == files


@pytest.mark.tools
def test_the_made_settings_are_settings(made: Path) -> None:
    values = tomllib.loads((made / "secrets" / "sohoa.toml").read_text(encoding="utf-8"))
    settings = Settings.model_validate({"home": made, **values})
    password = (made / "secrets" / "records").read_text(encoding="ascii")
    assert f"sohoa:{password}@postgres:5432/sohoa" in settings.records_url
    for name in ("orchestrator.env", "clients.env"):
        lines = (made / "secrets" / name).read_text(encoding="ascii").splitlines()
        assert unknown_variables({line.partition("=")[0] for line in lines}) == set()


@pytest.mark.tools
def test_no_secret_is_in_a_file_of_the_repository(made: Path) -> None:
    secrets = [path.read_text(encoding="ascii") for path in (made / "secrets").iterdir() if not path.suffix]
    assert len(set(secrets)) == len(secrets) >= 6
    for path in FOLDER.glob("*"):
        if path.is_file() and path.name != ".env":
            text = path.read_text(encoding="utf-8")
            assert not any(secret in text for secret in secrets)
