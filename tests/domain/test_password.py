"""Which passwords are accepted (NIST SP 800-63B-4 section 3.1.1.2)."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.domain.password import PasswordProblem, password_problem


@pytest.mark.parametrize(
    "password",
    [
        "con mèo trèo cây cau",
        "correct horse battery staple",
        "tôi thích ăn phở bò tái",
        "một hai ba bốn năm sáu bảy",
        "Xk9-vQ2m/7pLw#eR",
        "đêm qua sân trước một cành mai",
        "🦊 nâu nhảy qua con chó lười",
        "matkhau của tôi là bài thơ Sóng",
    ],
)
def test_long_ones_of_any_letters_are_accepted(password: str) -> None:
    assert password_problem(password, login="lan.nguyen", name="Nguyễn Thị Lan") is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.SHORT),
        ("14 characters.", PasswordProblem.SHORT),
        ("x" * 257, PasswordProblem.LONG),
        ("aaaaaaaaaaaaaaaaaaaa", PasswordProblem.GUESSABLE),
        ("abcabcabcabcabcabc", PasswordProblem.GUESSABLE),
        ("123456789012345", PasswordProblem.GUESSABLE),
        ("qwertyuiopasdfghjkl", PasswordProblem.GUESSABLE),
        ("Password123456789", PasswordProblem.GUESSABLE),
        ("matkhau1234567890", PasswordProblem.GUESSABLE),
        ("Mật khẩu 0987654321", PasswordProblem.GUESSABLE),
        ("lan.nguyen.lan.nguyen", PasswordProblem.GUESSABLE),
        ("Nguyễn Thị Lan 2026", PasswordProblem.GUESSABLE),
        ("ubnd ubnd ubnd 123456", PasswordProblem.GUESSABLE),
        ("!!!!!!!!!!!!!!!!!!!!", PasswordProblem.GUESSABLE),
    ],
)
def test_what_others_guess_first_is_not(password: str, problem: PasswordProblem) -> None:
    assert password_problem(password, login="lan.nguyen", name="Nguyễn Thị Lan") is problem


def test_length_is_counted_in_letters_as_people_see_them() -> None:
    fourteen = "ắ" * 3 + "ộ" * 3 + "ữ" * 4 + "ề" * 4
    assert password_problem(unicodedata.normalize("NFD", fourteen)) is PasswordProblem.SHORT
