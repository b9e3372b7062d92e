"""Commands that ask the systems around, and what `sohoa doctor` says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main as command_line
from app.clock import SystemClock
from pipeline.domain.ids import content_hash
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.servers.other_systems import TOKEN, Fault, OtherSystems, other_systems

pytestmark = [pytest.mark.enable_socket]
NUMBER, DOSSIER = "001199000011", "H42.12-260131-0001"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def systems() -> Iterator[OtherSystems]:
    with other_systems() as started:
        yield started


@pytest.fixture
def run(
    tmp_path: Path, systems: OtherSystems, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    home, token = tmp_path / "home", tmp_path / "token"
    home.mkdir()
    token.write_text(TOKEN)
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    numbers = (Identifier(IdentifierKind.CCCD, NUMBER),)
    records.owners.register(Owner(id=OwnerId("o"), kind=OwnerKind.PERSON, name="Nguyễn Thị An", identifiers=numbers))
    records.close()
    monkeypatch.setenv("SOHOA_HOME", str(home))
    monkeypatch.setenv("SOHOA_LANGUAGE", "vi")
    for name in ("depository", "procedures"):
        prefix = f"SOHOA_CONNECTORS__{name.upper()}__"
        monkeypatch.setenv(f"{prefix}ADDRESS", f"{systems.address}/{name}")
        monkeypatch.setenv(f"{prefix}TOKEN_FILE", str(token))
    monkeypatch.setenv("SOHOA_CHANNELS__ZALO__SECRET_FILE", str(token))
    monkeypatch.setenv("SOHOA_CHANNELS__THU__SECRET_FILE", str(tmp_path / "none"))

    def run_(*words: str) -> tuple[int, str, str]:
        code = command_line.main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def answer(run: Run, *words: str) -> Any:  # noqa: ANN401 - JSON
    code, out, err = run(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_the_national_catalogue_is_compared_and_taken_over(run: Run, systems: OtherSystems) -> None:
    systems.procedures = [{"code": "1.000894", "name": "Đăng ký kết hôn", "field": "Hộ tịch", "since": "2026-01-01"}]
    assert answer(run, "procedures", "refresh", "--dry-run")["changed"] == 0
    came = answer(run, "procedures", "refresh")
    assert (came["changed"], [each["change"] for each in came["changes"]]) == (1, ["new"])
    assert answer(run, "procedures", "refresh")["changed"] == 0
    assert [each["code"] for each in answer(run, "procedures", "list", "--on", "2026-02-01")] == ["1.000894"]
    systems.faults = [Fault.WRONG]
    code, _, err = run("procedures", "refresh")
    assert (code, "connector.garbled" in err) == (3, True)


def test_the_national_depository_is_looked_into(run: Run, systems: OtherSystems) -> None:
    data = b"%PDF-1.7 nobody signed this"
    systems.results = [{"code": "K1", "title": "Giấy khai sinh", "sha256": content_hash(data), "size": len(data)}]
    systems.files = {"K1": data}
    (found,) = answer(run, "depository", "look-up", NUMBER, "--dossier", DOSSIER)
    assert (found["code"], found["size"]) == ("K1", len(data))
    assert systems.bodies[-1]["owner"] == NUMBER
    assert "Giấy khai sinh" in run("depository", "look-up", NUMBER, "--dossier", DOSSIER)[1]
    code, _, err = run("depository", "look-up", NUMBER, "--dossier", DOSSIER, "--take", "K1")
    assert (code, "exchange.result_refused" in err) == (1, True)
    assert run("depository", "look-up", NUMBER)[0] == 2


def test_the_doctor_says_how_systems_answered_and_which_secret_is_missing(run: Run, systems: OtherSystems) -> None:
    systems.faults = [Fault.DOWN]
    run("procedures", "refresh")
    run("depository", "look-up", NUMBER, "--dossier", DOSSIER)
    found = {(each["check"], each["health"]) for each in json.loads(run("doctor", "--json")[1])}
    assert {("connector_procedures", "warning"), ("connector_depository", "ok")} <= found
    assert {("channel", "ok"), ("channel", "problem")} <= found
