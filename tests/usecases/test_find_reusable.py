"""Asking once below HTTP: which proofs count and when files are read, and papers that take their owner's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.domain.arrange_errors import AttachmentRefused
from pipeline.domain.fixity import CheckOutcome
from pipeline.domain.holding import Holding
from pipeline.domain.ids import ContentHash, DossierCode, TypeCode
from pipeline.domain.owner import Consent, ConsentId, Owner
from pipeline.domain.reuse import ReuseObstacle
from pipeline.domain.search import EVERYTHING
from pipeline.ports import Area
from pipeline.usecases.attach_stored_copy import attach_stored_copy
from pipeline.usecases.component_list import Standing
from pipeline.usecases.depository_access import Visit
from pipeline.usecases.find_reusable import (
    Reusable,
    ReusePolicy,
    ReuseQuestion,
    ReuseServices,
    find_reusable,
)
from pipeline.usecases.open_dossier import DossierServices
from pipeline.usecases.weigh_copies import ProofPolicy
from storage.records import Records
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.test_owners_contract import CCCD, person
from tests.usecases.test_component_list import (
    MARRIAGE,
    TODAY,
    component,
    keep_form,
    opened_records,
    services_of,
    stored,
    told,
)

ELSEWHERE = DossierCode("H42.12-260131-0099")
CONFIRMATION = TypeCode("xac_nhan_hon_nhan")


class CountedObjects(MemoryObjects):
    """Objects that count how often they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[ContentHash] = []

    def open(self, area: Area, sha256: ContentHash):  # type: ignore[no-untyped-def] # noqa: ANN201 - as the base has it
        self.opened.append(sha256)
        return super().open(area, sha256)


@dataclass(frozen=True)
class Desk:
    """Records, objects and an owner."""

    records: Records
    objects: CountedObjects
    clock: SetClock
    services: DossierServices
    owner: Owner

    def lend(self) -> Holding:
        """Put a confirmation into the owner's depository, as of 1 December 2025."""
        return stored(self.records, self.objects, self.owner)

    def newest(self, held: Holding) -> ContentHash:
        return self.records.versions.versions(held.document)[-1].sha256


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, objects = SetClock(), CountedObjects()
    records = opened_records(tmp_path, clock)
    yield Desk(records, objects, clock, services_of(records, objects, clock), records.owners.register(person(CCCD)))
    records.close()


def ask(services: DossierServices, policy: ReusePolicy | None = None) -> Reusable:
    asking = ReuseServices(
        owners=services.owners,
        procedures=services.procedures,
        copies=services.copies,
        depository=services.depository,
        access_book=services.access_book,
        library=services.library,
        proofs=services.proofs,
        looker=services.looker,
        new_id=services.new_id,
    )
    visit = Visit(who="he-thong/lan", agency="H42.12", purpose="Đăng ký kết hôn", dossier=ELSEWHERE, system=EVERYTHING)
    question = ReuseQuestion(owner=CCCD, procedure=MARRIAGE, day=TODAY)
    return find_reusable(question, visit, policy=policy or ReusePolicy(), services=asking)


def obstacles(found: Reusable) -> list[tuple[ReuseObstacle, ...]]:
    return [each.obstacles for each in found.components[1].stored]


def test_a_file_is_read_when_its_proof_is_too_old_and_what_is_found_proves_it_from_then_on(desk: Desk) -> None:
    held = desk.lend()  # put on 1 December 2025
    newest = desk.newest(held)
    recent = ReusePolicy(proofs=ProofPolicy(read_age=dt.timedelta(days=90)))
    strict = ReusePolicy(proofs=ProofPolicy(read_age=dt.timedelta(days=30)))
    desk.objects.opened.clear()
    assert obstacles(ask(desk.services, recent)) == [()]
    assert desk.objects.opened == []  # since it was put, 61 days have gone by
    assert obstacles(ask(desk.services, strict)) == [()]
    assert desk.objects.opened == [newest]
    assert obstacles(ask(desk.services, strict)) == [()]
    assert desk.objects.opened == [newest]
    (copy,) = desk.records.reuse.copies.named([held.id])
    assert (copy.reads[newest].checked_at, copy.reads[newest].outcome) == (desk.clock.now(), CheckOutcome.SOUND)
    desk.clock.time += dt.timedelta(days=31)
    ask(desk.services, strict)
    assert desk.objects.opened == [newest, newest]


def test_a_file_that_was_found_altered_is_read_at_every_question_until_it_is_whole_again(desk: Desk) -> None:
    held = desk.lend()
    newest = desk.newest(held)
    good = desk.objects.kept[Area.ARCHIVE, newest]
    strict = ReusePolicy(proofs=ProofPolicy(read_age=dt.timedelta(days=30)))
    del desk.objects.kept[Area.ARCHIVE, newest]
    assert ReuseObstacle.ALTERED in obstacles(ask(desk.services, strict))[0]
    # also for who would be content with an old proof: this one says that it is gone
    assert ReuseObstacle.ALTERED in obstacles(ask(desk.services))[0]
    desk.objects.kept[Area.ARCHIVE, newest] = good
    assert obstacles(ask(desk.services)) == [()]


def test_papers_that_take_their_owners_word_are_shown_for_a_dossier_only_with_it(desk: Desk) -> None:
    kept_back = ReusePolicy(agreed_types=frozenset({CONFIRMATION}))
    dossier = keep_form(desk.records, desk.objects, desk.owner)
    careful = replace(desk.services, policy=kept_back)
    assert ask(desk.services, kept_back).components[1].consent_needed  # whether or not there is one
    held = desk.lend()
    found = ask(desk.services, kept_back).components[1]
    assert (found.stored, found.consent_needed) == ((), True)
    listed = component(told(dossier, careful))
    assert (listed.standing, listed.stored, listed.consent_needed) == (Standing.MISSING, (), True)

    def attach() -> str:
        return attach_stored_copy(
            dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=careful
        ).document

    with pytest.raises(AttachmentRefused) as refused:
        attach()
    assert refused.value.details["reason"] == "consent_needed"
    assert desk.records.access_book.accesses(desk.owner.id) == ()
    consent = Consent(
        id=ConsentId("c-1"),
        owner=desk.owner.id,
        agency="H42.12",
        purpose="Đăng ký kết hôn",
        types=(CONFIRMATION,),
        given_at=desk.clock.now(),
    )
    desk.records.access_book.give(consent)
    assert [each.holding.id for each in ask(desk.services, kept_back).components[1].usable] == [held.id]
    assert component(told(dossier, careful)).standing is Standing.REUSABLE
    assert attach() == held.document
