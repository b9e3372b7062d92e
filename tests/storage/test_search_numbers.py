"""A person is found by each of their numbers, and by nobody else's."""

from __future__ import annotations

from pipeline.audit_ports import TrailFilter
from pipeline.domain.audit import AuditEntry
from pipeline.domain.ids import content_hash
from pipeline.domain.owner import Identifier, IdentifierKind, IdentifierLink, LinkEvidence, Owner, OwnerId, OwnerKind
from pipeline.domain.search import SearchQuery
from pipeline.usecases.look_up import Looker, numbers_of_person, search_documents
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.searching import ask, found, keep

NEW, OLD = "001185000123", "012345678"
PAPERS = [
    f"Giấy khai sinh của Nguyễn Thị Lan, số định danh {NEW}",
    f"Giấy chứng minh nhân dân số {OLD[:3]} {OLD[3:6]} {OLD[6:]} cấp cho Nguyễn Thị Lan",
    "Quyết định về việc của Nguyễn Thị Lan, số định danh 001185000999",
]


def known(records: Records, clock: SetClock) -> None:
    """Write down that both numbers are one person's."""
    old, new = Identifier(IdentifierKind.CMND, OLD), Identifier(IdentifierKind.CCCD, NEW)
    owner = Owner(id=OwnerId("o-1"), kind=OwnerKind.PERSON, name="Nguyễn Thị Lan", identifiers=(new,))
    records.owners.register(owner)
    link = IdentifierLink(old=old, new=new, evidence=LinkEvidence.AUTHORITY, reason="Công an xã")
    records.owners.link(link, at=clock.now())


def test_one_of_the_numbers_has_to_be_there(records: Records) -> None:
    first, second, _ = keep(records, "b-1", PAPERS)
    assert found(records, "", numbers=(NEW,)) == [first]
    assert sorted(found(records, "", numbers=(NEW, OLD))) == sorted([first, second])
    assert found(records, "chứng minh", numbers=(NEW, OLD)) == [second]
    assert found(records, "quyết định", numbers=(NEW, OLD)) == []


def test_the_number_is_marked_where_it_stands(records: Records) -> None:
    keep(records, "b-1", PAPERS)
    (hit,) = ask(records, "", numbers=(OLD,)).hits
    (start, end) = hit.snippet.marks[0]
    assert hit.snippet.text[start:end] == "012 345 678"


def test_either_number_leads_to_papers_with_the_other(records: Records, clock: SetClock) -> None:
    known(records, clock)
    both = {NEW, OLD}
    assert set(numbers_of_person(NEW, owners=records.owners)) == both
    assert set(numbers_of_person("012 345 678", owners=records.owners)) == both
    assert numbers_of_person("001185000999", owners=records.owners) == ("001185000999",)
    assert numbers_of_person("Nguyễn Thị Lan", owners=records.owners) == ()


def test_the_trail_keeps_a_digest_of_the_numbers_and_not_the_numbers(records: Records) -> None:
    (first, *_) = keep(records, "b-1", PAPERS)
    query = SearchQuery(words="", numbers=(NEW,))
    search_documents(query, library=records.library, looker=Looker(trail=records.trail, purpose="Tra cứu"))
    (entry,) = records.officer.trail.newest(TrailFilter(limit=1))
    assert isinstance(entry, AuditEntry)
    assert entry.deed.details == {
        "numbers_sha256": content_hash(NEW.encode()),
        "documents": first,
        "total": "1",
    }
