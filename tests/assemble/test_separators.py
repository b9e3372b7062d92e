"""Separator sheets as printed and scanned again."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from pipeline.assemble.separators import write_separators

CODES = ["H42.12-260305-0007", "000.00.12.H42-220801-0001", "T.G12.101.05-260101-12345"]


def test_each_sheet_says_its_code_twice_however_badly_it_is_scanned(tmp_path: Path) -> None:
    file = tmp_path / "sheets.pdf"
    write_separators(CODES, file)
    with pypdfium2.PdfDocument(file) as document:
        assert len(document) == len(CODES)
        for number, code in enumerate(CODES):
            page = document[number]
            assert page.get_size() == pytest.approx((595.4, 842.0), abs=0.5)
            grey = np.asarray(page.render(scale=100 / 72, grayscale=True).to_pil().convert("L"))
            worn = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.7))
            for turned in (worn, np.rot90(worn), np.rot90(worn, 2)):
                found = zxingcpp.read_barcodes(np.ascontiguousarray(turned))
                assert {(one.format.name, one.text) for one in found} == {("QRCode", code), ("Code128", code)}


def test_the_same_codes_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_separators(CODES, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    with pikepdf.open(tmp_path / "one.pdf") as pdf:
        assert not any("/Font" in page.resources for page in pdf.pages)


@pytest.mark.parametrize("codes", [[], ["H42.12"], ["H42.12-269905-0007"], [" H42.12-260305-0007 "]])
def test_what_is_no_dossier_code_is_refused(tmp_path: Path, codes: list[str]) -> None:
    with pytest.raises(ValueError, match="code"):
        write_separators(codes, tmp_path / "sheets.pdf")
    assert not (tmp_path / "sheets.pdf").exists()
