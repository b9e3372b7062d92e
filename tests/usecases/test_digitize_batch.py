"""The main job with everything real but the reader: order, accounts of sources and pages, duplicates, archives, signatures."""

from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path

import pytest

from pipeline.domain.batch import DigitizedBatch, Stage
from pipeline.domain.document import DocumentState, SeparatedDocument, UnderstoodDocument
from pipeline.domain.ids import TypeCode
from pipeline.domain.page import PageState
from pipeline.domain.signature import Verdict
from pipeline.domain.source import SourceState
from pipeline.usecases.digitize_batch import settled_batch
from tests.usecases.bench import Bench, pdf, picture


def _sources(batch: DigitizedBatch) -> dict[str, tuple[SourceState, str | None]]:
    return {source.name: (source.state, source.error) for source in batch.sources}


def _pages(batch: DigitizedBatch) -> list[tuple[str, int, PageState]]:
    return [(page.ref.source, page.ref.number, page.state) for page in batch.pages]


def test_stages_come_in_their_order_and_each_is_finished(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")
    pdf(scans / "b.pdf", pages=2, signed=True)

    bench.digitize(scans)

    order = list(dict.fromkeys(stage for stage, _ in bench.stages))
    assert order == [Stage.INSPECT, Stage.VALIDATE, Stage.READ, Stage.UNDERSTAND, Stage.ASSEMBLE, Stage.STORE]
    last = dict(bench.stages)
    assert [stage for stage, progress in last.items() if progress.done != progress.total] == []
    assert last[Stage.READ].total == 3


def test_every_page_is_accounted_for_and_what_is_returned_is_what_is_recorded(bench: Bench, scans: Path) -> None:
    picture(scans / "2.png")
    pdf(scans / "10.pdf", pages=2)

    batch = bench.digitize(scans)

    assert _pages(batch) == [
        ("2.png", 1, PageState.KEPT),
        ("10.pdf", 1, PageState.KEPT),
        ("10.pdf", 2, PageState.KEPT),
    ]
    assert {page.document for page in batch.pages} <= {each.understood.id for each in batch.documents}
    assert bench.services.batches.load(batch.id) == batch
    assert all(bench.kept(each.copy.sha256).startswith(b"%PDF-") for each in batch.documents)


def test_the_second_call_does_nothing_and_returns_the_same(bench: Bench, scans: Path) -> None:
    picture(scans / "a.png")
    first = bench.digitize(scans)
    bench.workers.ran.clear()

    assert bench.digitize(scans) == first
    assert bench.workers.ran == []


def test_refused_sources_are_named_and_the_rest_goes_on(bench: Bench, scans: Path) -> None:
    picture(scans / "good.png")
    (scans / "empty.pdf").write_bytes(b"")
    (scans / "letter.txt").write_text("chỉ là chữ", encoding="utf-8")
    (scans / "torn.pdf").write_bytes(b"%PDF-1.7\n1 0 obj")

    batch = bench.digitize(scans)

    assert _sources(batch) == {
        "empty.pdf": (SourceState.REFUSED, "source.empty"),
        "good.png": (SourceState.DIGITIZED, None),
        "letter.txt": (SourceState.REFUSED, "source.unknown_type"),
        "torn.pdf": (SourceState.REFUSED, "source.truncated"),
    }
    assert len(batch.documents) == 1


def test_a_batch_that_is_refused_as_a_whole_is_tried_again(bench: Bench, scans: Path) -> None:
    (scans / "empty.pdf").write_bytes(b"")

    refused = bench.digitize(scans)

    assert refused.documents == ()
    assert settled_batch(refused.id, batches=bench.services.batches) is None
    assert bench.digitize(scans) == refused


def test_the_same_bytes_twice_are_read_once_and_make_one_paper(bench: Bench, scans: Path) -> None:
    first = picture(scans / "a.png")
    (scans / "b.png").write_bytes(first.read_bytes())

    batch = bench.digitize(scans)

    assert bench.workers.count("_read") == 1
    assert bench.workers.count("_look") == 1
    assert len(batch.documents) == 1
    original, duplicate = batch.pages
    assert duplicate.reason == "duplicate_of:a.png#1"
    assert (duplicate.state, duplicate.document) == (original.state, original.document)


def test_a_signed_pdf_twice_is_kept_twice_by_name_and_is_one_twin(bench: Bench, scans: Path) -> None:
    first = pdf(scans / "a.pdf", signed=True)
    (scans / "b.pdf").write_bytes(first.read_bytes())

    batch = bench.digitize(scans)

    assert _sources(batch) == {"a.pdf": (SourceState.KEPT_SIGNED, None), "b.pdf": (SourceState.KEPT_SIGNED, None)}
    (twin,) = batch.documents
    assert twin.signed_source is not None
    assert bench.kept(twin.signed_source) == first.read_bytes()
    assert bench.kept(twin.copy.sha256) != first.read_bytes()
    assert len(bench.validator.asked_at) == 1


def _sure(document: SeparatedDocument, *_: object, **__: object) -> UnderstoodDocument:
    """Understand a paper so well that nobody has to look."""
    return UnderstoodDocument(
        id=document.id,
        dossier=document.dossier,
        pages=document.pages,
        type=TypeCode("quyet_dinh"),
        type_confidence=1.0,
        fields={},
        state=DocumentState.DIGITIZED,
    )


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.VALID, DocumentState.DIGITIZED),
        (Verdict.INDETERMINATE, DocumentState.DIGITIZED),
        (Verdict.INVALID, DocumentState.NEEDS_REVIEW),
    ],
)
def test_a_paper_whose_signature_is_broken_needs_a_look(
    bench: Bench, scans: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, state: DocumentState
) -> None:
    monkeypatch.setattr("pipeline.usecases.understand_batch.understand", _sure)
    pdf(scans / "signed.pdf", signed=True)
    bench.validator.verdict = verdict

    batch = bench.digitize(scans)

    assert [each.understood.state for each in batch.documents] == [state]
    assert bench.validator.asked_at == [batch.created_at]


def test_members_of_an_archive_are_sources_of_their_own(bench: Bench, scans: Path) -> None:
    inner = unicodedata.normalize("NFD", "giấy tờ/ảnh.png")
    with zipfile.ZipFile(scans / "tập.zip", "w") as archive:
        archive.write(picture(scans.parent / "p.png"), inner)
        archive.writestr("note.txt", "không phải ảnh")

    batch = bench.digitize(scans)

    assert _sources(batch) == {
        "tập.zip": (SourceState.DIGITIZED, None),
        "tập.zip/giấy tờ/ảnh.png": (SourceState.DIGITIZED, None),
        "tập.zip/note.txt": (SourceState.REFUSED, "source.unknown_type"),
    }
    assert all(unicodedata.is_normalized("NFC", source.name) for source in batch.sources)
    assert _pages(batch) == [("tập.zip/giấy tờ/ảnh.png", 1, PageState.KEPT)]


def test_an_archive_and_a_folder_of_the_same_name_lose_nothing(bench: Bench, scans: Path) -> None:
    folder = scans.parent / "other" / "a.zip"
    folder.mkdir(parents=True)
    picture(folder / "x.png", shade=10)
    with zipfile.ZipFile(scans / "a.zip", "w") as archive:
        archive.write(picture(scans.parent / "p.png", shade=20), "x.png")

    batch = bench.digitize(scans / "a.zip", folder.parent)

    assert sorted(_sources(batch)) == ["a.zip", "a.zip/x.png", "a.zip/x.png (2)"]
    assert len(batch.pages) == 2


def test_an_archive_without_files_is_refused(bench: Bench, scans: Path) -> None:
    zipfile.ZipFile(scans / "empty.zip", "w").close()

    assert _sources(bench.digitize(scans)) == {"empty.zip": (SourceState.REFUSED, "source.damaged")}
