"""Whatever the served schema allows, and what it does not, is asked: no server fails, and every answer is one that the schema knows.

`make test` asks a little of every operation, `make test-api` much more (SOHOA_TEST_EXAMPLES of each).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.settings import load_settings
from pipeline.domain.ids import DossierCode
from tests.web.api.served import registered, served
from tests.web.issued import issue, sign
from tests.web.shelved import OURS, shelve
from tests.web.street import LAN, open_street
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.enable_socket, pytest.mark.services, pytest.mark.slow]

EXAMPLES = int(os.environ.get("SOHOA_TEST_EXAMPLES", "5"))
DOSSIER = DossierCode("H42.12-260131-0001")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PURPOSE = {
    "Sohoa-Purpose": "Kiem tra",
    "Sohoa-Legal-Basis": "dossier",
    "Sohoa-Requester": "thu",
    "Sohoa-Dossier": DOSSIER,
}
_SECONDS = 30


@dataclass(frozen=True)
class Target:
    """A served office in which something is kept, and what it says of itself."""

    address: str
    schema: schemathesis.schemas.BaseSchema
    session: requests.Session
    real: Mapping[str, str]
    """names of parameters to values under which something is found"""


class WrongAnswer(AssertionError):
    """An answer that the schema does not know: how it was asked for, and what came."""


@pytest.fixture(scope="module")
def target(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("asked") / "home")
    environment = {
        "SOHOA_HOME": str(home),
        "SOHOA_OFFICE__AGENCY": OURS,
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_API__REQUESTS_PER_MINUTE": "1000000",
        "SOHOA_WEBHOOKS__HOSTS": "127.0.0.1",
        "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
    }
    with contextlib.ExitStack() as stack:
        office = stack.enter_context(open_office(load_settings(environment), with_prefect=False))
        real = _filled(office)
        address = stack.enter_context(served(office))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        name, secret = registered(office, agencies=frozenset({OURS, ""}))
        given = session.post(
            f"{address}/api/v1/oauth/token", {"grant_type": "client_credentials"}, auth=(name, secret), timeout=_SECONDS
        )
        session.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
        drawn = session.get(f"{address}/api/v1/openapi.json", timeout=_SECONDS).json()
        intake = session.post(
            f"{address}/api/v1/intakes",
            json={"agency": OURS},
            headers={"Idempotency-Key": "schemathesis"},
            timeout=_SECONDS,
        )
        assert intake.status_code == 201, intake.text
        webhook = session.post(
            f"{address}/api/v1/webhooks",
            json={"address": "https://127.0.0.1/"},
            headers={"Idempotency-Key": "schemathesis-2"},
            timeout=_SECONDS,
        )
        assert webhook.status_code == 201, webhook.text
        schema = schemathesis.openapi.from_dict(drawn)
        yield Target(address, schema, session, {**real, "intake": intake.json()["id"], "webhook": webhook.json()["id"]})


def _filled(office: Office) -> Mapping[str, str]:
    """Keep papers, a signed result, and an owner's papers; return how they are found."""
    document = shelve(office, dossier=DOSSIER, fields={"code_number": "12"})
    (result,) = issue(office, dossier=DOSSIER)
    sign(office, [result.document])
    street = open_street(office)
    found = office.services.library.document(document)
    assert found is not None
    source = office.services.listings.batches.sources(found[0], limit=1)[0]
    return {
        "document": result.document,
        "dossier": DOSSIER,
        "batch": found[0],
        "sha256": source.outcome.sha256,
        "code": result.code,
        "kind": "cccd",
        "number": LAN,
        "holding": street.held["mine"].id,
        "name": "code_number",
    }


def _asked_of(operation: APIOperation[Any, Any, Any, Any], target: Target, mode: GenerationMode) -> None:
    """Ask an operation, with ids under which something is found now and then."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="SOHOA_TEST_EXAMPLES" not in os.environ,  # the same every time, unless somebody looks further
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def ask(case: schemathesis.Case[Any], is_real: bool) -> None:  # noqa: FBT001 - as hypothesis gives it
        if mode is GenerationMode.POSITIVE and is_real:
            for name in case.path_parameters:
                case.path_parameters[name] = target.real.get(name, case.path_parameters[name])
            case.headers.update({name: value for name, value in PURPOSE.items() if name in case.headers})
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        answer = case.call(base_url=f"{target.address}/api/v1", session=target.session, timeout=_SECONDS)
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseExceptionGroup as failures:
            raise WrongAnswer(f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:500]}") from failures

    ask()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_answers_as_the_schema_says(target: Target, mode: GenerationMode) -> None:
    wrong = {}
    asked = 0
    for found in target.schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        asked += 1
        try:
            _asked_of(operation, target, mode)
        except hypothesis.errors.Unsatisfiable:  # there is nothing that it could be asked wrongly
            assert mode is GenerationMode.NEGATIVE, operation.label
        except WrongAnswer as error:  # all operations are asked, and told of together
            reasons = error.__cause__.exceptions if isinstance(error.__cause__, BaseExceptionGroup) else ()
            wrong[operation.label] = "\n".join([str(error), *(str(each)[:1000] for each in reasons)])
    assert asked > 40
    assert not wrong, "\n\n".join(f"=== {label}\n{text}" for label, text in wrong.items())
