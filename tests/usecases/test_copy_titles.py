"""What windows, lists and archives call a copy."""

from __future__ import annotations

import pytest

from pipeline.domain.document import DocumentState, Field, FieldOrigin, FieldState, UnderstoodDocument
from pipeline.domain.ids import DocumentId, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageRef
from pipeline.understand.catalogue import load_types
from pipeline.usecases.assemble_copies import copy_title

CATALOGUE = load_types()


def _document(kind: str, fields: dict[str, str], *, state: FieldState = FieldState.READ) -> UnderstoodDocument:
    return UnderstoodDocument(
        id=DocumentId("d-1"),
        dossier=None,
        pages=(PageRef(SourceName("scan.pdf"), 1),),
        type=TypeCode(kind),
        type_confidence=0.9,
        fields={
            FieldName(name): Field(
                value=value, raw=value, confidence=0.9, page=1, box=None, origin=FieldOrigin.OCR, state=state
            )
            for name, value in fields.items()
        },
        state=DocumentState.DIGITIZED,
    )


@pytest.mark.parametrize(
    ("kind", "fields", "title"),
    [
        ("quyet_dinh", {"type_name": "QUYẾT ĐỊNH", "reference": "12/QĐ-UBND"}, "Quyết định số 12/QĐ-UBND"),
        ("cong_van", {"reference": "453/UBND-NC"}, "Công văn số 453/UBND-NC"),
        ("giay_khai_sinh", {"full_name": "Nguyễn Thị Ví Dụ", "personal_id": "001234567890"}, "Giấy khai sinh"),
        ("don_de_nghi", {"type_name": "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP"}, "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP"),
        ("don_de_nghi", {}, "Đơn, giấy đề nghị"),
        ("khac", {"type_name": "HÓA ĐƠN"}, "HÓA ĐƠN"),
        ("khac", {}, "Giấy tờ khác"),
        ("no_longer_declared", {}, "no_longer_declared"),
    ],
)
def test_a_copy_is_called_by_its_type_and_reference(kind: str, fields: dict[str, str], title: str) -> None:
    assert copy_title(_document(kind, fields), CATALOGUE) == title


def test_what_a_clerk_has_to_look_at_is_not_in_the_title() -> None:
    doubtful = {"type_name": "QUYẾT ĐỊNH", "reference": "71/QĐ-UBND"}

    assert copy_title(_document("quyet_dinh", doubtful, state=FieldState.NEEDS_REVIEW), CATALOGUE) == "Quyết định"
    assert copy_title(_document("khac", doubtful, state=FieldState.CONFIRMED), CATALOGUE) == "QUYẾT ĐỊNH số 71/QĐ-UBND"
