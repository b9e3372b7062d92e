"""Invented applications: who asks which agency for what, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipeline.domain.ids import DossierCode
from pipeline.specimens.dates import VIETNAM, working_day
from pipeline.specimens.identifiers import dossier_code, tax_code
from pipeline.specimens.people import Person, Place, invent_name, invent_person, invent_place, pick


class Topic(StrEnum):
    """What an application is about."""

    BIRTH = "birth"
    LAND = "land"
    ALLOWANCE = "allowance"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure with its code on the national database, what must be handed in, and working days allowed."""

    code: str
    name: str
    papers: tuple[str, ...]
    days: int


PROCEDURES: Mapping[Topic, Procedure] = {
    Topic.BIRTH: Procedure(
        "1.001193",
        "Đăng ký khai sinh",
        ("Tờ khai đăng ký khai sinh", "Giấy chứng sinh", "Căn cước của người yêu cầu"),
        1,
    ),
    Topic.LAND: Procedure(
        "1.013949",
        "Chuyển mục đích sử dụng đất",
        ("Đơn xin chuyển mục đích sử dụng đất", "Giấy chứng nhận quyền sử dụng đất", "Căn cước của người sử dụng đất"),
        15,
    ),
    Topic.ALLOWANCE: Procedure(
        "1.001776",
        "Thực hiện trợ cấp xã hội hàng tháng",
        ("Tờ khai đề nghị trợ giúp xã hội", "Căn cước của người đề nghị"),
        10,
    ),
    Topic.BUSINESS: Procedure(
        "1.001612",
        "Đăng ký thành lập hộ kinh doanh",
        ("Giấy đề nghị đăng ký hộ kinh doanh", "Căn cước của chủ hộ kinh doanh"),
        3,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One application at a commune's counter."""

    code: DossierCode
    topic: Topic
    procedure: Procedure
    place: Place
    applicant: Person
    received: dt.datetime
    due: dt.datetime
    chairman: str
    deputy: str
    clerk: str
    tax_code: str
    """of the applicant's business"""


def invent_case(rng: np.random.Generator, *, topic: Topic, today: dt.date) -> Case:
    """Return an application that was handed in on a working day between 12 and 60 days before `today`."""
    place = invent_place(rng)
    procedure = PROCEDURES[topic]
    day = working_day(today - dt.timedelta(days=int(rng.integers(12, 60))))
    received = dt.datetime.combine(day, dt.time(int(rng.integers(7, 16)), int(rng.integers(0, 60))), tzinfo=VIETNAM)
    back = working_day(day + dt.timedelta(days=procedure.days + 2 * (procedure.days // 5)), onward=True)
    level2 = f"{int(rng.integers(11, 70))}" if rng.integers(2) else f"{int(rng.integers(101, 320))}"
    return Case(
        code=dossier_code(rng, organ=f"{place.province.organ}.{level2}", day=day),
        topic=topic,
        procedure=procedure,
        place=place,
        applicant=invent_person(rng, place=place, today=day, oldest=42 if topic is Topic.BIRTH else 70),
        received=received,
        due=dt.datetime.combine(back, dt.time(pick(rng, (10, 11, 16, 17)), pick(rng, (0, 30))), tzinfo=VIETNAM),
        chairman=invent_name(rng, male=bool(rng.integers(2))),
        deputy=invent_name(rng, male=bool(rng.integers(2))),
        clerk=invent_name(rng, male=bool(rng.integers(2))),
        tax_code=tax_code(rng, province=place.province.tax_code),
    )


def decided_on(rng: np.random.Generator, case: Case) -> dt.date:
    """Return a working day on which an agency writes in this case, within nine days of its receipt."""
    return working_day(case.received.date() + dt.timedelta(days=int(rng.integers(3, 10))))
