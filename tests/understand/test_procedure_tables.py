"""Catalogues as JSON and as tables: what spreadsheets do to them is undone, what is wrong is named with its line."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import unicodedata
from pathlib import Path

import pytest

from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.understand.catalogue import load_types
from pipeline.understand.procedure_file import CatalogueForm, procedures_in, read_procedures

TYPES = load_types()
MARRIAGE = Procedure(
    code=ProcedureCode("1.000894"),
    name="Đăng ký kết hôn",
    field="Hộ tịch",
    since=dt.date(2025, 7, 1),
    until=dt.date(2026, 12, 31),
    results=("giay_ket_hon",),  # type: ignore[arg-type]
    components=(
        Component(code="to_khai", name="Tờ khai; mẫu mới", types=("don_de_nghi",)),  # type: ignore[arg-type]
        Component(
            code="khac",
            name="- Giấy khác",
            types=("giay_uy_quyen", "van_ban"),  # type: ignore[arg-type]
            required=False,
            condition="nếu có",
            copies=2,
        ),
    ),
    source="QĐ 12/QĐ-UBND",
)
TABLE = (
    "Mã TTHC;Tên thủ tục;Lĩnh vực;Hiệu lực từ;Hiệu lực đến;Kết quả;Căn cứ;Mã thành phần;Thành phần hồ sơ;Loại giấy tờ;"
    "Bắt buộc;Điều kiện;Số bản\r\n"
    '="1.000894";Đăng ký kết hôn;Hộ tịch;01/07/2025;31/12/2026;giay_ket_hon;QĐ 12/QĐ-UBND;to_khai;"Tờ khai; mẫu mới";'
    "don_de_nghi;có;;\r\n"
    "1.000894;;;;;;;khac;'- Giấy khác;giay_uy_quyen | quyet_dinh;Không;nếu có;2\r\n"
    ";;;;;;;;;;;;\r\n"
)


def expected() -> Procedure:
    second = MARRIAGE.components[1]
    types = ("giay_uy_quyen", "quyet_dinh")
    changed = Component(
        code=second.code,
        name=second.name,
        types=types,  # type: ignore[arg-type]
        required=second.required,
        condition=second.condition,
        copies=second.copies,
    )
    return Procedure(
        code=MARRIAGE.code,
        name=MARRIAGE.name,
        field=MARRIAGE.field,
        since=MARRIAGE.since,
        until=MARRIAGE.until,
        results=MARRIAGE.results,
        components=(MARRIAGE.components[0], changed),
        source=MARRIAGE.source,
    )


def table(data: bytes) -> tuple[Procedure, ...]:
    return procedures_in(data, form=CatalogueForm.CSV, name="bảng.csv", types=TYPES)


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        unicodedata.normalize("NFD", TABLE).encode(),
        b"sep=;\r\n" + TABLE.encode(),
        TABLE.replace("\r\n", "\n").encode(),
        TABLE.replace("; mẫu", "§ mẫu").replace(";", ",").replace("§ mẫu", "; mẫu").encode(),
        TABLE.replace("; mẫu", "§ mẫu").replace(";", "\t").replace("§ mẫu", "; mẫu").encode("utf-16"),
    ],
    ids=["plain", "mark", "utf-16", "utf-16-be", "decomposed", "sep", "unix", "commas", "tabs"],
)
def test_a_table_is_read_whatever_wrote_it(data: bytes) -> None:
    assert table(data) == (expected(),)


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("to_khai;", "=HYPERLINK(A1);"), 2, "component_code"),
        (('"Tờ khai; mẫu mới"', "@SUM(A1)"), 2, "component_name"),
        (("01/07/2025", "31/02/2025"), 2, "since"),
        (("01/07/2025", ""), 2, "since"),
        (("Không;", "đôi khi;"), 3, "required"),
        ((";2\r\n", ";hai\r\n"), 3, "copies"),
        ((";2\r\n", ";0\r\n"), 2, "components"),
        (("quyet_dinh", "quyet_dinj"), 2, "components"),
        (('="1.000894";Đăng ký', '="1.00089";Đăng ký'), 3, "name"),
        (("1.000894;;;", "1.000894;Tên khác;;"), 3, "name"),
        (("Lĩnh vực", "Lĩnh vực nào"), 1, "Lĩnh vực nào"),
        (("Căn cứ", "Tên TTHC"), 1, "Tên TTHC"),
        (("Lĩnh vực;", ";"), 1, "field"),
        (('mới"', "mới"), 4, ""),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(change: tuple[str, str], line: int, key: str) -> None:
    assert change[0] in TABLE
    with pytest.raises(BadProcedures) as raised:
        table(TABLE.replace(*change, 1).encode())
    details = raised.value.details
    assert (details["file"], details["line"], details["key"]) == ("bảng.csv", line, key), details["problem"]


@pytest.mark.parametrize(
    "data", [TABLE.encode("windows-1258", errors="replace"), b"\xff\xfe\x00", b"a\0b", b"", b"\xef\xbb\xbf"]
)
def test_bytes_that_are_no_table_are_refused(data: bytes) -> None:
    with pytest.raises(BadProcedures):
        table(data)


def written() -> list[dict[str, object]]:
    procedure = expected()
    return [
        {
            "code": "1.000894.000.00.00.H42",
            "name": procedure.name,
            "field": procedure.field,
            "since": "2025-07-01",
            "until": "2026-12-31",
            "results": list(procedure.results),
            "source": procedure.source,
            "components": [
                {
                    "code": each.code,
                    "name": each.name,
                    "types": list(each.types),
                    "required": each.required,
                    "condition": each.condition or None,
                    "copies": each.copies,
                }
                for each in procedure.components
            ],
        }
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_json_is_read_as_a_list_or_with_its_name(tmp_path: Path, whole: bool) -> None:  # noqa: FBT001 - a case
    file = tmp_path / "danh muc.json"
    tables = {"procedures": written()} if whole else written()
    file.write_text(unicodedata.normalize("NFD", json.dumps(tables, ensure_ascii=False)), encoding="utf-8-sig")
    assert read_procedures(file, types=TYPES) == (expected(),)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[{"code": 1}]', "procedures[0].code"),
        ("[{", ""),
        ("3", ""),
        ('{"procedures": [], "more": 1}', ""),
        ("[" * 100_000, ""),
        ('[{"code":"1.000894","name":"\\u0000","field":"f","since":"2025-01-01","source":"s"}]', "procedures[0].name"),
        ('[{"code":"1.000894","name":"n","field":"f","since":"2025-13-01","source":"s"}]', "procedures[0].since"),
    ],
)
def test_what_is_wrong_in_json_is_named_with_its_place(text: str, key: str) -> None:
    with pytest.raises(BadProcedures) as raised:
        procedures_in(text.encode(), form=CatalogueForm.JSON, name="x.json", types=TYPES)
    assert raised.value.details["key"] == key
