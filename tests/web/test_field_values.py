"""Values stand in inputs as offices write them, and come back as the product keeps them."""

from __future__ import annotations

import pytest

from pipeline.domain.document import FieldValue
from pipeline.understand.declaration import FieldKind
from web.field_values import shown_value, typed_value

BOTH_WAYS: list[tuple[FieldValue, FieldKind, str]] = [
    ("2026-03-05", FieldKind.DATE, "05/03/2026"),
    ("2026-03", FieldKind.DATE, "03/2026"),
    ("1957", FieldKind.DATE, "1957"),
    ("2026-03-09T14:57+07:00", FieldKind.MOMENT, "14:57 09/03/2026"),
    ("Nguyễn Văn Đạt", FieldKind.NAME, "Nguyễn Văn Đạt"),
    (("Như Điều 3", "Lưu: VT"), FieldKind.TEXT, "Như Điều 3\nLưu: VT"),
]


@pytest.mark.parametrize(("value", "kind", "text"), BOTH_WAYS)
def test_both_ways(value: FieldValue, kind: FieldKind, text: str) -> None:
    assert shown_value(value, kind) == text
    assert typed_value(text, kind, is_list=isinstance(value, tuple)) == value


@pytest.mark.parametrize("typed", ["5/3/2026", "05.03.2026", "5-3-2026", " 05/03/2026 "])
def test_dates_are_typed_in_many_ways(typed: str) -> None:
    assert typed_value(typed, FieldKind.DATE, is_list=False) == "2026-03-05"


@pytest.mark.parametrize("typed", ["31/02/2026", "ngày 5 tháng 3", "không thời hạn"])
def test_what_is_no_plain_date_is_left_to_whoever_judges_it(typed: str) -> None:
    kept = typed_value(typed, FieldKind.DATE, is_list=False)
    assert kept == ("2026-02-31" if typed[0] == "3" else typed)


def test_nothing_is_nothing() -> None:
    assert typed_value(" \r\n ", FieldKind.TEXT, is_list=True) is None
    assert typed_value(" \r\n ", FieldKind.TEXT, is_list=False) is None
    assert shown_value(None, FieldKind.TEXT) == ""
