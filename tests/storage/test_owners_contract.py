"""What `Owners` promises, on SQLite and PostgreSQL: a number names one owner, and two numbers are one person's on evidence only."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from pipeline.domain.desk_errors import OwnerConflict
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import uuid7
from pipeline.domain.owner import Identifier, IdentifierKind, IdentifierLink, LinkEvidence, Owner, OwnerId, OwnerKind
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
_counter = itertools.count(1)

CCCD = Identifier(IdentifierKind.CCCD, "001199000011")
OTHER_CCCD = Identifier(IdentifierKind.CCCD, "001199000012")
CMND = Identifier(IdentifierKind.CMND, "012345678")


def new_id() -> OwnerId:
    return OwnerId(uuid7(NOW, next(_counter).to_bytes(8, "big")))


def person(*identifiers: Identifier, name: str = "Nguyễn Thị An", **changes: object) -> Owner:
    owner = Owner(
        id=new_id(), kind=OwnerKind.PERSON, name=name, birth_date="1999-01-01", identifiers=identifiers, paper="-"
    )
    return replace(owner, **changes)  # type: ignore[arg-type]


def link(old: Identifier = CMND, new: Identifier = CCCD) -> IdentifierLink:
    return IdentifierLink(old=old, new=new, evidence=LinkEvidence.AUTHORITY, reason="công văn 12/CA")


def test_an_owner_is_found_by_each_number(records: Records) -> None:
    passport = Identifier(IdentifierKind.PASSPORT, "C1234567")
    kept = records.owners.register(person(CCCD, passport))
    assert records.owners.find(CCCD) == kept
    assert records.owners.find(passport) == kept
    assert records.owners.get(kept.id) == kept
    assert records.owners.find(CMND) is None
    assert records.owners.get(OwnerId("nobody")) is None


def test_who_has_the_number_is_the_owner_whatever_the_name(records: Records) -> None:
    first = records.owners.register(person(CCCD))
    assert records.owners.register(person(CCCD, name="NGUYEN THI AN")) == first


def test_the_same_digits_of_another_register_are_another_owner(records: Records) -> None:
    records.owners.register(person(Identifier(IdentifierKind.TAX_CODE, "0100047516")))
    assert records.owners.find(Identifier(IdentifierKind.BUSINESS_NUMBER, "0100047516")) is None


def test_numbers_of_two_owners_are_not_joined_by_registering(records: Records) -> None:
    records.owners.register(person(CCCD))
    records.owners.register(person(CMND, name="Trần Văn Bình"))
    with pytest.raises(OwnerConflict):
        records.owners.register(person(CCCD, CMND))


def test_without_a_number_the_whole_description_decides_and_never_the_name(records: Records) -> None:
    first = records.owners.register(person(paper="Giấy khai sinh 12/2020"))
    assert records.owners.register(person(name="NGUYỄN  THỊ AN", paper="giấy khai sinh 12/2020")) == first
    for other in (
        person(paper="Giấy khai sinh 13/2020"),
        person(paper="Giấy khai sinh 12/2020", birth_date="1999-01-02"),
        person(paper="Giấy khai sinh 12/2020", name="Nguyễn Thị Án"),
        person(CCCD, paper="Giấy khai sinh 12/2020"),
    ):
        assert records.owners.register(other) == other


def test_an_old_number_that_is_new_here_comes_to_the_owner(records: Records) -> None:
    owner = records.owners.register(person(CCCD))
    linked = records.owners.link(link(), at=NOW)
    assert linked == replace(owner, identifiers=linked.identifiers)
    assert set(linked.identifiers) == {CCCD, CMND}
    assert records.owners.find(CMND) == linked
    assert records.owners.links(owner.id) == (link(),)


def test_two_owners_become_one_and_both_numbers_and_ids_lead_there(records: Records) -> None:
    old, new = records.owners.register(person(CMND)), records.owners.register(person(CCCD))
    one = records.owners.link(link(), at=NOW)
    assert one.id == new.id
    assert {records.owners.find(CMND), records.owners.get(old.id), records.owners.find(CCCD)} == {one}
    assert records.owners.link(link(), at=NOW + dt.timedelta(1)) == one
    assert len(records.owners.links(old.id)) == 1


def test_a_chain_of_links_has_one_end(records: Records) -> None:
    older = Identifier(IdentifierKind.CMND, "112345678")
    for number in (older, CMND, CCCD):
        records.owners.register(person(number, name=f"Người {number.value}"))
    records.owners.link(link(old=older, new=CMND), at=NOW)
    one = records.owners.link(link(), at=NOW)
    assert records.owners.find(older) == one
    assert set(one.identifiers) == {older, CMND, CCCD}
    assert len(records.owners.links(one.id)) == 2


def test_two_people_with_personal_numbers_never_become_one(records: Records) -> None:
    first, second = records.owners.register(person(CCCD)), records.owners.register(person(OTHER_CCCD))
    records.owners.link(link(), at=NOW)
    with pytest.raises(OwnerConflict) as raised:
        records.owners.link(link(new=OTHER_CCCD), at=NOW)
    assert raised.value.details["reason"] == "two_persons"
    assert records.owners.get(first.id) != records.owners.get(second.id)
    assert records.owners.find(OTHER_CCCD) == second


def test_a_link_between_unknown_numbers_is_refused(records: Records) -> None:
    with pytest.raises(NotFound):
        records.owners.link(link(), at=NOW)


def _register(url: str, number: int) -> str:
    records = open_records(url, clock=SetClock(), author=CLERK)
    chance = (1000 + number).to_bytes(8, "big")
    owner = person(CCCD, id=OwnerId(uuid7(NOW, chance)))
    try:
        return records.owners.register(owner).id
    finally:
        records.close()


def test_processes_that_register_a_number_at_once_get_one_owner(records: Records, database_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        ids = list(pool.map(_register, [database_url] * 6, range(6)))
    assert len(set(ids)) == 1
    found = records.owners.find(CCCD)
    assert found is not None
    assert found.id == ids[0]
