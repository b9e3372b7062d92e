"""A paper that others stand in the place of goes when they go, and then nothing remembers what it said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.arrangement_ports import ArrangedBatch
from pipeline.domain.arrangement import Arrangement, WantedPaper, plan_arrangement
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.disposal import ItemState
from pipeline.domain.document import Copy, DocumentState, StoredDocument
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.ports import Area
from pipeline.usecases.prove_records import unproven_records
from storage.rearrange_tables import replaced_pages
from tests.storage.disposal_office import SECRETS, THEN, Office, open_office
from tests.storage.test_disposal import everything


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def join(office: Office, batch: str, *, state: DocumentState = DocumentState.CONFIRMED) -> DocumentId:
    """Make one paper of all papers of a batch."""
    desk = office.desk()
    known = desk.batches.load(BatchId(batch))
    assert isinstance(known, DigitizedBatch)
    first = known.documents[0]
    refs = tuple(ref for each in known.documents for ref in each.understood.pages)
    wanted = Arrangement(papers=(WantedPaper(pages=refs, dossier=first.understood.dossier),))
    plan = plan_arrangement(known, wanted, rounds=desk.arrangements.rounds(known.id))
    (new,) = plan.new
    understood = replace(first.understood, id=new.id, pages=refs, state=state)
    joined = StoredDocument(
        understood=understood,
        copy=Copy(sha256=office.put(f"joined copy {SECRETS[0]}"), size=1, conformance="2u"),
        text_sha256=office.put(f"joined text {SECRETS[0]}", Area.DERIVED),
    )
    desk.arrangements.apply(
        ArrangedBatch(
            plan=plan,
            seen={each.understood.id: each.version for each in known.documents},
            new=(joined,),
            texts={new.id: f"Kính gửi {SECRETS[0]}"},
            pages=tuple(replace(page, document=new.id) for page in known.pages),
            by="lan",
            at=THEN,
            since=THEN,
        )
    )
    return new.id


def test_replaced_papers_go_with_what_stands_in_their_place(office: Office) -> None:
    old = office.keep()
    new = join(office, "b-1")
    disposal = office.propose()
    assert {each.document for each in disposal.items} == {*old, new}
    office.decide(disposal.id)
    done = office.carry_out(disposal.id)
    assert {each.state for each in done.items} == {ItemState.DISPOSED}
    assert [each.sha256 for each in office.care.objects(Area.ARCHIVE)] == [done.certificate]
    after = everything(office)
    assert [secret for secret in SECRETS if secret in after] == []
    with office.desk().engine.connect() as connection:
        assert len(connection.execute(replaced_pages.select()).all()) == 2, "that there were pages stays known"
    assert list(unproven_records(office.desk().proofs)) == []


def test_replaced_papers_stay_while_nobody_is_sure_of_the_new_one(office: Office) -> None:
    office.keep()
    join(office, "b-1", state=DocumentState.NEEDS_REVIEW)
    assert office.desk().kept_papers.papers(limit=10) == ()
