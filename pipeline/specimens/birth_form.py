"""Tờ khai đăng ký khai sinh (form of TT 04/2020/TT-BTP), filled in by typewriter or by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case
from pipeline.specimens.dates import date_in_words, vietnamese_date
from pipeline.specimens.fonts import Face
from pipeline.specimens.form import LEFT, RIGHT, SIZE, Form
from pipeline.specimens.ink import autograph
from pipeline.specimens.letter_head import motto
from pipeline.specimens.paper import DrawnPaper, PaperTruth, named
from pipeline.specimens.people import Person, invent_name, invent_person, pick
from pipeline.specimens.sheet import A4, Align, Sheet

_MIDDLE = (LEFT + RIGHT) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """A child that was not born, and its parents."""

    child: str
    male: bool
    born: dt.date
    birthplace: str
    hometown: str
    mother: Person
    father: Person
    requester: Person
    relation: str
    declared: dt.date


def invent_birth(case: Case, rng: np.random.Generator) -> Birth:
    """Return a birth that the case's applicant, a parent, declares on the day of receipt."""
    declared = case.received.date()
    born = declared - dt.timedelta(days=int(rng.integers(5, 55)))
    male = bool(rng.integers(2))
    one = case.applicant
    other = replace(
        invent_person(rng, place=case.place, today=declared, male=not one.male, oldest=42), address=one.address
    )
    father, mother = (one, other) if one.male else (other, one)
    hospital = pick(rng, ("Trung tâm Y tế khu vực", "Bệnh viện Đa khoa tỉnh", "Trạm Y tế xã"))
    return Birth(
        child=invent_name(rng, male=male, surname=father.full_name.split()[0]),
        male=male,
        born=born,
        birthplace=f"{hospital}, {case.place.province_name}",
        hometown=father.hometown,
        mother=mother,
        father=father,
        requester=one,
        relation="Cha" if one.male else "Mẹ",
        declared=declared,
    )


def draw_birth_form(case: Case, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Draw the filled-in form on one A4 page."""
    birth = invent_birth(case, rng)
    sheet = Sheet(A4, dpi=dpi)
    addressee = f"Ủy ban nhân dân {case.place.commune}"
    motto(sheet, _MIDDLE, 68)
    sheet.text(_MIDDLE, 122, "TỜ KHAI ĐĂNG KÝ KHAI SINH", size=15, face=Face.SERIF_BOLD, align=Align.CENTRE)
    form = Form(sheet, hand=int(rng.integers(3)) == 0, y=146.0)
    sheet.text(_MIDDLE, form.y, f"Kính gửi: {addressee}", size=SIZE, align=Align.CENTRE)
    form.y += 26
    _requester(form, birth)
    _child(form, birth)
    _parents(form, birth)
    _end(form, case, birth, rng)
    return DrawnPaper(truth=_truth(case, birth, addressee), pages=(sheet.finish(),))


def _requester(form: Form, birth: Birth) -> None:
    who = birth.requester
    form.row(("Họ, chữ đệm, tên người yêu cầu:", who.full_name))
    form.row(("Nơi cư trú:", who.address))
    kind = "Căn cước" if who.new_card else "Căn cước công dân"
    papers = f"{kind} số {who.number}, {who.issuer} cấp ngày {who.issued:%d/%m/%Y}"
    form.row(("Giấy tờ tùy thân:", papers))
    form.row(("Quan hệ với người được khai sinh:", birth.relation))


def _child(form: Form, birth: Birth) -> None:
    form.label("Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:", face=Face.SERIF_BOLD)
    form.row(("Họ, chữ đệm, tên:", birth.child.upper()))
    form.row(("Ngày, tháng, năm sinh:", f"{birth.born:%d/%m/%Y}"))
    form.row(("Ghi bằng chữ:", date_in_words(birth.born)))
    form.row(("Giới tính:", "Nam" if birth.male else "Nữ"), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam"))
    form.row(("Nơi sinh:", birth.birthplace))
    form.row(("Quê quán:", birth.hometown))


def _parents(form: Form, birth: Birth) -> None:
    for label, parent in (("mẹ", birth.mother), ("cha", birth.father)):
        form.row((f"Họ, chữ đệm, tên người {label}:", parent.full_name))
        form.row(("Năm sinh:", str(parent.birth.year)), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam"))
        form.row(("Nơi cư trú:", parent.address))


def _end(form: Form, case: Case, birth: Birth, rng: np.random.Generator) -> None:
    form.label(
        "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa thuận nhất trí của các bên "
        "liên quan theo quy định pháp luật. Tôi chịu hoàn toàn trách nhiệm trước pháp luật về nội dung cam đoan của mình."
    )
    sheet, centre = form.sheet, RIGHT - 118
    made = f"Làm tại: {case.place.commune}, {vietnamese_date(birth.declared)}"
    sheet.text(RIGHT, form.y + 4, made, size=SIZE, face=Face.SERIF_ITALIC, align=Align.RIGHT)
    sheet.text(centre, form.y + 22, "Người yêu cầu", size=SIZE, face=Face.SERIF_BOLD, align=Align.CENTRE)
    note = "(Ký, ghi rõ họ, chữ đệm, tên)"
    sheet.text(centre, form.y + 37, note, size=11.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
    autograph(sheet, rng, centre, form.y + 66, width=95)
    sheet.text(centre, form.y + 106, birth.requester.full_name, size=SIZE, align=Align.CENTRE)
    copies = f"Đề nghị cấp bản sao: Có, số lượng {int(rng.integers(1, 6)):02d} bản"
    sheet.text(LEFT, form.y + 22, copies, size=12)


def _truth(case: Case, birth: Birth, addressee: str) -> PaperTruth:
    return PaperTruth(
        type=TypeCode("to_khai_khai_sinh"),
        fields=named(
            type_name="TỜ KHAI ĐĂNG KÝ KHAI SINH",
            addressee=(addressee,),
            requester_name=birth.requester.full_name,
            personal_id=birth.requester.number,
            id_issued_date=birth.requester.issued.isoformat(),
            id_issued_place=birth.requester.issuer,
            address=birth.requester.address,
            requester_relation=birth.relation,
            child_name=birth.child,
            birth_date=birth.born.isoformat(),
            sex="Nam" if birth.male else "Nữ",
            ethnicity="Kinh",
            nationality="Việt Nam",
            birth_place=birth.birthplace,
            hometown=birth.hometown,
            mother_name=birth.mother.full_name,
            father_name=birth.father.full_name,
            issued_place=case.place.commune,
            issued_date=birth.declared.isoformat(),
        ),
    )
