"""Where things lie in an export: names that people read and every file system takes."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.archive_ports import NamedFile
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from pipeline.usecases.export_layout import place_of, safe_name

HASH = ContentHash("ab" * 32)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("bản quét.pdf", "bản quét.pdf"),
        (unicodedata.normalize("NFD", "bản quét.pdf"), "bản quét.pdf"),  # decomposed letters, as macOS gives them
        ('a/b\\c:d*e?f"g<h>i|j.pdf', "a_b_c_d_e_f_g_h_i_j.pdf"),
        ("dòng\n mới\t.pdf", "dòng_ mới_.pdf"),
        ("..", "_"),
        (".ẩn", "_.ẩn"),
        ("cuối. ", "cuối"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("", "_"),
        ("\udcff.pdf", "_.pdf"),
    ],
)
def test_names_are_taken_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["ế" * 300 + ".pdf", "ế" * 300, "ế" * 100 + "." + "x" * 100])
def test_long_names_are_cut_between_letters_and_keep_their_suffix(name: str) -> None:
    cut = safe_name(name)
    assert len(cut.encode()) <= 200
    assert cut.endswith(".pdf") == name.endswith(".pdf")
    assert name.startswith(cut.removesuffix(".pdf"))


def test_what_has_no_place_of_its_own_lies_under_what_it_is_called() -> None:
    file = NamedFile(
        area=Area.ARCHIVE, sha256=HASH, table="new_things", column="proof", record=("x/1", "2"), row={"id": "x/1"}
    )
    assert place_of(file) == "other/new_things/x_1 2 proof abababababab"


def test_papers_of_no_dossier_lie_by_batch() -> None:
    row = {"id": "d-1", "type": "khac", "dossier": None, "batch": "b-1"}
    file = NamedFile(area=Area.DERIVED, sha256=HASH, table="documents", column="text_sha256", record=("d-1",), row=row)
    assert place_of(file) == "dossiers/_/b-1/khac d-1/text.txt"
