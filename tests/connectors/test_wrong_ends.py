"""Answers that end too early, and servers that are not who they say: nothing of them is used, and nothing is told to them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from app.connector_settings import ConnectorSettings
from app.connectors.opening import open_connectors
from pipeline.connector_ports import Connectors
from pipeline.domain.exchange import ConnectorState, Match, OtherSystem, PersonQuestion, ResultQuestion
from pipeline.domain.exchange_errors import ConnectorGarbled, ConnectorUnavailable
from pipeline.domain.ids import DossierCode, content_hash
from pipeline.understand.catalogue import load_types
from tests.connectors.conftest import SetClock
from tests.servers.other_systems import TOKEN, Fault, OtherSystems, other_systems
from tests.servers.webhook_receiver import make_certificate

pytestmark = [pytest.mark.enable_socket]
NUMBER = "001199000011"
DOSSIER = DossierCode("H42.12-260201-0001")
QUESTION = PersonQuestion(personal_id=NUMBER, name="Nguyễn Thị An")


def test_an_answer_that_ends_too_early_is_none(connectors: Connectors, systems: OtherSystems) -> None:
    systems.people[NUMBER] = {"name": "Nguyễn Thị An"}
    systems.known[DOSSIER] = {"code": DOSSIER}
    systems.faults = [Fault.TRUNCATED, Fault.CUT_OFF, Fault.TRUNCATED]
    with pytest.raises(ConnectorGarbled):
        connectors.population.confirm(QUESTION)
    with pytest.raises(ConnectorUnavailable):
        connectors.population.confirm(QUESTION)
    with pytest.raises(ConnectorGarbled):
        connectors.one_stop.dossier(DOSSIER)
    assert connectors.population.confirm(QUESTION).name is Match.SAME  # no half answer was remembered


def test_a_file_that_ends_too_early_is_none(connectors: Connectors, systems: OtherSystems) -> None:
    data = b"%PDF-1.7 " + b"x" * 100_000
    systems.results = [{"code": "K1", "title": "t", "sha256": content_hash(data), "size": len(data)}]
    systems.files = {"K1": data}
    (offered,) = connectors.depository.look_up(ResultQuestion(owner=NUMBER, purpose="thử"))
    for fault, error in ((Fault.TRUNCATED, ConnectorGarbled), (Fault.CUT_OFF, ConnectorUnavailable)):
        systems.faults = [fault]
        with pytest.raises(error), connectors.depository.fetch(offered):
            pytest.fail("half a file was given")
    with connectors.depository.fetch(offered) as file:
        assert file.read() == data


@pytest.mark.parametrize(
    ("names", "expired", "believed"),
    [
        (("localhost",), False, True),
        (("localhost",), True, True),
        (("khac.example",), False, True),
        (("localhost",), False, False),
    ],
    ids=["right", "expired", "other_name", "unknown"],
)
def test_only_a_server_that_proves_itself_is_told_anything(
    tmp_path: Path,
    clock: SetClock,
    names: tuple[str, ...],
    expired: bool,  # noqa: FBT001 - a case
    believed: bool,  # noqa: FBT001 - a case
) -> None:
    certificate = make_certificate(tmp_path, *names, expired=expired)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    is_right = names == ("localhost",) and not expired and believed
    with other_systems(certificate=certificate) as systems:
        systems.people[NUMBER] = {"name": "Nguyễn Thị An"}
        settings = ConnectorSettings(
            address=f"{systems.address}/population", token_file=token, certificates=certificate if believed else None
        )
        with open_connectors({OtherSystem.POPULATION: settings}, types=load_types(), clock=clock) as others:
            if is_right:
                assert others.population.confirm(QUESTION).personal_id is Match.SAME
            else:
                with pytest.raises(ConnectorUnavailable):
                    others.population.confirm(QUESTION)
        assert len(systems.asked) == int(is_right)


def test_how_a_system_answers_is_noted_without_what_was_asked(
    systems: OtherSystems, clock: SetClock, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    noted: list[ConnectorState] = []
    settings = ConnectorSettings(
        address=f"{systems.address}/population", token_file=token, failures=2, cache_minutes=0, pause_seconds=60
    )
    began = clock.time
    with open_connectors(
        {OtherSystem.POPULATION: settings}, types=load_types(), clock=clock, note=noted.append
    ) as others:
        systems.faults = [Fault.DOWN, Fault.HANGS_UP]
        for _ in range(3):
            with pytest.raises(ConnectorUnavailable):
                others.population.confirm(QUESTION)
        clock.time += dt.timedelta(minutes=2)
        for _ in range(3):
            others.population.confirm(QUESTION)
    assert [(each.failures, each.paused_until is not None, each.answered_at is not None) for each in noted] == [
        (1, False, False),
        (2, True, False),
        (0, False, True),  # of those that follow within a minute nothing is noted
    ]
    assert noted[1].paused_until == began + dt.timedelta(seconds=60)
    assert NUMBER not in json.dumps([each.reason for each in noted])
