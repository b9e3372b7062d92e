"""What was disposed of is neither corrected nor published any more, and what is left of it in depositories says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.errors import DocumentDisposed
from pipeline.domain.holding import HoldingState
from tests.storage.disposal_office import Office, open_office
from tests.storage.test_corrections_contract import corrected
from tests.storage.test_depository_contract import TEMPLATE, holding
from tests.storage.test_owners_contract import CCCD, person


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def test_a_disposed_paper_is_left_alone(office: Office) -> None:
    (document,) = office.keep(papers=1)
    desk = office.desk()
    owner = desk.owners.register(person(CCCD))
    desk.depository.place([holding(document, owner)], template=TEMPLATE)[0]
    found = desk.library.document(document)
    assert found is not None
    better, change = corrected(found[1], "một")
    desk.corrections.apply(better, [change], seen=1)
    office.carry_out(office.decide(office.propose().id).id)

    assert desk.corrections.changes(document) == ()
    (held,) = desk.depository.of(owner.id)
    assert held.state is HoldingState.DISPOSED
    with pytest.raises(DocumentDisposed):
        desk.corrections.apply(better, [replace(change, version=3)], seen=2)
    other = desk.owners.register(person(name="Ai khác", paper="hộ khẩu 1"))
    with pytest.raises(DocumentDisposed):
        desk.depository.place([holding(document, other)], template=TEMPLATE)[0]
