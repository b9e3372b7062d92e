"""The mark of a result and its conversion to paper, read back by poppler, zxing and pikepdf's PDF/A check."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
import zxingcpp
from PIL import Image

from pipeline.assemble.result_mark import write_marked, write_paper_conversion
from pipeline.domain.errors import CopyNotConforming
from pipeline.domain.result import ResultCode, ResultMark
from tests.signing.pki import make_pdf

pytestmark = pytest.mark.tools
NOW = dt.datetime(2026, 9, 15, 1, 30, tzinfo=dt.UTC)
CODE = ResultCode("H42.12-260915-0007-KQ1")
ADDRESS = "https://tracuu.donglim.example/kq"
MARK = ResultMark(code=CODE, address=ADDRESS)
DATA = json.dumps({"họ tên": "Nguyễn Thị Ví Dụ"}, ensure_ascii=False).encode()


def violations(file: Path, flavour: str) -> list[str]:
    report = pikepdf.pdfa.validate_written(file, flavour)
    return [str(finding) for finding in report.findings if finding.kind == "violation"]


def drawn(file: Path, dpi: int) -> Image.Image:
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", file, file.with_suffix("")], check=True)
    return Image.open(file.with_suffix(".pgm"))


def text_of(file: Path) -> str:
    told = subprocess.run(["pdftotext", "-raw", file, "-"], check=True, capture_output=True, text=True).stdout
    return re.sub(r"\s+", "", told)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_code_and_address_stand_at_the_top_left(tmp_path: Path, rotate: int) -> None:
    source = make_pdf(tmp_path / "copy.pdf", rotate=rotate)
    target = tmp_path / "marked.pdf"
    write_marked(source, target, mark=MARK, now=NOW)
    page = drawn(target, 200)
    (found,) = zxingcpp.read_barcodes(page)
    assert found.text == f"{ADDRESS}?code={CODE}"
    corners = (found.position.top_left, found.position.bottom_right)
    points = [side / 200 * 72 for corner in corners for side in (corner.x, corner.y)]
    assert points[0] > 20
    assert points[1] > 8
    assert points[2] < 68
    assert points[3] < 56
    assert text_of(target) == CODE + ADDRESS
    assert violations(target, "2b") == []


def test_the_mark_hides_and_moves_nothing_else(tmp_path: Path) -> None:
    source, target = make_pdf(tmp_path / "copy.pdf", pages=2), tmp_path / "marked.pdf"
    write_marked(source, target, mark=MARK, now=NOW)
    before, after = (np.asarray(drawn(file, 72)).astype(int) for file in (source, target))
    rows, columns = np.nonzero(np.abs(before - after) > 32)
    assert columns.min() >= 20
    assert columns.max() < 150
    assert rows.min() >= 8
    assert rows.max() < 57
    with pikepdf.open(target) as pdf:
        assert len(pdf.pages) == 2


def test_the_fields_are_carried_as_an_associated_file(tmp_path: Path) -> None:
    """ISO 19005-3 §6.8: relationship, media type, in the list of the document's associated files."""
    source, target = make_pdf(tmp_path / "copy.pdf"), tmp_path / "marked.pdf"
    write_marked(source, target, mark=ResultMark(code=CODE, address="", data=DATA), now=NOW)
    with pikepdf.open(target) as pdf:
        assert list(pdf.attachments) == ["result.json"]
        assert pdf.attachments["result.json"].get_file().read_bytes() == DATA
        (associated,) = pdf.Root.AF
        assert associated.AFRelationship == pikepdf.Name.Data
        assert associated.EF.F.Subtype == pikepdf.Name("/application/json")
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
    assert violations(target, "3b") == []
    (found,) = zxingcpp.read_barcodes(drawn(target, 200))
    assert found.text == CODE


def test_a_file_that_is_no_pdfa_gets_no_mark(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(tmp_path / "plain.pdf")
    with pytest.raises(CopyNotConforming):
        write_marked(tmp_path / "plain.pdf", tmp_path / "marked.pdf", mark=MARK, now=NOW)
    assert not (tmp_path / "marked.pdf").exists()


def test_a_print_for_paper_says_what_it_is_on_each_page(tmp_path: Path) -> None:
    source, target = make_pdf(tmp_path / "copy.pdf", pages=3), tmp_path / "print.pdf"
    write_paper_conversion(source, target, code=CODE, system="Số hóa – xã Đồng Lim", converter="Trần Văn Mẫu", now=NOW)
    told = text_of(target)
    for words in ("BẢNGIẤYCHUYỂNĐỔITỪBẢNĐIỆNTỬ", f"Mãkếtquả:{CODE}", "Sốhóa–xãĐồngLim", "TrầnVănMẫu"):
        assert told.count(words) == 3
    assert "Trang2/3" in told
    assert "15-09-202608:30:00+07:00" in told
