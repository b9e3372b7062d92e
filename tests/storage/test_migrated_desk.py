"""What an earlier version wrote can be corrected and published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.domain.correction import FieldChange
from pipeline.domain.ids import DocumentId, FieldName
from storage.database import connect
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.earlier import LETTER, PAPER, bring_to, fill_at_0003
from tests.storage.samples import field
from tests.storage.test_depository_contract import TEMPLATE, holding
from tests.storage.test_owners_contract import CCCD, person


@pytest.fixture
def upgraded(database_url: str, clock: SetClock) -> Iterator[Records]:
    engine = connect(database_url)
    bring_to(engine, "0003")
    fill_at_0003(engine)
    engine.dispose()
    records = open_records(database_url, clock=clock, author=CLERK)
    yield records
    records.close()


def test_a_paper_of_an_earlier_version_has_not_been_changed_and_can_be(upgraded: Records, clock: SetClock) -> None:
    found = upgraded.library.document(DocumentId(PAPER))
    assert found is not None
    paper, name = found[1], FieldName("subject")
    assert paper.version == 1
    after = field("Về việc thu hồi đất")
    better = replace(paper, understood=replace(paper.understood, fields={**paper.understood.fields, name: after}))
    change = FieldChange(
        document=paper.understood.id,
        version=2,
        name=name,
        before=paper.understood.fields[name],
        after=after,
        at=clock.now(),
        by="lan",
    )
    assert upgraded.corrections.apply(better, [change], seen=1).version == 2
    again = upgraded.library.document(DocumentId(PAPER))
    assert again is not None
    assert again[1] == replace(better, version=2)


def test_a_paper_of_an_earlier_version_can_be_published(upgraded: Records) -> None:
    owner = upgraded.owners.register(person(CCCD))
    placed = upgraded.depository.place([holding(DocumentId(LETTER), owner)], template=TEMPLATE)[0]
    assert upgraded.depository.of(owner.id) == (placed,)
