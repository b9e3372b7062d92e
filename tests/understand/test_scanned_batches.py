"""Sheets and cards as a scanner delivers them, read by the real reader and cut."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from pipeline.assemble.separators import write_separators
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, PageState, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from tests.understand.stacks import cut, first, notes, shape

pytestmark = pytest.mark.tools

NEW, OLD = "H42.12-260105-0001", "000.00.12.H42-260106-00002"
A4_AT_200 = (1654, 2339)
OWN = "037190000012||Nguyễn Thị Mẫu Đơn|01021990|Nữ|Phường Mẫu, Ninh Bình|15042021"


def _read(file: Path) -> RecognisedPage:
    read = read_page(file, MediaType.PNG, PageRef(SourceName(file.name), 1), policy=ReadPolicy())
    return replace(read, ref=PageRef(SourceName("scan.pdf"), 1))


def _with_code(data: bytes | str, kind: zxingcpp.BarcodeFormat, target: Path) -> RecognisedPage:
    """Read a sheet that bears a code and a few words."""
    sheet = Image.new("L", A4_AT_200, 255)
    modules = np.asarray(zxingcpp.create_barcode(data, kind).to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)
    size = max(2, 900 // modules.shape[1])
    sheet.paste(Image.fromarray(np.kron(modules, np.ones((size, size), dtype=np.uint8))), (300, 400))
    ImageDraw.Draw(sheet).text((300, 1600), "Phieu", fill=0, font_size=60)
    sheet.save(target, dpi=(200, 200))
    return _read(target)


@pytest.mark.parametrize(
    ("dpi", "how", "skew"), [(150, "-gray", 2.0), (200, "-mono", 0.0), (300, "-gray", -1.5)], ids=str
)
def test_printed_separators_are_told_from_papers(tmp_path: Path, dpi: int, how: str, skew: float) -> None:
    write_separators([NEW, OLD], tmp_path / "sheets.pdf")
    subprocess.run(["pdftoppm", "-r", str(dpi), how, str(tmp_path / "sheets.pdf"), str(tmp_path / "sheet")], check=True)
    for code, scanned in zip((NEW, OLD), sorted(tmp_path.glob("sheet-*.p?m")), strict=True):
        with Image.open(scanned) as picture:
            picture.convert("L").rotate(-skew, fillcolor=255).save(tmp_path / "scan.png", dpi=(dpi, dpi))
        found = cut([_read(tmp_path / "scan.png"), first(2)])
        assert [one.state for one in found.pages] == [PageState.SEPARATOR, PageState.KEPT]
        assert shape(found) == [(code, ["scan.pdf#2"])]


@pytest.mark.parametrize("name", ["QRCode", "Code128", "Code39", "PDF417", "DataMatrix", "Aztec"])
@pytest.mark.parametrize("payload", [NEW, OLD.replace(".", "").replace("-", "")], ids=["new", "old, bare"])
def test_codes_of_every_make_open_a_dossier(tmp_path: Path, name: str, payload: str) -> None:
    sheet = _with_code(payload, getattr(zxingcpp.BarcodeFormat, name), tmp_path / "sheet.png")
    found = cut([sheet, first(2)])
    assert [one.state for one in found.pages] == [PageState.SEPARATOR, PageState.KEPT]
    assert shape(found)[0][0] == (NEW if payload == NEW else OLD)


def test_nothing_about_a_household_is_kept_from_the_moment_of_reading(tmp_path: Path) -> None:
    family = "|Trần Văn Cha|001066000001|Lê Thị Mẹ|001167000002"
    page = _with_code(OWN + family, zxingcpp.BarcodeFormat.QRCode, tmp_path / "card.png")
    assert [code.text for code in page.codes] == [OWN]
    assert [code.text for outcome in cut([page]).pages for code in outcome.codes] == [OWN]


@pytest.mark.parametrize("data", [b"H42.12-26\xff\xfe|Nguy\xe1\xbb", b"H42.12-260105\x00-0001", OWN[:40].encode()])
def test_broken_codes_are_kept_and_said(tmp_path: Path, data: bytes) -> None:
    page = _with_code(data, zxingcpp.BarcodeFormat.QRCode, tmp_path / "broken.png")
    found = cut([page, first(2)])
    assert [one.state for one in found.pages] == [PageState.KEPT] * 2
    # the few words on it do not tell which way up it is, either
    assert notes(found)["scan.pdf#1"][0] == "code_spoilt"
