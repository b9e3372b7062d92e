"""What bears a degree of secrecy is found; words that merely look like one are not."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from pipeline.understand.secrecy import secrecy_of
from tests.understand.papers import LEFT, MIDDLE, body, centred, head, line, page, title, understood, values

HEAD = [centred("Số: 12/BC-UBND", LEFT, 90)]


@pytest.mark.parametrize("degree", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_stamp_under_the_number_is_found(degree: str, form: Literal["NFC", "NFD"]) -> None:
    stamped = page([*HEAD, centred(unicodedata.normalize(form, degree), LEFT, 115)])
    assert secrecy_of([stamped]) == degree


@pytest.mark.parametrize(
    ("read", "degree"),
    [
        ("| TOI MẬT |", "TỐI MẬT"),
        ("'TỐT MẬT |", "TỐI MẬT"),
        ("|TốI MẬT", "TỐI MẬT"),
        ("ÍTUYỆT MẬT|", "TUYỆT MẬT"),
        ("[tuyệr MẠT|.", "TUYỆT MẬT"),
        ("[ruyệr MẠT|.", "TUYỆT MẬT"),
        ("[mãr]", "MẬT"),
        ("|MẠr|", "MẬT"),
    ],
)
def test_its_frame_and_what_the_frame_spoils_do_not_hide_it(read: str, degree: str) -> None:
    """As the reader gave framed stamps of generated letters."""
    assert secrecy_of([page([*HEAD, centred(read, LEFT, 115)])]) == degree


def test_a_stamp_that_is_read_with_the_number_is_found() -> None:
    assert secrecy_of([page([centred("Số: 12/BC-UBND TUYỆT MẬT", LEFT, 90)])]) == "TUYỆT MẬT"


def test_the_highest_degree_of_all_pages_counts() -> None:
    pages = [page([centred("MẬT", LEFT, 115)]), page([centred("TUYỆT MẬT", LEFT, 115)], number=2)]
    assert secrecy_of(pages) == "TUYỆT MẬT"


@pytest.mark.parametrize(
    "text",
    [
        "Bí mật kinh doanh",
        "mật",
        "BẢO MẬT THÔNG TIN",
        "Mật độ xây dựng: 76%",
        "MẬT ĐỘ",
        "DANH MỤC BÍ MẬT NHÀ NƯỚC",
        "Tôi mất",
        "MẶT TRƯỚC",
        "TỔ MẶT TRẬN",
        "HỎA TỐC",
    ],
)
def test_words_about_secrets_are_no_stamp(text: str) -> None:
    assert secrecy_of([page([line(text, 90, 115)])]) is None


def test_a_column_of_eyes_is_no_stamp() -> None:
    assert secrecy_of([page([centred("MẮT", MIDDLE, 600)])]) is None


@pytest.mark.parametrize(
    ("read", "urgency"),
    [
        ("KHẨN", "KHẨN"),
        ("[KHAN]", "KHẨN"),
        ("| THƯỢNG KHẨN", "THƯỢNG KHẨN"),
        ("|HOẢ TỐC|", "HOẢ TỐC"),
        ("'HỎA TỘC |", "HỎA TỐC"),
        ("HỎA TỐC HẸN GIỜ", "HỎA TỐC HẸN GIỜ"),
    ],
)
def test_urgency_is_read_in_the_same_place(read: str, urgency: str) -> None:
    lines = [*head(), centred(read, LEFT, 140), *title("CÔNG ĐIỆN", "Về việc ứng phó bão"), *body()]
    assert values(understood(page(lines)))["urgency"] == urgency
