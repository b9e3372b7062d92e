"""Addresses: from the house to the province, with or without a district.

Districts are gone since 1 July 2025 (NQ 202/2025/QH15): an address of today names hamlet or street, commune and province; old
papers keep the district between the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc
from pipeline.text.provinces import Province, province_named


class Level(IntEnum):
    """How large a unit is; the parts of an address go from small to large."""

    HOUSE = 0
    """house, street, hamlet, quarter: anything below the commune"""
    COMMUNE = 1
    """xã, phường, thị trấn, đặc khu"""
    DISTRICT = 2
    """huyện, quận, thị xã, and cities under a province: until 30 June 2025"""
    PROVINCE = 3
    """tỉnh, and cities under the central government"""


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of an address."""

    level: Level
    text: str
    """as printed"""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address in their printed order."""

    units: tuple[Unit, ...]
    province: Province | None
    """the province that is named last; none where none is named or none is called so"""

    @property
    def names_province(self) -> bool:
        """Whether the last part says that it is a province, known or not."""
        return bool(self.units) and self.units[-1].level is Level.PROVINCE

    @property
    def ordered(self) -> bool:
        """Whether the parts go from small to large, no level but the lowest named twice."""
        levels = [unit.level for unit in self.units if unit.level > Level.HOUSE]
        begun = next((index for index, unit in enumerate(self.units) if unit.level > Level.HOUSE), len(self.units))
        return levels == sorted(set(levels)) and all(unit.level > Level.HOUSE for unit in self.units[begun:])


_PARTS = re.compile(r"\s*[,;]\s*|\s+[-–—]\s+")
_COMMUNE = ("xa", "phuong", "thi tran", "dac khu")
_DISTRICT = ("huyen", "quan", "thi xa")
_PROVINCE = ("tinh",)
_SHORT = {"x.": Level.COMMUNE, "p.": Level.COMMUNE, "tt.": Level.COMMUNE, "h.": Level.DISTRICT, "q.": Level.DISTRICT,
          "tx.": Level.DISTRICT, "t.": Level.PROVINCE}  # fmt: skip
_CITY = re.compile(r"^(?:thanh pho|tp\.?)\s+")
_COUNTRY = ("viet nam",)


def parse_address(text: str) -> Address:
    """Cut an address into its parts and find out how large each is; parts are commas or dashes apart."""
    parts = [part.strip(" .") for part in _PARTS.split(_joined_names(nfc(text))) if part.strip(" .")]
    if parts and fold_for_search(parts[-1]) in _COUNTRY:
        parts = parts[:-1]
    units = tuple(
        Unit(_level(part, last=index == len(parts) - 1), part.replace(_GLUE, " - ")) for index, part in enumerate(parts)
    )
    last = units[-1] if units else None
    return Address(units, province_named(_without_short(last.text)) if last and last.level is Level.PROVINCE else None)


_GLUE = "\u2060"
"""stands in for a dash inside a province's name while an address is cut"""


def _joined_names(text: str) -> str:
    return re.sub(r"(Rịa)\s*[-–—]\s*(Vũng)", rf"\1{_GLUE}\2", text)


def _without_short(text: str) -> str:
    return re.sub(r"^(?:t\.|tỉnh)\s*", "", text, flags=re.IGNORECASE)


def _level(part: str, *, last: bool) -> Level:
    plain = fold_for_search(part)
    short = next((level for sign, level in _SHORT.items() if plain.startswith(sign)), None)
    if short is not None:
        return short
    for level, kinds in ((Level.COMMUNE, _COMMUNE), (Level.DISTRICT, _DISTRICT), (Level.PROVINCE, _PROVINCE)):
        if any(plain.startswith(f"{kind} ") for kind in kinds):
            return level
    if _CITY.match(plain):
        # most cities lay in a province and ranked with the districts
        return Level.PROVINCE if last and province_named(part) else Level.DISTRICT
    return Level.PROVINCE if last and _is_bare_province(part) else Level.HOUSE


def _is_bare_province(part: str) -> bool:
    """Say whether a part without its kind is a province's name: `phường Bến Nghé, Hồ Chí Minh`."""
    found = province_named(part)
    return found is not None and fold_tone_place(part) in {fold_tone_place(found.name), fold_tone_place(found.today)}
