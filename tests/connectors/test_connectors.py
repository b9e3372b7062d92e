"""The systems around this one over real HTTP: what they say is understood, and what they do wrong does no harm."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.connector_settings import ConnectorSettings
from pipeline.connector_ports import Connectors
from pipeline.domain.errors import SohoaError
from pipeline.domain.exchange import (
    DigitizedNotice,
    ExpectedComponent,
    KnownDossier,
    Match,
    OfferedResult,
    PersonQuestion,
    PersonVerdict,
    Reception,
    ResultQuestion,
)
from pipeline.domain.exchange_errors import (
    ConnectorGarbled,
    ConnectorNotSet,
    ConnectorRefused,
    ConnectorUnavailable,
)
from pipeline.domain.ids import DossierCode, content_hash
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from tests.connectors.conftest import Opened, SetClock
from tests.servers.other_systems import TOKEN, Fault, OtherSystems

pytestmark = [pytest.mark.enable_socket]
DOSSIER = DossierCode("H42.12-260201-0001")
# synthetic: a personal number of a woman born 1999 in Hà Nội, after domain rules of Luật Căn cước 26/2023 art. 12
AN = PersonQuestion(personal_id="001199000011", name="Nguyễn Thị An", birth_date="1999-01-01", sex="Nữ")
PDF = b"%PDF-1.7 a result"
OFFERED = OfferedResult(code="H42-KQ1", title="Giấy khai sinh", sha256=content_hash(PDF), size=len(PDF))

ASK: dict[str, Callable[[Connectors], object]] = {
    "portal": lambda found: found.portal.send(b'[{"MaHoSo": "H42"}]', update=False),
    "population": lambda found: found.population.confirm(AN),
    "procedures": lambda found: found.procedures.procedures(),
    "one_stop": lambda found: found.one_stop.dossier(DOSSIER),
    "depository": lambda found: found.depository.look_up(ResultQuestion(owner="001199000011", purpose="p")),
}


# --- what they say ---------------------------------------------------------------------------------------------------------


def test_the_portal_creates_and_updates(connectors: Connectors, systems: OtherSystems) -> None:
    message = b'[{"MaHoSo": "H42"}]'
    assert connectors.portal.send(message, update=False).reception is Reception.TAKEN
    assert connectors.portal.send(message, update=False).reception is Reception.THERE_ALREADY
    assert connectors.portal.send(message, update=True).reception is Reception.TAKEN
    assert systems.dossiers == {"H42": {"MaHoSo": "H42"}}


def test_the_register_says_same_or_different_and_nothing_else(connectors: Connectors, systems: OtherSystems) -> None:
    systems.people[AN.personal_id] = {"name": "Nguyễn Thị An", "birth_date": "1999-01-02"}
    verdict = connectors.population.confirm(AN)
    assert verdict == PersonVerdict(
        personal_id=Match.SAME, name=Match.SAME, birth_date=Match.DIFFERENT, sex=Match.DIFFERENT
    )
    unknown = PersonQuestion(personal_id="001199000029", name="Trần Văn B")
    assert connectors.population.confirm(unknown) == PersonVerdict(personal_id=Match.DIFFERENT)
    assert systems.bodies[-1] == {"personal_id": "001199000029", "name": "Trần Văn B"}


def test_an_answer_is_given_again_until_it_is_old(
    connectors: Connectors, systems: OtherSystems, clock: SetClock
) -> None:
    systems.people[AN.personal_id] = {}
    first = connectors.population.confirm(AN)
    systems.people[AN.personal_id] = {"name": AN.name}
    assert connectors.population.confirm(AN) == first
    assert len(systems.asked) == 1
    clock.time += dt.timedelta(minutes=15)
    assert connectors.population.confirm(AN).name is Match.SAME


def test_no_answer_is_remembered_where_none_shall_be(opened: Opened, systems: OtherSystems) -> None:
    with opened(cache_minutes=0) as connectors:
        for _ in range(2):
            connectors.population.confirm(AN)
    assert len(systems.asked) == 2


def test_procedures_come_in_editions_with_types_that_are_known_here(
    connectors: Connectors, systems: OtherSystems
) -> None:
    systems.procedures = [
        {
            "code": "1.000894.000.00.00.H42",
            "name": "Đăng ký kết hôn",
            "field": "Hộ tịch",
            "since": "2026-01-01",
            "results": ["KQ.G15.000032", "KQ.G15.999999"],
            "components": [{"code": "TP1", "name": "Tờ khai", "types": ["don_de_nghi"], "required": False}],
            "anything": "else",
        }
    ]
    (found,) = connectors.procedures.procedures()
    assert found == Procedure(
        code=ProcedureCode("1.000894"),
        name="Đăng ký kết hôn",
        field="Hộ tịch",
        since=dt.date(2026, 1, 1),
        results=("giay_ket_hon",),  # type: ignore[arg-type]
        components=(Component(code="TP1", name="Tờ khai", types=("don_de_nghi",), required=False),),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "none"},
        {"since": "01/01/2026"},
        {"until": "2025-01-01"},
        {"components": [{"code": "a", "name": ""}, {"code": "a", "name": ""}]},
    ],
)
def test_a_catalogue_with_something_wrong_in_it_is_not_used(
    connectors: Connectors, systems: OtherSystems, wrong: dict[str, Any]
) -> None:
    systems.procedures = [{"code": "1.000894", "name": "", "field": "", "since": "2026-01-01", **wrong}]
    with pytest.raises(ConnectorGarbled):
        connectors.procedures.procedures()


def test_the_one_stop_system_knows_dossiers_and_what_they_wait_for(
    connectors: Connectors, systems: OtherSystems
) -> None:
    assert connectors.one_stop.dossier(DOSSIER) is None
    component = {"code": "TP1", "name": "Tờ khai", "digitized": True}
    systems.known[DOSSIER] = {"code": DOSSIER, "procedure": "1.000894", "components": [component]}
    assert connectors.one_stop.dossier(DOSSIER) == KnownDossier(
        code=DOSSIER,
        procedure="1.000894",
        components=(ExpectedComponent(code="TP1", name="Tờ khai", is_digitized=True),),
    )
    systems.known[DOSSIER]["code"] = "another"
    with pytest.raises(ConnectorGarbled):
        connectors.one_stop.dossier(DOSSIER)


def test_that_papers_are_digitized_may_be_told_twice(connectors: Connectors, systems: OtherSystems) -> None:
    at = dt.datetime(2026, 2, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    notice = DigitizedNotice(id="n-1", dossier=DOSSIER, documents={"d-1": content_hash(PDF)}, at=at)
    systems.faults = [Fault.LOST_ANSWER]
    with pytest.raises(ConnectorUnavailable):
        connectors.one_stop.digitized(notice)
    connectors.one_stop.digitized(notice)
    told = {"id": "n-1", "dossier": DOSSIER, "at": "2026-02-01T01:00:00Z"}
    assert systems.notices == {"n-1": {**told, "documents": [{"id": "d-1", "sha256": content_hash(PDF)}]}}


def offer(systems: OtherSystems, **changes: object) -> None:
    plain = {"code": "H42-KQ1", "title": "Giấy khai sinh", "sha256": content_hash(PDF), "size": len(PDF)}
    systems.results.append({**plain, **changes})
    systems.files["H42-KQ1"] = PDF


def test_results_are_looked_up_and_fetched_whole(connectors: Connectors, systems: OtherSystems) -> None:
    offer(systems)
    offer(systems)  # named twice
    question = ResultQuestion(owner="001199000011", procedure="1.000894", requester="lan", purpose="Hồ sơ H42")
    assert list(connectors.depository.look_up(question)) == [OFFERED]
    with connectors.depository.fetch(OFFERED) as file:
        assert file.read() == PDF
    assert "001199000011" not in str(systems.asked)  # in no address, and so in no log of addresses


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 63}, {"size": 0}, {"size": 1 << 40}, {"code": ""}])
def test_results_that_cannot_be_checked_are_not_offered(
    connectors: Connectors, systems: OtherSystems, wrong: dict[str, object]
) -> None:
    offer(systems, **wrong)
    with pytest.raises(ConnectorGarbled):
        ASK["depository"](connectors)


def test_two_results_of_one_code_are_not_believed(connectors: Connectors, systems: OtherSystems) -> None:
    offer(systems)
    offer(systems, sha256=content_hash(b"other"))
    with pytest.raises(ConnectorGarbled):
        ASK["depository"](connectors)


@pytest.mark.parametrize("file", [PDF[:-1], PDF + b"x", PDF[:-1] + b"X", b""])
def test_a_file_that_is_not_what_was_said_is_not_handed_on(
    connectors: Connectors, systems: OtherSystems, file: bytes
) -> None:
    systems.files["H42-KQ1"] = file
    with pytest.raises(ConnectorGarbled), connectors.depository.fetch(OFFERED):
        pytest.fail("somebody saw it")


def test_codes_are_parts_of_paths_and_lead_nowhere_else(connectors: Connectors, systems: OtherSystems) -> None:
    assert connectors.one_stop.dossier(DossierCode("../../portal?x=1#y")) is None
    assert systems.asked == [("GET", "/one-stop/dossiers/..%2F..%2Fportal%3Fx%3D1%23y")]


# --- what goes wrong -------------------------------------------------------------------------------------------------------

WRONG: dict[Fault, type[SohoaError]] = {
    Fault.SLOW: ConnectorUnavailable,
    Fault.DOWN: ConnectorUnavailable,
    Fault.HANGS_UP: ConnectorUnavailable,
    Fault.GARBLED: ConnectorGarbled,
    Fault.WRONG: ConnectorGarbled,
    Fault.ENDLESS: ConnectorGarbled,
    Fault.REDIRECT: ConnectorRefused,
    Fault.FORBIDDEN: ConnectorRefused,
}


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("system", ASK)
def test_every_fault_has_its_name_and_the_next_question_its_answer(
    opened: Opened, systems: OtherSystems, system: str, fault: Fault
) -> None:
    systems.faults = [fault]
    began = time.monotonic()
    with opened(seconds=0.7 if fault is Fault.SLOW else 10) as hasty, pytest.raises(WRONG[fault]) as failure:
        ASK[system](hasty)
    assert time.monotonic() - began < 9
    assert "inner" not in str(systems.asked)  # no redirect was followed
    assert TOKEN not in str(failure.value)
    with opened() as connectors:
        ASK[system](connectors)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.HANGS_UP])
def test_who_fails_again_and_again_is_left_alone_for_a_while(
    connectors: Connectors, systems: OtherSystems, clock: SetClock, fault: Fault
) -> None:
    systems.faults = [fault] * 6
    for _ in range(5):
        with pytest.raises(ConnectorUnavailable):
            ASK["one_stop"](connectors)
    with pytest.raises(ConnectorUnavailable) as refusal:
        ASK["one_stop"](connectors)
    assert refusal.value.details["reason"] == "paused"
    assert len(systems.asked) == 5
    clock.time += dt.timedelta(seconds=60)
    with pytest.raises(ConnectorUnavailable):  # one question goes through, and fails
        ASK["one_stop"](connectors)
    with pytest.raises(ConnectorUnavailable):
        ASK["one_stop"](connectors)
    assert len(systems.asked) == 6
    clock.time += dt.timedelta(seconds=60)
    assert ASK["one_stop"](connectors) is None
    assert ASK["one_stop"](connectors) is None


def test_a_success_in_between_starts_the_count_again(connectors: Connectors, systems: OtherSystems) -> None:
    for _ in range(3):
        systems.faults = [Fault.DOWN] * 4
        for _ in range(4):
            with pytest.raises(ConnectorUnavailable):
                ASK["one_stop"](connectors)
        ASK["one_stop"](connectors)


def test_failures_are_not_remembered_as_answers(connectors: Connectors, systems: OtherSystems) -> None:
    systems.faults = [Fault.DOWN]
    systems.people[AN.personal_id] = {"name": AN.name}
    with pytest.raises(ConnectorUnavailable):
        connectors.population.confirm(AN)
    assert connectors.population.confirm(AN).name is Match.SAME


def test_a_system_that_is_not_set_says_so(opened: Opened, systems: OtherSystems) -> None:
    with opened(address="") as connectors:
        for ask in ASK.values():
            with pytest.raises(ConnectorNotSet):
                ask(connectors)
    assert systems.asked == []


def test_a_wrong_or_missing_token_is_refused_and_never_told(
    opened: Opened, systems: OtherSystems, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("bí mật sai\n", encoding="utf-8")
    for file in (wrong, tmp_path / "none"):
        with opened(token_file=file) as connectors, pytest.raises(ConnectorRefused) as refusal:
            ASK["population"](connectors)
        assert "sai" not in str(refusal.value)


def test_nothing_secret_or_personal_is_logged(
    connectors: Connectors, systems: OtherSystems, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    systems.faults = [Fault.GARBLED]
    with pytest.raises(ConnectorGarbled) as failure:
        connectors.population.confirm(AN)
    connectors.population.confirm(AN)
    for secret in (TOKEN, AN.personal_id, AN.name):
        assert secret not in caplog.text
        assert secret not in str(failure.value)
        assert secret not in repr(AN)


@pytest.mark.parametrize(
    ("address", "taken"), [("http://lgsp.example.vn/dancu", False), ("https://lgsp.example.vn", True)]
)
def test_nothing_goes_over_the_network_in_the_clear_unless_somebody_says_so(address: str, taken: bool) -> None:  # noqa: FBT001 - a case
    if taken:
        assert ConnectorSettings(address=address).address == address
    else:
        with pytest.raises(ValidationError):
            ConnectorSettings(address=address)
        assert ConnectorSettings(address=address, plain=True).address == address
