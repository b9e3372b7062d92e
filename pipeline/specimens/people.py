"""Invented people and places, put together from common syllables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pipeline.specimens.identifiers import old_id, personal_id, phone, plain_letters

_Item = TypeVar("_Item")

_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")  # fmt: skip
_MIDDLE_MALE = ("Văn", "Đức", "Hữu", "Quang", "Minh", "Công", "Đình", "Xuân", "Ngọc", "Thế")
_MIDDLE_FEMALE = ("Thị", "Thị Thu", "Thị Ngọc", "Thùy", "Thị Mai", "Diệu", "Thị Kim", "Bích")
_GIVEN_MALE = ("An", "Bình", "Cường", "Dũng", "Hải", "Hưng", "Khánh", "Long", "Phúc", "Quân", "Sơn", "Thắng", "Tuấn", "Việt", "Đạt")  # fmt: skip
_GIVEN_FEMALE = ("Anh", "Chi", "Dung", "Hạnh", "Hoa", "Hương", "Lan", "Linh", "Nga", "Oanh", "Phượng", "Thảo", "Trang", "Yến", "Đào")  # fmt: skip
_FIRST = ("Thanh", "An", "Phú", "Tân", "Vĩnh", "Hòa", "Long", "Đông", "Xuân", "Mỹ", "Thuận", "Lộc")
_SECOND = ("Bình", "Lạc", "Thịnh", "Phước", "Hưng", "Khê", "Sơn", "Điền", "Trạch", "Giang", "Thủy", "Hậu")
_NEW_CARDS = dt.date(2024, 7, 1)
_RURAL = 0.75
"""share of communes that are rural"""
_HAMLETS = ("thôn Đông", "thôn Thượng", "thôn Trung", "thôn Hạ", "thôn 3", "ấp Tân Lập", "ấp Bình Hòa")
_QUARTERS = ("tổ dân phố số 1", "tổ dân phố số 3", "tổ dân phố số 8", "khu phố 2", "khu phố 5")
_STREETS = ("đường Hoa Mai", "đường Bờ Sông", "đường Cây Đa", "đường Bến Cũ", "đường Đồng Xanh")


@dataclass(frozen=True, slots=True)
class Province:
    """A province as it is after 1 July 2025 (NQ 202/2025/QH15) with the codes that were its own before."""

    name: str
    organ: str
    """identifier of its people's committee (QĐ 20/2020/QĐ-TTg)"""
    birth_code: str
    """first three digits of personal numbers"""
    tax_code: str
    """first two digits of tax codes"""


PROVINCES = (
    Province("Ninh Bình", "H42", "037", "27"),
    Province("Quảng Ngãi", "H48", "051", "43"),
    Province("Lâm Đồng", "H36", "068", "58"),
    Province("Phú Thọ", "H44", "025", "26"),
    Province("Thái Nguyên", "H55", "019", "46"),
    Province("Tây Ninh", "H53", "072", "39"),
    Province("Vĩnh Long", "H61", "086", "15"),
    Province("Đồng Tháp", "H20", "087", "14"),
    Province("An Giang", "H01", "089", "16"),
    Province("Gia Lai", "H21", "064", "59"),
    Province("Khánh Hòa", "H32", "056", "42"),
    Province("Hưng Yên", "H31", "033", "09"),
    Province("Nghệ An", "H41", "040", "29"),
    Province("Cà Mau", "H12", "096", "20"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """An invented commune in a province; the district is gone since 2025."""

    commune: str
    """with its kind, such as `xã Thanh Bình`"""
    province: Province

    @property
    def name(self) -> str:
        """The commune's name without its kind."""
        return self.commune.split(" ", 1)[1]

    @property
    def province_name(self) -> str:
        """`tỉnh Ninh Bình`."""
        return f"tỉnh {self.province.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who does not exist."""

    full_name: str
    male: bool
    birth: dt.date
    number: str
    """personal number"""
    old_number: str
    issued: dt.date
    """of the identity card"""
    expiry: dt.date | None
    """none: without limit"""
    place: Place
    address: str
    hometown: str
    phone: str
    email: str

    @property
    def sex(self) -> str:
        """As printed."""
        return "Nam" if self.male else "Nữ"

    @property
    def new_card(self) -> bool:
        """Whether the card is of the kind issued since 1 July 2024 (Luật Căn cước 26/2023)."""
        return self.issued >= _NEW_CARDS

    @property
    def issuer(self) -> str:
        """Who issued the card."""
        return "Bộ Công an" if self.new_card else "Cục Cảnh sát quản lý hành chính về trật tự xã hội"

    @property
    def title(self) -> str:
        """The polite form of address."""
        return "ông" if self.male else "bà"


def pick(rng: np.random.Generator, items: Sequence[_Item]) -> _Item:
    """Return one of `items`."""
    return items[int(rng.integers(len(items)))]


def invent_name(rng: np.random.Generator, *, male: bool, surname: str | None = None) -> str:
    """Return a full name; children carry a given `surname`."""
    middle, given = (_MIDDLE_MALE, _GIVEN_MALE) if male else (_MIDDLE_FEMALE, _GIVEN_FEMALE)
    return f"{surname or pick(rng, _SURNAMES)} {pick(rng, middle)} {pick(rng, given)}"


def invent_place(rng: np.random.Generator, province: Province | None = None) -> Place:
    """Return an invented commune."""
    kind = "xã" if rng.random() < _RURAL else "phường"
    return Place(f"{kind} {pick(rng, _FIRST)} {pick(rng, _SECOND)}", province or pick(rng, PROVINCES))


def invent_address(rng: np.random.Generator, place: Place) -> str:
    """Return an address of two levels below the house (NQ 202/2025/QH15: commune and province)."""
    if place.commune.startswith("xã"):
        return f"{pick(rng, _HAMLETS)}, {place.commune}, {place.province_name}"
    house = f"số {int(rng.integers(1, 200))} {pick(rng, _STREETS)}"
    return f"{house}, {pick(rng, _QUARTERS)}, {place.commune}, {place.province_name}"


def invent_person(
    rng: np.random.Generator, *, place: Place, today: dt.date, male: bool | None = None, oldest: int = 70
) -> Person:
    """Return an adult of 20 to `oldest` years who lives at `place`."""
    is_male = bool(rng.integers(2)) if male is None else male
    birth = today - dt.timedelta(days=int(rng.integers(20 * 366, oldest * 365)))
    name = invent_name(rng, male=is_male)
    home = invent_place(rng)
    issued = today - dt.timedelta(days=int(rng.integers(60, 1200)))
    given = plain_letters(name).lower().split()
    return Person(
        full_name=name,
        male=is_male,
        birth=birth,
        number=personal_id(rng, province=home.province.birth_code, birth=birth, male=is_male),
        old_number=old_id(rng),
        issued=issued,
        expiry=card_expiry(birth, issued),
        place=place,
        address=invent_address(rng, place),
        hometown=f"{home.commune}, {home.province_name}",
        phone=phone(rng),
        email=f"{given[-1]}.{given[0]}{int(rng.integers(10, 99))}@example.com",
    )


def card_expiry(birth: dt.date, issued: dt.date) -> dt.date | None:
    """Return when a card runs out: with the 25th, 40th or 60th birthday, never after it (Luật Căn cước 26/2023 art. 21).

    A card issued in the two years before such a birthday is valid until the next one.
    """
    for age in (25, 40, 60):
        birthday = birthday_in(birth, birth.year + age)
        if issued < birthday_in(birth, birth.year + age - 2):
            return birthday
    return None


def birthday_in(birth: dt.date, year: int) -> dt.date:
    """Return the birthday in `year`; who was born on 29 February has it on the 28th in a common year."""
    try:
        return birth.replace(year=year)
    except ValueError:
        return birth.replace(year=year, day=28)
