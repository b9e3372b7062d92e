"""Numbers of owners: found, told apart by register, held against their rules. All numbers are made up."""

from __future__ import annotations

import pytest

from pipeline.domain.owner import Identifier, IdentifierKind, OwnerKind
from pipeline.text.identifiers import as_identifier, find_identifier, identifier_holds

PERSON, FIRM = OwnerKind.PERSON, OwnerKind.ORGANISATION


@pytest.mark.parametrize(
    ("text", "owner", "expected"),
    [
        ("Số định danh: 001 199 000 011", PERSON, ("cccd", "001199000011")),
        ("CMND 012345678 do CA Hà Nội", PERSON, ("cmnd", "012345678")),
        ("hộ chiếu c1234567", PERSON, ("passport", "C1234567")),
        # placeholders of older systems
        ("000000001", PERSON, None),
        ("000000000002", PERSON, None),
        ("không có", PERSON, None),
        ("MST 0100047516", FIRM, ("tax_code", "0100047516")),
        ("0100047516 - 001", FIRM, ("tax_code", "0100047516-001")),
        # TT 86/2024/TT-BTC: the personal number is the tax code
        ("001199000011", FIRM, ("cccd", "001199000011")),
        ("41A8012345", FIRM, ("business_number", "41A8012345")),
    ],
)
def test_a_number_is_found_and_known_by_its_register(
    text: str, owner: OwnerKind, expected: tuple[str, str] | None
) -> None:
    found = find_identifier(text, owner)
    assert (found and (found.kind.value, found.value)) == expected


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("001.199.000.011", IdentifierKind.CCCD, "001199000011"),
        ("012345678", IdentifierKind.CCCD, None),
        ("001199000011", IdentifierKind.CMND, None),
        ("0100047516-001", IdentifierKind.TAX_CODE, "0100047516-001"),
        ("001199000011", IdentifierKind.TAX_CODE, "001199000011"),
        # more than a number
        ("001199000011 và 001199000012", IdentifierKind.CCCD, None),
        ("", IdentifierKind.CCCD, None),
    ],
)
def test_what_was_typed_is_one_whole_number(typed: str, kind: IdentifierKind, value: str | None) -> None:
    found = as_identifier(typed, kind)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("kind", "value", "birth_date", "holds"),
    [
        ("cccd", "001199000011", "1999-01-01", True),
        ("cccd", "001199000011", "1999", True),
        ("cccd", "001199000011", None, True),
        ("cccd", "001199000011", "1998-12-31", False),
        # 21st century: digit 3 is a girl born from 2000 on
        ("cccd", "001305000011", "2005-06-01", True),
        ("cccd", "003199000011", None, False),
        # born abroad
        ("cccd", "270199000011", None, True),
        # weights 31 29 23 19 17 13 7 5 3; worked example of domain law notes: 010004751 gives 6
        ("tax_code", "0100047516", None, True),
        ("tax_code", "0100047517", None, False),
        ("tax_code", "0100047516-000", None, False),
        ("cmnd", "012345678", "1950-01-01", True),
    ],
)
def test_numbers_are_held_against_their_rules(kind: str, value: str, birth_date: str | None, *, holds: bool) -> None:
    assert identifier_holds(Identifier(IdentifierKind(kind), value), birth_date=birth_date) is holds
