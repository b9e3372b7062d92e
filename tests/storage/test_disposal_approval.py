"""A list is carried out only if the trail tells of its approval: the daily account of the database is no second person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.disposal import DisposalId, ItemState, proposed
from pipeline.domain.errors import DisposalRefused
from pipeline.ports import Area
from storage.disposal_tables import disposal_items, disposals
from tests.storage.disposal_office import HOA, LAN, LATER, MINH, PROGRAM, Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def write(office: Office, *statements: sa.Executable) -> None:
    """Do what the database lets the account do that the program uses every day."""
    with office.desk().engine.begin() as connection:
        for each in statements:
            connection.execute(each)


def forged() -> sa.Update:
    return sa.update(disposals).values(state="approved", decided_by="minh", decided_at=LATER, decision_reason="Đã xem")


def refuses(office: Office, disposal: DisposalId) -> None:
    before = {(area, each.sha256) for area in Area for each in office.care.objects(area)}
    with pytest.raises(DisposalRefused) as raised:
        office.carry_out(disposal)
    assert raised.value.details["reason"] == "disposal_unproven"
    assert {(area, each.sha256) for area in Area for each in office.care.objects(area)} == before


def test_an_approval_written_into_the_table_does_not_count(office: Office) -> None:
    office.keep()
    disposal = office.propose()
    write(office, forged())
    refuses(office, disposal.id)


def test_a_whole_list_written_into_the_tables_does_not_count(office: Office) -> None:
    """Its id follows from what it says, and both people are named; nobody ever proposed it."""
    office.keep()
    disposal = office.propose()
    with office.desk().engine.connect() as connection:
        head = dict(connection.execute(sa.select(disposals)).mappings().one())
        entries = [dict(row) for row in connection.execute(sa.select(disposal_items)).mappings()]
    office.decide(disposal.id, approved=False)
    other = proposed(disposal.items, by=LAN, at=LATER, reason="khác")
    forged_head = {**head, "id": other.id, "created_at": LATER, "reason": "khác", "state": "approved"}
    with office.desk().engine.begin() as connection:
        connection.execute(sa.insert(disposals), {**forged_head, "decided_by": "minh"})
        rows = [{**each, "id": f"{other.id}/{each['position']}", "disposal": other.id} for each in entries]
        connection.execute(sa.insert(disposal_items), rows)
    refuses(office, other.id)


def test_a_forged_endorsement_does_not_count(office: Office) -> None:
    """What the program proposed takes two people: one of them made the other up."""
    office.keep()
    disposal = office.propose(PROGRAM)
    office.decide(disposal.id, MINH)
    write(office, forged().values(decided_by="hoa"))
    refuses(office, disposal.id)


def test_a_list_whose_approver_was_changed_is_not_carried_out(office: Office) -> None:
    office.keep()
    disposal = office.propose()
    office.decide(disposal.id, MINH)
    write(office, sa.update(disposals).values(decision_reason="khác"))
    refuses(office, disposal.id)


def test_what_two_people_approved_is_carried_out_again_and_again(office: Office) -> None:
    office.keep()
    disposal = office.propose(PROGRAM)
    office.decide(disposal.id, MINH)
    office.decide(disposal.id, HOA)
    office.desk().disposal_work.begin(disposal.id, at=office.clock.now())
    done = office.carry_out(disposal.id)
    assert {each.state for each in done.items} == {ItemState.DISPOSED}
    assert office.carry_out(disposal.id, LAN) == done
