"""What types say of depositories: refused with its place when it is wrong, and explained on the reference page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.domain.errors import BadDeclaration
from pipeline.understand.catalogue import load_types

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "document-types.md"
GOOD = """code = "xac_nhan"
title = "Xác nhận"
family = "certificate"
titles = ["XÁC NHẬN"]

[keeping]
owners = [{ number = "personal_id", name = "full_name" }]
result_type = "KQ.G15.000031"
valid_from = "issued_date"
valid_months = 6

[[fields]]
name = "personal_id"
kind = "personal_id"
labels = ["Số định danh"]

[[fields]]
name = "full_name"
kind = "name"
labels = ["Họ và tên"]
"""


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (('number = "personal_id"', 'number = "id"'), 7, "keeping.number"),
        (('valid_from = "issued_date"', 'valid_from = "issued"'), 9, "keeping.valid_from"),
        (("KQ.G15.000031", "KQ-31"), 8, "keeping.result_type"),
        (("valid_months = 6", "valid_months = 0"), 10, "keeping.valid_months"),
        (('valid_from = "issued_date"\n', ""), 9, "keeping.valid_months"),
        (("valid_months = 6", 'valid_months = "6"'), 10, "keeping.valid_months"),
        (("valid_months = 6", "months = 6"), 10, "keeping.months"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, key: str) -> None:
    (tmp_path / "type.toml").write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(BadDeclaration) as raised:
        load_types(tmp_path)
    assert (raised.value.details["line"], raised.value.details["key"]) == (line, key)


def test_a_right_one_is_taken(tmp_path: Path) -> None:
    (tmp_path / "type.toml").write_text(GOOD, encoding="utf-8")
    keeping = next(each for each in load_types(tmp_path) if each.code == "xac_nhan").keeping
    assert (keeping.valid_months, keeping.result_type, len(keeping.owners)) == (6, "KQ.G15.000031", 1)


def test_the_reference_page_says_whose_papers_are() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Depositories")[2].partition("\n## ")[0]
    written = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            code, result, owners, _, purpose = (cell.strip() for cell in line.strip("|").split(" | "))
            written[code.strip("` ")] = (result, re.findall(r"`(\w+)`", owners), purpose.strip(" |"))
    declared = {
        one.code: (
            f"`{one.keeping.result_type}`" if one.keeping.result_type else "–",
            [name for each in one.keeping.owners for name in (each.number, each.name, each.birth_date) if name],
            f"`{one.keeping.purpose}`" if one.keeping.purpose else "–",
        )
        for one in load_types()
        if one.keeping.owners
    }
    assert written == declared
