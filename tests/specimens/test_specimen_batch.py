"""A whole batch: the same for the same seed, accounted for page by page, and fit for other programs."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import zxingcpp
from PIL import Image, ImageSequence

from pipeline.domain.errors import ToolMissing
from pipeline.domain.page import PageState
from pipeline.specimens import fonts
from pipeline.specimens.batch import SpecimenBatch, SpecimenPage, write_batch
from pipeline.specimens.truth import write_truth

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> SpecimenBatch:
    return write_batch(tmp_path_factory.mktemp("batch") / "scans", seed=20260331, dpi=150)


def picture_of(batch: SpecimenBatch, page: SpecimenPage) -> Image.Image:
    path = batch.folder / page.ref.source
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            ((_, image),) = pdf.pages[page.ref.number - 1].get_images().items()
            return pikepdf.PdfImage(image).as_pil_image()
    with Image.open(path) as picture:
        picture.seek(page.ref.number - 1)
        return picture.copy()


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    one = write_batch(tmp_path / "one", seed=5, dossiers=1, dpi=60)
    again = write_batch(tmp_path / "again", seed=5, dossiers=1, dpi=60)
    other = write_batch(tmp_path / "other", seed=6, dossiers=1, dpi=60)
    assert digests(one.folder) == digests(again.folder)
    assert (one.pages, one.papers) == (again.pages, again.papers)
    assert set(digests(one.folder).values()).isdisjoint(digests(other.folder).values())


def pages_of(path: Path) -> int:
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            return len(pdf.pages)
    with Image.open(path) as picture:
        return getattr(picture, "n_frames", 1)


def test_a_further_page_of_a_picture_is_a_file_of_its_own(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, seed=5, dossiers=9, dpi=40)  # the ninth has a PNG whose paper has a back
    assert sum(map(pages_of, batch.files)) == len(batch.pages)
    told = {path.relative_to(tmp_path).as_posix() for path in batch.files}
    assert told == {page.ref.source for page in batch.pages}
    further = [each for each in batch.pages if "_2." in each.ref.source]
    assert {(each.ref.number, each.state) for each in further} == {(1, PageState.KEPT), (1, PageState.BLANK)}
    for page in further:
        first = next(each for each in batch.pages if each.ref.source == page.ref.source.replace("_2.", "."))
        assert first.dossier == page.dossier
        if page.state is PageState.KEPT:
            assert batch.papers[page.paper or 0].pages == (first.ref, page.ref)


def test_every_page_of_every_file_is_accounted_for(batch: SpecimenBatch) -> None:
    assert sorted(batch.files) == sorted(path for path in batch.folder.rglob("*") if path.is_file())
    for path in batch.files:
        count = pages_of(path)
        name = path.relative_to(batch.folder).as_posix()
        assert [page.ref.number for page in batch.pages if page.ref.source == name] == list(range(1, count + 1))


def test_papers_and_pages_agree(batch: SpecimenBatch) -> None:
    assert len(batch.dossiers) == 3
    for index, paper in enumerate(batch.papers):
        assert tuple(page.ref for page in batch.pages if page.paper == index) == paper.pages
        assert {page.dossier for page in batch.pages if page.paper == index} == {paper.dossier}
        assert paper.fields
    for page in batch.pages:
        assert (page.paper is None) == (page.state is PageState.BLANK)
        assert bool(page.lines) == (page.state is PageState.KEPT)
    receipts = [paper for paper in batch.papers if paper.type == "giay_tiep_nhan"]
    assert [paper.fields["dossier_code"] for paper in receipts] == list(batch.dossiers)  # type: ignore[index]


def test_batch_holds_what_a_demonstration_needs(batch: SpecimenBatch) -> None:
    assert {path.suffix for path in batch.files} == {".pdf", ".tif", ".jpg", ".png"}
    assert {paper.type for paper in batch.papers} == {
        "giay_tiep_nhan",
        "to_khai_khai_sinh",
        "can_cuoc",
        "cong_van",
        "to_trinh",
        "quyet_dinh",
        "thong_bao",
    }
    assert {page.rotation for page in batch.pages} == {0, 180, 270}
    assert sum(1.0 <= abs(page.skew) <= 2.5 for page in batch.pages) == 1
    assert sum(page.state is PageState.BLANK for page in batch.pages) == 4
    assert max(len(paper.pages) for paper in batch.papers) == 2


def test_codes_are_read_from_the_files(batch: SpecimenBatch) -> None:
    coded = [page for page in batch.pages if page.codes]
    assert len(coded) == 6
    for page in coded:
        found = zxingcpp.read_barcodes(picture_of(batch, page).convert("L"))
        assert tuple(code.text for code in found) == page.codes, page.ref


def test_blank_backs_hold_no_ink(batch: SpecimenBatch) -> None:
    for page in batch.pages:
        dark = float((np.asarray(picture_of(batch, page).convert("L")) < 128).mean())
        assert (dark < 0.0002) == (page.state is PageState.BLANK), (page.ref, dark)


def test_resolution_and_paper_size_are_in_the_files(batch: SpecimenBatch) -> None:
    for path in batch.files:
        if path.suffix == ".pdf":
            with pikepdf.open(path) as pdf:
                sizes = [tuple(sorted(float(side) for side in page.mediabox[2:])) for page in pdf.pages]
            # A5 and A4 in points, to the pixel
            a5, a4 = pytest.approx((419.5, 595.3), abs=0.6), pytest.approx((595.3, 841.9), abs=0.6)
            assert all(size in (a5, a4) for size in sizes), sizes
        else:
            with Image.open(path) as picture:
                dpi = 225 if path.suffix == ".tif" else 150
                assert tuple(round(float(value)) for value in picture.info["dpi"]) == (dpi, dpi)


def test_tiff_is_bilevel_group_4(batch: SpecimenBatch) -> None:
    (path,) = (path for path in batch.files if path.suffix == ".tif")
    with Image.open(path) as picture:
        for frame in ImageSequence.Iterator(picture):
            assert (frame.mode, frame.info["compression"]) == ("1", "group4")


@pytest.mark.tools
def test_pdf_passes_qpdf(tmp_path: Path) -> None:
    (path,) = write_batch(tmp_path, seed=5, dossiers=1, dpi=60).files
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_truth_is_written_beside_the_scans_never_among_them(batch: SpecimenBatch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="among the scans"):
        write_truth(batch, batch.folder / "truth.json")
    write_truth(batch, tmp_path / "truth.json")
    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert told["dossiers"] == list(batch.dossiers)
    assert len(told["pages"]) == len(batch.pages)
    assert [paper["type"] for paper in told["papers"]] == [paper.type for paper in batch.papers]
    first = told["papers"][0]
    assert first["pages"] == [{"source": batch.pages[0].ref.source, "number": 1}]
    assert first["fields"]["dossier_code"] == batch.dossiers[0]


def test_no_dossier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_batch(tmp_path, seed=1, dossiers=0)


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "_FAMILIES", ((tmp_path, "Liberation{}.ttf"),))
    fonts.face_file.cache_clear()
    try:
        with pytest.raises(ToolMissing) as caught:
            fonts.face_file(fonts.Face.SERIF)
    finally:
        fonts.face_file.cache_clear()
    assert "fonts-liberation2" in str(caught.value.details["package"])
