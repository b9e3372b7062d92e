"""Codes by templates; the expected forms are those of CV 7197/BKHCN-CĐSQG."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.domain.codes import CodeTemplates, archive_kind, document_code, file_name
from pipeline.domain.holding import ArchiveCode
from pipeline.domain.ids import TypeCode


def test_archival_code_and_file_name_have_the_forms_of_the_guideline() -> None:
    code = document_code(ArchiveCode(organ="G06.01", kind="CV", serial=21), version=1, templates=CodeTemplates())
    assert code == "G06.01_CV_000021_V1"
    name = file_name(
        code, date=dt.date(2025, 2, 2), description="Số hóa Tài liệu", extension="pdf", templates=CodeTemplates()
    )
    assert name == "G06.01_CV_000021_V1_20250202_SoHoaTaiLieu.pdf"


@pytest.mark.parametrize(
    ("type_", "abbreviation", "kind"),
    [
        ("quyet_dinh", "QĐ", "QĐ"),
        ("cong_van", None, "CV"),
        ("giay_phep_xay_dung", None, "GP"),
        ("can_cuoc", None, "VB"),
        # an abbreviation that the guideline does not have
        ("to_trinh", "TTr", "VB"),
    ],
)
def test_kinds_are_those_of_the_guideline(type_: str, abbreviation: str | None, kind: str) -> None:
    assert archive_kind(TypeCode(type_), abbreviation) == kind


def test_a_file_name_has_neither_marks_nor_spaces_nor_too_many_signs() -> None:
    named = file_name(
        "H42_QĐ_000001_V1",
        date=dt.date(2026, 1, 31),
        description="đường / " * 99,
        extension="pdf",
        templates=CodeTemplates(),
    )
    assert named.isascii()
    assert " " not in named
    assert "/" not in named
    assert len(named) < 255


@pytest.mark.parametrize(
    "wrong",
    [
        {"paper": "{owner}-{type}"},
        {"paper": "{owner}-{type}-{serial}-{colour}"},
        {"document": "{organ}_{serial}_V{version}"},
        {"file": "{date:%Y%m%d}.pdf"},
        {"file": "{code}/{description}.{extension}"},
        {"paper": "{owner}-{type}-{serial:é}"},
    ],
)
def test_templates_that_give_one_code_twice_or_none_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"template|leaves out|format"):
        CodeTemplates(**wrong)
