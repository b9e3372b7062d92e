"""Invented agencies of every level, how they are named in heads and texts, and who signs for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipeline.specimens.cases import Case
from pipeline.specimens.letter import Agency
from pipeline.specimens.people import pick
from pipeline.specimens.wording import people_committee

TWO_LEVELS_FROM = dt.date(2025, 7, 1)
"""districts and 29 provinces are gone since (NQ 202/2025/QH15, NQ 203/2025/QH15)"""


class Level(StrEnum):
    """Kinds of agencies."""

    COMMUNE = "commune"
    COUNCIL = "council"
    OFFICE = "office"
    """of a commune"""
    PROVINCE = "province"
    DEPARTMENT = "department"
    """of a province"""
    BRANCH = "branch"
    """of a department: two superior bodies in three lines"""
    DISTRICT = "district"
    """until 2025"""
    MINISTRY = "ministry"
    BUREAU = "bureau"
    """of a ministry"""
    HOSPITAL = "hospital"
    PARTY = "party"
    GOVERNMENT = "government"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A part of an agency, whose head may sign for the agency's."""

    name: str
    short: str
    """in notations"""
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An agency with everything that a paper of it needs."""

    agency: Agency
    name: str
    """in texts"""
    short: str
    """in notations"""
    head: str
    deputy: str
    together: str = ""
    """the body that decides as a whole, in `TM. …`"""
    units: tuple[Unit, ...] = ()
    area: str
    """where it governs, `xã Thanh Bình`"""
    old: bool = False
    """it was there before July 2025 only"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """In whose place somebody signs, and as what."""

    capacities: tuple[str, ...]
    position: str


def invent_issuer(level: Level, case: Case, rng: np.random.Generator) -> Issuer:
    """Return an agency of a level, of the case's place where its level has one."""
    return _MAKERS[level](case, rng)


def invent_authority(issuer: Issuer, rng: np.random.Generator) -> Authority:
    """Return who signs: the head, a deputy for him, or a unit's head by order or by mandate (NĐ 30/2020 art. 13)."""
    mark = "T/M" if issuer.agency.party else "TM."
    whole = (f"{mark} {issuer.together}",) if issuer.together else ()
    way = rng.random()
    if issuer.units and not issuer.agency.party and way < _BY_ORDER:
        unit = pick(rng, issuer.units)
        mark = "TUQ." if way < _BY_MANDATE else "TL."
        order = (f"{mark} {issuer.head}",)
        if way > _BY_DEPUTY_ORDER:
            return Authority(capacities=(*order, f"KT. {unit.head}"), position=f"PHÓ {unit.head}")
        return Authority(capacities=order, position=unit.head)
    if issuer.agency.party:
        return Authority(capacities=whole, position=issuer.head if way < _BY_HEAD else issuer.deputy)
    if way < _BY_HEAD:
        return Authority(capacities=whole, position=issuer.head)
    return Authority(capacities=(*whole, f"KT. {issuer.head}"), position=issuer.deputy)


_BY_MANDATE, _BY_DEPUTY_ORDER, _BY_ORDER, _BY_HEAD = 0.08, 0.22, 0.28, 0.62
"""shares of the ways to sign, added up"""

_DEPARTMENTS = (
    ("Tư pháp", "STP"),
    ("Tài chính", "STC"),
    ("Xây dựng", "SXD"),
    ("Nội vụ", "SNV"),
    ("Công Thương", "SCT"),
    ("Nông nghiệp và Môi trường", "SNNMT"),
    ("Khoa học và Công nghệ", "SKHCN"),
    ("Giáo dục và Đào tạo", "SGDĐT"),
    ("Văn hóa, Thể thao và Du lịch", "SVHTTDL"),
    ("Y tế", "SYT"),
)
_BRANCHES = (
    ("Nông nghiệp và Môi trường", "Chi cục Thủy lợi", "CCTL"),
    ("Nông nghiệp và Môi trường", "Chi cục Kiểm lâm", "CCKL"),
    ("Y tế", "Chi cục Dân số", "CCDS"),
    ("Tài chính", "Trung tâm Hỗ trợ doanh nghiệp", "TTHTDN"),
)
_MINISTRIES = (
    ("Tư pháp", "BTP"),
    ("Tài chính", "BTC"),
    ("Xây dựng", "BXD"),
    ("Nội vụ", "BNV"),
    ("Y tế", "BYT"),
    ("Công Thương", "BCT"),
    ("Khoa học và Công nghệ", "BKHCN"),
)
_BUREAUS = (
    ("Tư pháp", "Cục Hành chính tư pháp", "CHCTP"),
    ("Tài chính", "Cục Quản lý công sản", "QLCS"),
    ("Xây dựng", "Cục Kinh tế xây dựng", "KTXD"),
    ("Khoa học và Công nghệ", "Cục Chuyển đổi số quốc gia", "CĐSQG"),
)
_OFFICES = (
    ("Phòng Kinh tế", "KT"),
    ("Phòng Văn hóa - Xã hội", "VHXH"),
    ("Văn phòng Hội đồng nhân dân và Ủy ban nhân dân", "VP"),
    ("Trung tâm Phục vụ hành chính công", "TTPVHCC"),
)
_FORMER_PROVINCES = ("Quảng Nam", "Nam Định", "Hà Nam", "Bình Định", "Kon Tum", "Bến Tre", "Tiền Giang", "Thái Bình")
_GENERAL_OFFICE = Unit(name="Văn phòng", short="VP", head="CHÁNH VĂN PHÒNG")


def _commune(case: Case, _rng: np.random.Generator) -> Issuer:
    agency = people_committee(case)
    return Issuer(
        agency=agency,
        name=f"Ủy ban nhân dân {case.place.commune}",
        short="UBND",
        head="CHỦ TỊCH",
        deputy="PHÓ CHỦ TỊCH",
        together="ỦY BAN NHÂN DÂN",
        units=tuple(_section(name, short) for name, short in (("Kinh tế", "KT"), ("Văn hóa - Xã hội", "VHXH"))),
        area=case.place.commune,
    )


def _council(case: Case, rng: np.random.Generator) -> Issuer:
    province = bool(rng.integers(2))
    area = case.place.province_name if province else case.place.commune
    return Issuer(
        agency=Agency(
            lines=("HỘI ĐỒNG NHÂN DÂN", area.upper()),
            place=case.place.province.name if province else case.place.name,
            seal=f"HỘI ĐỒNG NHÂN DÂN {area.upper()}",
            seal_foot=case.place.province_name.upper(),
        ),
        name=f"Hội đồng nhân dân {area}",
        short="HĐND",
        head="CHỦ TỊCH",
        deputy="PHÓ CHỦ TỊCH",
        together="HỘI ĐỒNG NHÂN DÂN",
        area=area,
    )


def _office(case: Case, rng: np.random.Generator) -> Issuer:
    name, short = pick(rng, _OFFICES)
    commune, province = case.place.commune, case.place.province_name
    superior = (f"UBND {commune.upper()}",) if rng.integers(2) else ("ỦY BAN NHÂN DÂN", commune.upper())
    kind = name.split()[0]
    heads = {"Phòng": ("TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG"), "Văn": ("CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG")}
    head, deputy = heads.get(kind, ("GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"))
    upper = "VĂN PHÒNG HĐND VÀ UBND" if kind == "Văn" else name.upper()
    return Issuer(
        agency=Agency(lines=(upper,), superior=superior, place=case.place.name, seal=upper, seal_foot=province.upper()),
        name=f"{name} {commune}",
        short=short,
        head=head,
        deputy=deputy,
        area=commune,
    )


def _province(case: Case, _rng: np.random.Generator) -> Issuer:
    area = case.place.province_name
    return Issuer(
        agency=Agency(
            lines=("ỦY BAN NHÂN DÂN", area.upper()),
            place=case.place.province.name,
            seal=f"ỦY BAN NHÂN DÂN {area.upper()}",
            seal_foot="VIỆT NAM",
        ),
        name=f"Ủy ban nhân dân {area}",
        short="UBND",
        head="CHỦ TỊCH",
        deputy="PHÓ CHỦ TỊCH",
        together="ỦY BAN NHÂN DÂN",
        units=(_GENERAL_OFFICE,),
        area=area,
    )


def _department(case: Case, rng: np.random.Generator) -> Issuer:
    field, short = pick(rng, _DEPARTMENTS)
    area = case.place.province_name
    superior = ("ỦY BAN NHÂN DÂN", area.upper()) if rng.integers(2) else (f"UBND {area.upper()}",)
    return Issuer(
        agency=Agency(
            lines=(f"SỞ {field.upper()}",),
            superior=superior,
            place=case.place.province.name,
            seal=f"SỞ {field.upper()}",
            seal_foot=area.upper(),
        ),
        name=f"Sở {field} {area}",
        short=short,
        head="GIÁM ĐỐC",
        deputy="PHÓ GIÁM ĐỐC",
        units=(_GENERAL_OFFICE, _section("Tổ chức - Hành chính", "TCHC"), _section("Kế hoạch - Tài chính", "KHTC")),
        area=area,
    )


def _branch(case: Case, rng: np.random.Generator) -> Issuer:
    field, name, short = pick(rng, _BRANCHES)
    area = case.place.province_name
    head, deputy = ("CHI CỤC TRƯỞNG", "PHÓ CHI CỤC TRƯỞNG") if name.startswith("Chi") else ("GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")
    return Issuer(
        agency=Agency(
            lines=(name.upper(),),
            superior=(f"UBND {area.upper()}", f"SỞ {field.upper()}"),
            place=case.place.province.name,
            seal=name.upper(),
            seal_foot=area.upper(),
        ),
        name=f"{name} {area}",
        short=short,
        head=head,
        deputy=deputy,
        units=(_section("Hành chính - Tổng hợp", "HCTH"),),
        area=area,
    )


def _district(case: Case, rng: np.random.Generator) -> Issuer:
    province = pick(rng, _FORMER_PROVINCES)
    district = f"huyện {case.place.name}"
    own = bool(rng.integers(2))
    lines = ("ỦY BAN NHÂN DÂN", district.upper()) if own else ("PHÒNG TÀI NGUYÊN VÀ MÔI TRƯỜNG",)
    superior = (f"TỈNH {province.upper()}",) if own and rng.integers(2) else ()
    head, deputy = ("CHỦ TỊCH", "PHÓ CHỦ TỊCH") if own else ("TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG")
    return Issuer(
        agency=Agency(
            lines=lines,
            superior=superior if own else (f"UBND {district.upper()}",),
            place=case.place.name,
            seal=" ".join(lines),
            seal_foot=f"TỈNH {province.upper()}",
        ),
        name=f"{'Ủy ban nhân dân' if own else 'Phòng Tài nguyên và Môi trường'} {district}",
        short="UBND" if own else "TNMT",
        head=head,
        deputy=deputy,
        together="ỦY BAN NHÂN DÂN" if own else "",
        area=f"{district}, tỉnh {province}",
        old=True,
    )


def _ministry(_case: Case, rng: np.random.Generator) -> Issuer:
    field, short = pick(rng, _MINISTRIES)
    return Issuer(
        agency=Agency(lines=(f"BỘ {field.upper()}",), place="Hà Nội", seal=f"BỘ {field.upper()}", seal_foot="VIỆT NAM"),
        name=f"Bộ {field}",
        short=short,
        head="BỘ TRƯỞNG",
        deputy="THỨ TRƯỞNG",
        units=(_GENERAL_OFFICE,),
        area="cả nước",
    )


def _bureau(_case: Case, rng: np.random.Generator) -> Issuer:
    field, name, short = pick(rng, _BUREAUS)
    return Issuer(
        agency=Agency(
            lines=(name.upper(),),
            superior=(f"BỘ {field.upper()}",),
            place="Hà Nội",
            seal=name.upper(),
            seal_foot="VIỆT NAM",
        ),
        name=name,
        short=short,
        head="CỤC TRƯỞNG",
        deputy="PHÓ CỤC TRƯỞNG",
        units=(_GENERAL_OFFICE,),
        area="cả nước",
    )


def _hospital(case: Case, rng: np.random.Generator) -> Issuer:
    area = case.place.province_name
    name = pick(rng, ("Bệnh viện Đa khoa", "Trung tâm Kiểm soát bệnh tật", "Bệnh viện Y học cổ truyền"))
    return Issuer(
        agency=Agency(
            lines=(name.upper(), area.upper()),
            superior=(f"SỞ Y TẾ {area.upper()}",),
            place=case.place.province.name,
            seal=name.upper(),
            seal_foot=area.upper(),
        ),
        name=f"{name} {area}",
        short={"B": "BV", "T": "KSBT"}[name[0]],
        head="GIÁM ĐỐC",
        deputy="PHÓ GIÁM ĐỐC",
        units=(_section("Tổ chức cán bộ", "TCCB"),),
        area=area,
    )


def _party(case: Case, rng: np.random.Generator) -> Issuer:
    commune = case.place.commune.upper()
    own = bool(rng.integers(2))
    superior = (f"TỈNH ỦY {case.place.province.name.upper()}",)
    return Issuer(
        agency=Agency(
            lines=(f"ĐẢNG ỦY {commune}",) if own else ("BAN TỔ CHỨC",),
            superior=superior,
            place=case.place.name if own else case.place.province.name,
            seal=f"ĐẢNG ỦY {commune}" if own else "BAN TỔ CHỨC",
            seal_foot=case.place.province_name.upper(),
            party=True,
        ),
        name=f"Đảng ủy {case.place.commune}" if own else "Ban Tổ chức Tỉnh ủy",
        short="ĐU" if own else "BTCTU",
        head="BÍ THƯ" if own else "TRƯỞNG BAN",
        deputy="PHÓ BÍ THƯ" if own else "PHÓ TRƯỞNG BAN",
        together="BAN THƯỜNG VỤ" if own else "",
        area=case.place.commune,
    )


def _government(_case: Case, _rng: np.random.Generator) -> Issuer:
    return Issuer(
        agency=Agency(lines=("CHÍNH PHỦ",), place="Hà Nội", seal="CHÍNH PHỦ", seal_foot="VIỆT NAM"),
        name="Chính phủ",
        short="CP",
        head="THỦ TƯỚNG",
        deputy="PHÓ THỦ TƯỚNG",
        together="CHÍNH PHỦ",
        area="cả nước",
    )


def _section(name: str, short: str) -> Unit:
    return Unit(name=f"Phòng {name}", short=short, head="TRƯỞNG PHÒNG")


_MAKERS: Mapping[Level, Callable[[Case, np.random.Generator], Issuer]] = {
    Level.COMMUNE: _commune,
    Level.COUNCIL: _council,
    Level.OFFICE: _office,
    Level.PROVINCE: _province,
    Level.DEPARTMENT: _department,
    Level.BRANCH: _branch,
    Level.DISTRICT: _district,
    Level.MINISTRY: _ministry,
    Level.BUREAU: _bureau,
    Level.HOSPITAL: _hospital,
    Level.PARTY: _party,
    Level.GOVERNMENT: _government,
}
