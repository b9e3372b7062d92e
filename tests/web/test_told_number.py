"""Numbers that strangers write: as digits of other scripts, as digits that are none, without end."""

from __future__ import annotations

import pytest

from pipeline.domain.account import Role
from tests.web.conftest import SignIn
from tests.web.reviewed import keep_card
from web.office import Office
from web.told_number import told_number

NO_NUMBERS = ("", " ", "-1", "+1", "1.0", "1e3", "0x1", "1 2", "²", "①", "٣", "１", "1\0", "nan", "1_0", "9" * 5000)


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("0" * 6000 + "12", 12), ("2147483647", 2147483647)]
)
def test_a_number_is_read(text: str, number: int) -> None:
    assert told_number(text) == number


@pytest.mark.parametrize("text", [*NO_NUMBERS, "2147483648"])
def test_what_is_none_is_none(text: str) -> None:
    assert told_number(text) is None


@pytest.mark.parametrize(("text", "number"), [("40", 40), ("41", None), ("400", None)])
def test_what_is_more_than_the_most_is_none(text: str, number: int | None) -> None:
    assert told_number(text, most=40) == number


def test_no_page_breaks_on_them(office: Office, sign_in: SignIn) -> None:
    card = keep_card(office)
    batch = office.services.library.document(card)[0]  # type: ignore[index] # it was just put there
    lan = sign_in(Role.CLERK)
    for text in (*NO_NUMBERS, "9" * 12):
        assert lan.post(f"/documents/{card}/undo", version=text).status_code == 404
        row = {"row": f"{card}|date_of_birth|{text}", "accepted": f"{card}|date_of_birth|{text}"}
        assert lan.post(f"/batches/{batch}/group?kind=dates", **row).status_code == 400
