"""Catalogues of procedures: what comes with the product can be used, and what is wrong in a file is said with its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.procedure import procedure_core
from pipeline.understand.catalogue import load_types
from pipeline.understand.procedure_file import built_in_procedures, read_procedures

GOOD = """[[procedures]]
code = "1.000894.000.00.00.H42"
name = "Đăng ký kết hôn"
field = "Hộ tịch"
since = 2016-01-01
results = ["giay_ket_hon"]
source = "Luật Hộ tịch"
components = [
  { code = "to_khai", name = "Tờ khai", types = ["don_de_nghi"] },
  { code = "khac", name = "Giấy khác", types = [], required = false, condition = "nếu có", copies = 2 },
]
"""


def test_the_built_in_procedures_can_be_used_and_name_their_source() -> None:
    found = built_in_procedures(types=load_types())
    assert {each.code for each in found} >= {"1.001193", "1.000894", "1.004873"}
    for each in found:
        assert each.source
        assert each.results
        assert any(part.required for part in each.components)


def test_a_file_gives_procedures_by_their_core(tmp_path: Path) -> None:
    file = tmp_path / "tỉnh.toml"
    file.write_text(GOOD, encoding="utf-8")
    (found,) = read_procedures(file, types=load_types())
    assert found.code == "1.000894"
    assert (found.since, found.until) == (dt.date(2016, 1, 1), None)
    assert [(part.code, part.required, part.copies) for part in found.components] == [
        ("to_khai", True, 1),
        ("khac", False, 2),
    ]


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("1.000894.000.00.00.H42", "TTHC-1"), 2, "procedures[0].code"),
        (("since = 2016-01-01", "since = 2016-01-01\nuntil = 2015-12-31"), 6, "procedures[0].until"),
        (("giay_ket_hon", "giay_ket_hom"), 6, "procedures[0].results"),
        (("don_de_nghi", "don_de_nghj"), 8, "procedures[0].components"),
        (('code = "khac"', 'code = "to_khai"'), 8, "procedures[0].components"),
        (("copies = 2", "copies = 0"), 8, "procedures[0].components"),
        (("source =", "sauce ="), 7, "procedures[0].sauce"),
        (("since = 2016-01-01", "since = 2016-13-01"), 5, ""),
        (("since = 2016-01-01", 'since = "gần đây"'), 5, "procedures[0].since"),
        (('Luật Hộ tịch"', "Luật Hộ tịch"), 7, ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, key: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(BadProcedures) as raised:
        read_procedures(file, types=load_types())
    details = raised.value.details
    assert (details["file"], details["line"], details["key"]) == (str(file), line, key)


def test_an_edition_stands_there_once(tmp_path: Path) -> None:
    file = tmp_path / "twice.toml"
    file.write_text(GOOD + "\n" + GOOD.replace(".000.00.00.H42", ""), encoding="utf-8")
    with pytest.raises(BadProcedures) as raised:
        read_procedures(file, types=load_types())
    assert (raised.value.details["line"], raised.value.details["key"]) == (17, "procedures[1].since")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadProcedures) as raised:
        read_procedures(tmp_path / "none.toml", types=load_types())
    assert raised.value.details["file"] == str(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("code", "core"),
    [
        ("1.000894", "1.000894"),
        ("1.000894.01", "1.000894"),
        (" 1.000318.000.00.00.H40 ", "1.000318"),
        ("1.00089", None),
        ("0.000894", None),
        ("1.000894.000.00.00.H4", None),
    ],
)
def test_procedures_are_compared_by_the_core_of_their_code(code: str, core: str | None) -> None:
    assert procedure_core(code) == core
