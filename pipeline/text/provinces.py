"""Provinces and cities under the central government: the 63 of before 1 July 2025 and the 34 that they became.

Old papers stay valid and keep their old provinces; cards and organisation identifiers keep the old codes for ever
(Luật Căn cước 26/2023 art. 12, QĐ 20/2020/QĐ-TTg, NQ 202/2025/QH15).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.text.fold import fold_tone_place, nfc

_BORN_ABROAD = 100
"""from here on the first three digits of a personal number name a country of birth, not a province"""

# personal number's first digits | identifier of the people's committee | name of before July 2025 | name since, if another
_TABLE = """
001 H26 Hà Nội; 002 H22 Hà Giang > Tuyên Quang; 004 H14 Cao Bằng; 006 H03 Bắc Kạn > Thái Nguyên; 008 H60 Tuyên Quang
010 H38 Lào Cai; 011 H18 Điện Biên; 012 H35 Lai Châu; 014 H52 Sơn La; 015 H63 Yên Bái > Lào Cai; 017 H28 Hòa Bình > Phú Thọ
019 H55 Thái Nguyên; 020 H37 Lạng Sơn; 022 H49 Quảng Ninh; 024 H02 Bắc Giang > Bắc Ninh; 025 H44 Phú Thọ
026 H62 Vĩnh Phúc > Phú Thọ; 027 H05 Bắc Ninh; 030 H23 Hải Dương > Hải Phòng; 031 H24 Hải Phòng; 033 H31 Hưng Yên
034 H54 Thái Bình > Hưng Yên; 035 H25 Hà Nam > Ninh Bình; 036 H40 Nam Định > Ninh Bình; 037 H42 Ninh Bình; 038 H56 Thanh Hóa
040 H41 Nghệ An; 042 H27 Hà Tĩnh; 044 H46 Quảng Bình > Quảng Trị; 045 H50 Quảng Trị; 046 H57 Thừa Thiên Huế > Huế
048 H17 Đà Nẵng; 049 H47 Quảng Nam > Đà Nẵng; 051 H48 Quảng Ngãi; 052 H08 Bình Định > Gia Lai; 054 H45 Phú Yên > Đắk Lắk
056 H32 Khánh Hòa; 058 H43 Ninh Thuận > Khánh Hòa; 060 H11 Bình Thuận > Lâm Đồng; 062 H34 Kon Tum > Quảng Ngãi
064 H21 Gia Lai; 066 H15 Đắk Lắk; 067 H16 Đắk Nông > Lâm Đồng; 068 H36 Lâm Đồng; 070 H10 Bình Phước > Đồng Nai
072 H53 Tây Ninh; 074 H09 Bình Dương > Hồ Chí Minh; 075 H19 Đồng Nai; 077 H06 Bà Rịa - Vũng Tàu > Hồ Chí Minh
079 H29 Hồ Chí Minh; 080 H39 Long An > Tây Ninh; 082 H58 Tiền Giang > Đồng Tháp; 083 H07 Bến Tre > Vĩnh Long
084 H59 Trà Vinh > Vĩnh Long; 086 H61 Vĩnh Long; 087 H20 Đồng Tháp; 089 H01 An Giang; 091 H33 Kiên Giang > An Giang
092 H13 Cần Thơ; 093 H30 Hậu Giang > Cần Thơ; 094 H51 Sóc Trăng > Cần Thơ; 095 H04 Bạc Liêu > Cà Mau; 096 H12 Cà Mau
"""
_ROW = re.compile(r"(\d{3}) (H\d{2}) ([^>;]+?)(?: > ([^;]+?))?\s*(?:;|$)", re.MULTILINE)
_KIND = re.compile(r"^(?:tỉnh|thành phố|t\.?p\.?)\s*(?=\w)", re.IGNORECASE)
_OTHER_NAMES = {
    "HCM": "Hồ Chí Minh",
    "Sài Gòn": "Hồ Chí Minh",
    "Đắc Lắk": "Đắk Lắk",
    "Đắc Nông": "Đắk Nông",
    "Bắc Cạn": "Bắc Kạn",
}
"""abbreviations and former spellings that stand on papers"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A province of before July 2025."""

    name: str
    """without its kind, such as `Kon Tum`"""
    today: str
    """name of the province that its land belongs to since 1 July 2025 (NQ 202/2025/QH15)"""
    birth_code: str
    """first three digits of personal numbers of people whose birth was registered there"""
    organ: str
    """identifier of its people's committee (QĐ 20/2020/QĐ-TTg)"""


PROVINCES = tuple(
    Province(birth_code=code, organ=organ, name=name, today=today or name)
    for code, organ, name, today in _ROW.findall(_TABLE)
)


def province_named(text: str) -> Province | None:
    """Return the province whose name, old or of today, a text is; its kind (`tỉnh`, `TP.`) may stand before it.

    Letters and tone marks must be right; case and the place of the tone mark do not matter.
    """
    written = nfc(text).strip()
    return _by_name().get(_key(written)) or _by_name().get(_key(_KIND.sub("", written)))


def known_birthplace(personal_id: str) -> bool:
    """Say whether the first three digits of a personal number name a province of before July 2025 or a country abroad."""
    return personal_id[:3] in _birth_codes() or int(personal_id[:3]) >= _BORN_ABROAD


@cache
def _by_name() -> Mapping[str, Province]:
    names = {_key(one.name): one for one in PROVINCES}
    # a name that came with the merger stands for the province that brought its code
    names = {_key(one.today): one for one in PROVINCES} | names
    return names | {_key(other): names[_key(name)] for other, name in _OTHER_NAMES.items()}


def _key(name: str) -> str:
    return " ".join(re.sub(r"[-–—]", " ", fold_tone_place(name)).split())


@cache
def _birth_codes() -> frozenset[str]:
    return frozenset(one.birth_code for one in PROVINCES)
