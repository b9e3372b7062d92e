"""What `Results` promises, on SQLite and PostgreSQL: codes in unbroken sequence, never twice."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result, ResultCode, ResultState
from storage.records import Records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import HANOI

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
OTHER = DossierCode("H42.12-260131-0002")


@pytest.fixture
def documents(records: Records) -> tuple[DocumentId, ...]:
    return tuple(keep_papers(records, MemoryObjects(), 6))


def test_codes_are_counted_for_each_dossier(records: Records, documents: tuple[DocumentId, ...]) -> None:
    first = records.results.issue(DOSSIER, documents[0], at=NOW)
    assert first == Result(code=ResultCode(f"{DOSSIER}-KQ1"), dossier=DOSSIER, document=documents[0], created_at=NOW)
    assert records.results.issue(DOSSIER, documents[1], at=NOW).code == f"{DOSSIER}-KQ2"
    assert records.results.issue(OTHER, documents[2], at=NOW).code == f"{OTHER}-KQ1"
    assert [result.code for result in records.results.of(DOSSIER)] == [f"{DOSSIER}-KQ1", f"{DOSSIER}-KQ2"]


def test_a_document_keeps_its_code(records: Records, documents: tuple[DocumentId, ...]) -> None:
    first = records.results.issue(DOSSIER, documents[0], at=NOW)
    assert records.results.issue(DOSSIER, documents[0], at=NOW + dt.timedelta(1)) == first


def test_a_result_is_found_by_code_with_or_without_brackets_and_by_document(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    issued = records.results.issue(DOSSIER, documents[0], at=NOW)
    # NĐ 45/2020/NĐ-CP prints the number in brackets
    for name in (f"{DOSSIER}-KQ1", f"{DOSSIER}-KQ(1)", documents[0]):
        assert records.results.find(name) == issued
    assert records.results.find(f"{DOSSIER}-KQ2") is None
    assert records.results.find("nothing") is None


def test_many_at_once_get_different_codes_without_gaps(records: Records, documents: tuple[DocumentId, ...]) -> None:
    with ThreadPoolExecutor(6) as pool:
        issued = list(pool.map(lambda each: records.results.issue(DOSSIER, each, at=NOW), [*documents, *documents]))
    assert {result.code for result in issued} == {f"{DOSSIER}-KQ{number}" for number in range(1, 7)}
    assert all(records.results.find(result.document) == result for result in issued)


def test_a_result_ends_once_and_its_code_is_not_given_again(
    records: Records, documents: tuple[DocumentId, ...]
) -> None:
    issued = records.results.issue(DOSSIER, documents[0], at=NOW)
    revoked = replace(issued, state=ResultState.REVOKED, reason="wrong name", changed_at=NOW)
    assert records.results.end(revoked)
    assert not records.results.end(replace(revoked, state=ResultState.SUPERSEDED, reason="too late"))
    assert records.results.find(issued.code) == revoked
    assert records.results.issue(DOSSIER, documents[1], at=NOW).code == f"{DOSSIER}-KQ2"


def test_a_document_that_is_not_there(records: Records) -> None:
    with pytest.raises(NotFound):
        records.results.issue(DOSSIER, DocumentId("d-0"), at=NOW)
