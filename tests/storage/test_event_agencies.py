"""Events of papers that were replaced or disposed of are told to whom they were told before, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.event import EVERYBODY, Audience, Event
from pipeline.domain.ids import DocumentId
from pipeline.domain.search import Scope
from storage.records import Records
from storage.tables import batches
from tests.storage.disposal_office import Office, open_office
from tests.storage.telling import happens
from tests.storage.test_rearrange_contract import REFS, arranged, loaded, papers

__all__ = ["papers"]
MINE, THEIRS = Audience(Scope(frozenset({"H42.12"}))), Audience(Scope(frozenset({"H42.13", ""})))


def give_to(records: Records, agency: str) -> None:
    """Let all batches belong to an agency."""
    with records.engine.begin() as connection:
        connection.execute(sa.update(batches).values(agency=agency))


def told(records: Records, audience: Audience) -> list[Event]:
    return list(records.events.after(0, limit=1000, audience=audience))


def test_of_papers_that_were_replaced(records: Records, papers: tuple[DocumentId, ...]) -> None:
    give_to(records, "H42.12")
    records.arrangements.apply(arranged(records, loaded(records, papers[0]), REFS))
    happens(records, *papers)
    assert told(records, MINE) == told(records, EVERYBODY)
    assert {each.document for each in told(records, MINE)} > set(papers)
    assert told(records, THEIRS) == []


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def test_of_papers_that_were_disposed_of(office: Office) -> None:
    (document,) = office.keep(papers=1)
    desk = office.desk()
    give_to(desk, "H42.12")
    office.carry_out(office.decide(office.propose().id).id)
    assert {each.document for each in told(desk, MINE)} == {document}
    assert told(desk, MINE) == told(desk, EVERYBODY)
    assert told(desk, THEIRS) == []
