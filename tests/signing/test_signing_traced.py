"""A signing as its trace shows it: the order, its time stamps, how each document ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.e2e.papers import home_with_papers
from tests.servers.otlp_collector import otlp_collector

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


def test_time_stamps_and_ends_of_documents_belong_to_the_trace_of_the_signing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    documents = home_with_papers(home, 2)
    with otlp_collector() as collector:
        office = Office(home=home, settings={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint})
        signed = office.run("sign", *documents, "--role", "copy", "--level", "B-T", "--json")
    assert signed.returncode == 0, signed.stderr
    assert len(json.loads(signed.stdout)) == len(documents)
    root = next(each for each in collector.spans if each.name == "sign")
    below = collector.trace(root.trace)
    assert {each.parent for each in below if each is not root} == {root.id}
    ended = [each for each in below if each.name == "sign document"]
    assert {each.attributes["sohoa.document"] for each in ended} == set(documents)
    assert {each.attributes["sohoa.ended"] for each in ended} == {"signed"}
    stamps = [each for each in below if each.name == "time stamp"]
    assert len(stamps) >= len(documents)
    # the clock of the SDK and the machine's may be some microseconds apart
    assert all(root.began - 0.01 <= each.began <= each.ended <= root.ended + 0.01 for each in below)


def test_nothing_waits_for_a_collector_that_is_not_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (document,) = home_with_papers(home, 1)
    office = Office(home=home, settings={"SOHOA_TRACE__ENDPOINT": "http://127.0.0.1:9"})
    signed = office.run("sign", document, "--role", "copy", "--level", "B-B")
    assert signed.returncode == 0, signed.stderr
    assert "Traceback" not in signed.stderr
