"""Plain lines as pages for people."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from pipeline.assemble.text_sheets import write_text_sheets
from pipeline.specimens.fonts import Face, face_file

LINES = ["BIÊN BẢN HỦY TÀI LIỆU", "", *(f"{number}. " + "a" * 64 for number in range(90)), "từ " * 60]


@pytest.mark.tools
def test_every_line_has_its_place_on_as_many_pages_as_it_takes(tmp_path: Path) -> None:
    write_text_sheets(LINES, tmp_path / "a.pdf", font=face_file(Face.SANS))
    with pdfium.PdfDocument(tmp_path / "a.pdf") as pdf:
        sizes = [tuple(round(side) for side in page.get_size()) for page in pdf]
        inks = [page.render(scale=1).to_numpy().min() for page in pdf]
    assert sizes == [(595, 842)] * 2, "A4 in points"
    assert max(inks) < 128


@pytest.mark.tools
def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write_text_sheets(LINES, tmp_path / name, font=face_file(Face.SANS))
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
