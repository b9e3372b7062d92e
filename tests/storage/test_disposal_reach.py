"""What goes with a paper, and what stays for others: shared sources, archives, unread pages, owners, secrets, sealed objects."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.disposal import Disposal, ItemKind, ItemState
from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.holding import Holding, HoldingState, PaperCode
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, SourceName, TypeCode
from pipeline.domain.owner import (
    HoldingId,
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.retention import HoldKind
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.propose_disposal import propose_secret
from storage.encrypted_care import EncryptedCare
from storage.encrypted_objects import EncryptedObjects
from storage.records import Records
from tests.storage.conftest import SEALING_KEYS, SetClock
from tests.storage.disposal_office import LAN, LATER, MINH, THEN, Office, open_office
from tests.storage.samples import document


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive", people=[LAN, MINH]) as opened:
        yield opened


Page = tuple[str, int, str | None, PageState, str | None]
"""source, number, paper, state, reason"""


def keep(office: Office, sources: Sequence[str], pages: Sequence[Page]) -> dict[str, ContentHash]:
    """Keep a batch of letters on these pages; return the names of the sources' objects."""
    digests = {name: office.put(f"scan {name}") for name in sources}
    received = tuple(ReceivedSource(name=SourceName(each), sha256=digests[each], size=1) for each in sources)
    batch = ReceivedBatch(id=BatchId("b-1"), created_at=THEN, sources=received)
    office.desk().batches.open(batch)
    papers = dict.fromkeys(paper for *_, paper, _, _ in pages if paper is not None)
    own = [each for each in pages if not (each[4] or "").startswith("duplicate_of")]
    first = {paper: [PageRef(SourceName(name), at) for name, at, of, *_ in own if of == paper] for paper in papers}
    documents = tuple(
        replace(
            document(paper, *refs, type=TypeCode("cong_van"), state=DocumentState.CONFIRMED, dossier=None),
            copy=Copy(sha256=office.put(f"copy {paper}"), size=1, conformance="2u"),
            text_sha256=office.put(f"text {paper}", Area.DERIVED),
        )
        for paper, refs in first.items()
    )
    outcomes = tuple(
        SourceOutcome(
            name=each.name, sha256=each.sha256, media_type=MediaType.PDF, pages=1, state=SourceState.DIGITIZED
        )
        for each in received
    )
    ended = tuple(
        PageOutcome(
            ref=PageRef(SourceName(name), at),
            state=state,
            reason=reason,
            document=None if paper is None else DocumentId(paper),
        )
        for name, at, paper, state, reason in pages
    )
    digitized = DigitizedBatch(
        id=batch.id, created_at=THEN, sources=outcomes, pages=ended, dossiers=(), documents=documents
    )
    office.desk().batches.complete(digitized, texts={})
    return digests


def dispose(office: Office, *, limit: int = 9) -> Disposal:
    disposal = office.propose(limit=limit)
    office.decide(disposal.id)
    return office.carry_out(disposal.id)


KEPT = PageState.KEPT


def there(office: Office, digests: dict[str, ContentHash]) -> set[str]:
    return {name for name, sha256 in digests.items() if office.objects.has(Area.ARCHIVE, sha256)}


def test_a_stack_stays_until_its_last_paper_goes(office: Office) -> None:
    digests = keep(office, ["stack.pdf"], [("stack.pdf", 1, "d-1", KEPT, None), ("stack.pdf", 2, "d-2", KEPT, None)])
    dispose(office, limit=1)
    assert there(office, digests) == {"stack.pdf"}
    office.clock.time = LATER.replace(day=2)
    dispose(office)
    assert there(office, digests) == set()
    batch = office.desk().batches.load(BatchId("b-1"))
    assert batch is not None
    assert [each.name for each in batch.sources] == ["disposed-0"]


def test_a_source_with_a_page_that_nobody_could_read_stays(office: Office) -> None:
    unread = ("scan.pdf", 2, None, PageState.FAILED, "source.crashed_reader")
    digests = keep(office, ["scan.pdf"], [("scan.pdf", 1, "d-1", KEPT, None), unread])
    done = dispose(office)
    assert [each.state for each in done.items] == [ItemState.DISPOSED]
    assert there(office, digests) == {"scan.pdf"}


def test_blank_pages_hold_nothing_back(office: Office) -> None:
    blank = ("scan.pdf", 2, None, PageState.BLANK, None)
    digests = keep(office, ["scan.pdf"], [("scan.pdf", 1, "d-1", KEPT, None), blank])
    dispose(office)
    assert there(office, digests) == set()


def test_an_archive_stays_until_its_last_member_goes(office: Office) -> None:
    names = ["papers.zip", "papers.zip/a.pdf", "papers.zip/b.pdf", "papers.zipped.pdf"]
    pages: list[Page] = [
        (name, 1, f"d-{number}", KEPT, None) for number, name in enumerate(names) if name != "papers.zip"
    ]
    digests = keep(office, names, pages)
    dispose(office, limit=1)
    assert there(office, digests) == set(names) - {"papers.zip/a.pdf"}
    office.clock.time = LATER.replace(day=2)
    dispose(office, limit=1)
    assert there(office, digests) == {"papers.zipped.pdf"}


def test_a_page_that_shows_the_same_as_another_goes_with_it(office: Office) -> None:
    twin = ("twin.pdf", 1, "d-1", KEPT, "duplicate_of:scan.pdf#1")
    digests = keep(office, ["scan.pdf", "twin.pdf"], [("scan.pdf", 1, "d-1", KEPT, None), twin])
    dispose(office)
    assert there(office, digests) == set()
    batch = office.desk().batches.load(BatchId("b-1"))
    assert isinstance(batch, DigitizedBatch)
    assert [(each.ref.source, each.reason) for each in batch.pages] == [
        ("disposed-0", None),
        ("disposed-1", "duplicate_of:disposed-0"),
    ]


def test_a_hold_on_an_owner_is_on_all_papers_of_the_same_person(office: Office) -> None:
    papers = office.keep()
    old, new = (Identifier(IdentifierKind.CMND, "012345678"), Identifier(IdentifierKind.CCCD, "001190012345"))
    desk = office.desk()
    owners = [
        desk.owners.register(Owner(id=OwnerId(f"o-{number}"), kind=OwnerKind.PERSON, name="Hoa", identifiers=(each,)))
        for number, each in enumerate((old, new))
    ]
    desk.depository.place(
        [
            Holding(
                id=HoldingId("h-1"),
                owner=owners[0].id,
                document=papers[0],
                type=TypeCode("cong_van"),
                code=PaperCode(owner="", type="cong_van", serial=0, text=""),
                published_at=THEN,
            )
        ],
        template="{owner}.{type}.{serial}",
    )
    evidence = IdentifierLink(old=old, new=new, evidence=LinkEvidence.AUTHORITY, reason="Công an xã")
    person = desk.owners.link(evidence, at=THEN)
    hold = office.hold(HoldKind.OWNER, person.id)
    assert [each.document for each in office.propose().items] == papers[1:]
    office.lift(hold)
    office.clock.time = LATER.replace(day=2)
    disposal = office.propose()
    assert [each.document for each in disposal.items] == papers[:1]
    office.decide(disposal.id)
    office.carry_out(disposal.id)
    (holding,) = desk.depository.holdings(papers[0])
    assert holding.state is HoldingState.DISPOSED


SECRET = PageState.FAILED


def test_the_source_of_a_secret_paper_goes_by_a_list_of_its_own(office: Office) -> None:
    secret: list[Page] = [("a.pdf", 1, None, SECRET, "paper.secret"), ("b.pdf", 1, None, SECRET, "paper.secret")]
    digests = keep(office, ["a.pdf", "b.pdf"], [*secret, ("b.pdf", 2, "d-1", KEPT, None)])
    desk = office.desk()
    office.clock.time = THEN
    disposal = propose_secret(
        by=LAN, reason="mật", limit=9, papers=desk.kept_papers, disposals=desk.disposals, clock=office.clock
    )
    assert [(each.kind, each.source) for each in disposal.items] == [(ItemKind.SOURCE, 0), (ItemKind.SOURCE, 1)]
    assert desk.kept_papers.secret_sources(limit=9) == ()
    office.decide(disposal.id)
    done = office.carry_out(disposal.id)
    assert [(each.state, each.reason) for each in done.items] == [(ItemState.DISPOSED, ""), (ItemState.KEPT, "needed")]
    assert there(office, digests) == {"b.pdf"}


def test_what_is_sealed_loses_its_key(database_url: str, tmp_path: Path) -> None:
    """Whoever has copied the sealed bytes and the keys, and not the records of before, cannot read them."""

    def sealed(objects: ObjectStore, care: ObjectCare, records: Records) -> tuple[ObjectStore, ObjectCare]:
        names = records.sealed_names
        wrapped = EncryptedObjects(objects, names=names, keys=SEALING_KEYS, random_bytes=random.Random(3).randbytes)
        return wrapped, EncryptedCare(care, objects=wrapped, inner=objects, names=names, clock=SetClock())

    with open_office(database_url, tmp_path / "archive", people=[LAN, MINH], wrap=sealed) as office:
        office.keep()
        names = office.desk().sealed_names
        before = [each for area in Area for each in names.all(area)]
        assert len(before) == 8
        done = dispose(office)
        after = [each for area in Area for each in names.all(area)]
        assert after == [done.certificate]
        assert len([path for path in (tmp_path / "archive").rglob("*") if path.is_file() and len(path.name) == 64]) == 1
