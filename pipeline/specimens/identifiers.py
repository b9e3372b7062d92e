"""Numbers that pass every check and belong to nobody."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import numpy as np

from pipeline.domain.ids import DossierCode

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_TAX_MODULUS = 11
_NO_TAX_DIGIT = 10
_MRZ_WEIGHTS = (7, 3, 1)
_MRZ_LENGTH = 30
_MRZ_FOREVER = "991231"


def dossier_code(rng: np.random.Generator, *, organ: str, day: dt.date) -> DossierCode:
    """Return a code of TT 03/2025/TT-VPCP art. 13: receiving organ, day of receipt, serial of four or five digits."""
    digits = int(rng.integers(4, 6))
    serial = int(rng.integers(1, 2000))
    return DossierCode(f"{organ}-{day:%y%m%d}-{serial:0{digits}d}")


def personal_id(rng: np.random.Generator, *, province: str, birth: dt.date, male: bool) -> str:
    """Return a personal number (Luật Căn cước 26/2023 art. 12): province, century and sex, year, six digits.

    The last six are below 000100, where examples in regulations and manuals lie.
    """
    century_and_sex = 2 * (birth.year // 100 - 19) + (0 if male else 1)
    return f"{province}{century_and_sex}{birth:%y}{int(rng.integers(1, 100)):06d}"


def old_id(rng: np.random.Generator) -> str:
    """Return a nine-digit number of a former identity card, beyond the provinces' ranges."""
    return f"99{int(rng.integers(0, 10**7)):07d}"


def phone(rng: np.random.Generator) -> str:
    """Return a mobile number with the prefix 0500, which no operator has."""
    return f"0500{int(rng.integers(0, 10**6)):06d}"


def tax_code(rng: np.random.Generator, *, province: str) -> str:
    """Return a ten-digit tax code with its check digit; serials from 9900000 are far from being reached.

    Args:
        rng: source of the serial.
        province: two digits, the place of issue.
    """
    while True:
        stem = f"{province}99{int(rng.integers(0, 10**5)):05d}"
        digit = 10 - sum(w * int(d) for w, d in zip(_TAX_WEIGHTS, stem, strict=True)) % _TAX_MODULUS
        if digit != _NO_TAX_DIGIT:
            return f"{stem}{digit}"


def mrz_check(text: str) -> str:
    """Return the check digit of ICAO Doc 9303 part 3 §4.9: weights 7, 3, 1 modulo 10."""
    values = (0 if char == "<" else int(char, 36) for char in text)
    return str(sum(value * _MRZ_WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def mrz(*, number: str, name: str, birth: dt.date, male: bool, expiry: dt.date | None) -> tuple[str, str, str]:
    """Return the three lines in the machine-readable zone of an identity card (TD1).

    Unlike ICAO's use of the optional field, the second check digit of line 1 covers the twelve-digit number.
    """
    document = number[-9:]
    line1 = f"IDVNM{document}{mrz_check(document)}{number}<<{mrz_check(number)}"
    until = f"{expiry:%y%m%d}" if expiry else _MRZ_FOREVER
    born = f"{birth:%y%m%d}"
    line2 = f"{born}{mrz_check(born)}{'M' if male else 'F'}{until}{mrz_check(until)}VNM".ljust(_MRZ_LENGTH - 1, "<")
    overall = mrz_check(line1[5:30] + line2[0:7] + line2[8:15] + line2[18:29])
    surname, _, given = plain_letters(name).upper().partition(" ")
    line3 = f"{surname}<<{given.replace(' ', '<')}"[:_MRZ_LENGTH].ljust(_MRZ_LENGTH, "<")
    return line1, line2 + overall, line3


def plain_letters(text: str) -> str:
    """Return `text` without diacritics, letters and spaces only."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^A-Za-z ]", "", bare)
