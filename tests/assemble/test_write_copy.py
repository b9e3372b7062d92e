"""Copies as files: whole or not at all, the same bytes every time, described, conforming."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from pipeline.assemble.copy import CopyDescription
from pipeline.assemble.text import document_text
from pipeline.domain.errors import DamagedSource
from pipeline.domain.ids import content_hash
from pipeline.domain.source import MediaType
from tests.assemble.checked_copies import check_copy
from tests.assemble.made_pages import DESCRIPTION, as_scanned, copied, extracted, lines_of, of_pdf, of_picture, reading


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    as_scanned(reading()).convert("RGB").save(tmp_path / "scan.jpg")
    return tmp_path / "scan.jpg"


def test_the_text_of_a_document_has_a_form_feed_between_pages() -> None:
    pages = [reading(lines=lines_of("trang một", "dòng hai")), reading(lines=()), reading(lines=lines_of("trang ba"))]
    assert document_text(pages) == "trang một\ndòng hai\f\ftrang ba"


@pytest.mark.tools
def test_the_same_input_gives_the_same_bytes_and_pages_keep_their_order(scan: Path, tmp_path: Path) -> None:
    # more pages than are put together at once
    pages = [of_picture(scan, MediaType.JPEG, reading(lines=lines_of(f"trang {number}"))) for number in range(34)]
    for name in ("first.pdf", "second.pdf"):
        assert copied(tmp_path / name, *pages) == "2u"
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()
    assert extracted(tmp_path / "first.pdf").split() == [
        part for number in range(34) for part in ("trang", str(number))
    ]


def test_another_description_gives_other_bytes(scan: Path, tmp_path: Path) -> None:
    page = of_picture(scan, MediaType.JPEG, reading())
    copied(tmp_path / "a.pdf", page)
    copied(tmp_path / "b.pdf", page, description=replace(DESCRIPTION, subject="Cấp lại"))
    assert (tmp_path / "a.pdf").read_bytes() != (tmp_path / "b.pdf").read_bytes()


def test_a_copy_describes_itself(scan: Path, tmp_path: Path) -> None:
    digest = content_hash(scan.read_bytes())
    description = CopyDescription(
        title="Đơn <đề nghị> & kèm theo\x0c",
        subject="Cấp bản sao",
        dossier="H42.12-220801-0001",
        created_at=dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=7))),
        source_digests=(digest,),
        tool="sohoa 9.9",
    )
    copied(tmp_path / "copy.pdf", of_picture(scan, MediaType.JPEG, reading()), description=description)
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert {name: str(value) for name, value in pdf.docinfo.items()} == {"/Title": "Đơn <đề nghị> & kèm theo"}
        assert str(pdf.Root.Lang) == "vi"
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "2U"
            told = {name: metadata[name] for name in ("dc:title", "dc:description", "dc:relation", "dc:source")}
            assert told == {
                "dc:title": "Đơn <đề nghị> & kèm theo",
                "dc:description": "Cấp bản sao",
                "dc:relation": {"H42.12-220801-0001"},
                "dc:source": f"sha256:{digest}",
            }
            assert metadata["xmp:CreateDate"] == "2026-01-31T08:30:00+07:00"
            assert metadata["xmp:CreatorTool"] == "sohoa 9.9"


def test_a_description_needs_an_aware_moment() -> None:
    with pytest.raises(ValueError, match="aware"):
        CopyDescription(title="x", created_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.tools
def test_nothing_appears_where_a_copy_cannot_be_made(scan: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    good = of_picture(scan, MediaType.JPEG, reading())
    with pytest.raises(DamagedSource):
        copied(tmp_path / "copy.pdf", good, of_pdf(tmp_path / "broken.pdf", reading()))
    with pytest.raises(DamagedSource):
        copied(tmp_path / "copy.pdf", good, of_picture(tmp_path / "broken.png", MediaType.PNG, reading()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.pdf", "broken.png", "scan.jpg"]


@pytest.mark.tools
def test_an_older_copy_stays_until_the_new_one_is_whole(scan: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.pdf"
    target.write_bytes(b"older")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    with pytest.raises(DamagedSource):
        copied(target, of_pdf(tmp_path / "broken.pdf", reading()))
    assert target.read_bytes() == b"older"
    copied(target, of_picture(scan, MediaType.JPEG, reading()))
    assert target.read_bytes().startswith(b"%PDF-1.")


def test_a_copy_is_hardly_larger_than_its_scan(tmp_path: Path) -> None:
    # one page of text, as dense as a full page of a decision, over a grey scan at 200 dpi
    page = reading(
        lines=lines_of(*["Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2025;"] * 40, size=8, left=40)
    )
    picture = as_scanned(page, dpi=200)
    noise = Image.effect_noise(picture.size, 12)
    Image.blend(picture, noise, 0.2).save(tmp_path / "scan.jpg", quality=75)
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.jpg", MediaType.JPEG, page))
    source = (tmp_path / "scan.jpg").stat().st_size
    assert (tmp_path / "copy.pdf").stat().st_size <= source * 1.03


@pytest.mark.tools
@pytest.mark.slow
def test_every_checker_at_hand_agrees(scan: Path, tmp_path: Path) -> None:
    copied(tmp_path / "copy.pdf", *[of_picture(scan, MediaType.JPEG, reading(rotation=turn)) for turn in (0, 90)])
    checked = check_copy(tmp_path / "copy.pdf")
    assert checked.claimed == "2u"
    assert checked.passed, checked
    # Apache PDFBox: libpdfbox2-java and its friends, installed by the set-up script
    assert "preflight" in {verdict.tool for verdict in checked.verdicts}


@pytest.mark.tools
def test_the_check_objects_to_what_is_no_copy(scan: Path, tmp_path: Path) -> None:
    copied(tmp_path / "copy.pdf", of_picture(scan, MediaType.JPEG, reading()))
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=b"1")
        pdf.save(tmp_path / "scripted.pdf")
        font = next(each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each)
        del pdf.Root.OpenAction, font.ToUnicode
        pdf.save(tmp_path / "unmapped.pdf")
    data = (tmp_path / "copy.pdf").read_bytes()
    (tmp_path / "cut.pdf").write_bytes(data[: len(data) // 2])
    objections = {
        name: {verdict.tool for verdict in check_copy(tmp_path / name).verdicts if not verdict.passed}
        for name in ("scripted.pdf", "unmapped.pdf", "cut.pdf")
    }
    assert "pikepdf" in objections["scripted.pdf"]
    assert "unicode" in objections["unmapped.pdf"]
    assert {"pikepdf", "qpdf"} <= objections["cut.pdf"]
