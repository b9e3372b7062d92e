"""Civil-status papers: birth, marriage, marital status (forms of TT 04/2020/TT-BTP)."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.birth_form import Birth, invent_birth
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.certificate import Certificate, Halves, Pairs, Signed
from pipeline.specimens.dates import date_in_words
from pipeline.specimens.identifiers import personal_id
from pipeline.specimens.paper import named
from pipeline.specimens.people import Person, invent_person, pick
from pipeline.specimens.wording import people_committee

_DEPUTY = ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
_FREE = "Hiện tại chưa đăng ký kết hôn với ai"
_PURPOSES = ("để đăng ký kết hôn", "để mua bán nhà đất", "để vay vốn ngân hàng", "để bổ túc hồ sơ xin việc làm")


def birth_certificate(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a birth certificate; the older wording on some."""
    birth, day = invent_birth(case, rng), decided_on(rng, case)
    old = int(rng.integers(3)) == 0
    name = "Họ và tên" if old else "Họ, chữ đệm, tên"
    number = personal_id(rng, province=case.place.province.birth_code, birth=birth.born, male=birth.male)
    serial = f"{int(rng.integers(1, 400)):02d}"
    requester = "Họ, chữ đệm, tên người đi khai sinh:"
    organ = f"Ủy ban nhân dân {case.place.commune}, {case.place.province_name}"
    return Certificate(
        type=TypeCode("giay_khai_sinh"),
        title=("GIẤY KHAI SINH",),
        number=f"Số: {serial}/{day.year}",
        rows=(
            ((f"{name}:", birth.child.upper()),),
            (("Ngày, tháng, năm sinh:", f"{birth.born:%d/%m/%Y}"),),
            (("Ghi bằng chữ:", date_in_words(birth.born)),),
            *_about(birth),
            (("Số định danh cá nhân:", number),),
            *_parent("mẹ", name, birth.mother),
            *_parent("cha", name, birth.father),
            ((requester, birth.requester.full_name),),
            (("Giấy tờ tùy thân:", id_line(birth.requester)),),
            (("Nơi đăng ký khai sinh:", organ),),
            (("Ngày, tháng, năm đăng ký:", f"{day:%d/%m/%Y}"),),
        ),
        signed=Signed(
            above=("NGƯỜI KÝ GIẤY KHAI SINH", "PHÓ CHỦ TỊCH"), name=case.deputy, agency=people_committee(case)
        ),
        size=12.0,
        fields=named(
            code_number=serial,
            personal_id=number,
            requester_name=birth.requester.full_name,
            registered_place=organ,
            registered_date=day.isoformat(),
            signer_position="PHÓ CHỦ TỊCH",
            **_child(birth),
        ),
    )


def birth_extract(case: Case, rng: np.random.Generator) -> Certificate:
    """Return an extract from the register of births."""
    birth, day = invent_birth(case, rng), decided_on(rng, case)
    agency = people_committee(case)
    organ = f"Ủy ban nhân dân {case.place.commune}, {case.place.province_name}"
    number = personal_id(rng, province=case.place.province.birth_code, birth=birth.born, male=birth.male)
    registered, serial = day - dt.timedelta(days=int(rng.integers(1, 9))), f"{int(rng.integers(1, 400)):02d}"
    return Certificate(
        type=TypeCode("trich_luc_khai_sinh"),
        title=("TRÍCH LỤC KHAI SINH", "(BẢN SAO)"),
        agency=agency,
        number=f"Số: {serial}/TLKS-BS",
        issued=day,
        rows=(
            (("Họ, chữ đệm, tên:", birth.child.upper()),),
            (("Ngày, tháng, năm sinh:", f"{birth.born:%d/%m/%Y}"),),
            (("Ghi bằng chữ:", date_in_words(birth.born)),),
            *_about(birth),
            (("Số định danh cá nhân:", number),),
            *_parent("mẹ", "Họ, chữ đệm, tên", birth.mother),
            *_parent("cha", "Họ, chữ đệm, tên", birth.father),
            (("Đăng ký khai sinh tại:", organ),),
            (("Số:", f"{int(rng.integers(1, 400)):02d}/{registered.year}"), ("ngày:", f"{registered:%d/%m/%Y}")),
        ),
        signed=Signed(above=("NGƯỜI KÝ TRÍCH LỤC", "PHÓ CHỦ TỊCH"), name=case.deputy, agency=agency),
        size=12.0,
        fields=named(
            code_number=serial,
            code_notation="TLKS-BS",
            reference=f"{serial}/TLKS-BS",
            personal_id=number,
            registered_place=organ,
            registered_date=registered.isoformat(),
            signer_position="PHÓ CHỦ TỊCH",
            **_child(birth),
        ),
    )


def marriage_certificate(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a marriage certificate: wife and husband side by side, either of them on the left."""
    day = decided_on(rng, case)
    one = case.applicant
    other = invent_person(rng, place=case.place, today=day, male=not one.male, oldest=50)
    left, right = (one, other) if rng.integers(2) else (other, one)
    organ, serial = (
        f"Ủy ban nhân dân {case.place.commune}, {case.place.province_name}",
        f"{int(rng.integers(1, 200)):02d}",
    )
    return Certificate(
        type=TypeCode("giay_ket_hon"),
        title=("GIẤY CHỨNG NHẬN KẾT HÔN",),
        number=f"Số: {serial}/{day.year}",
        rows=(
            Halves(_spouse(left), _spouse(right)),
            (("Nơi đăng ký kết hôn:", organ),),
            (("Ngày, tháng, năm đăng ký:", f"{day:%d/%m/%Y}"),),
            "Giấy chứng nhận kết hôn này được cấp cho mỗi bên vợ, chồng một bản.",
        ),
        signed=Signed(
            above=("NGƯỜI KÝ GIẤY CHỨNG NHẬN KẾT HÔN", "CHỦ TỊCH"), name=case.chairman, agency=people_committee(case)
        ),
        size=12.5,
        fields=named(
            code_number=serial,
            full_name=left.full_name,
            birth_date=left.birth.isoformat(),
            ethnicity="Kinh",
            nationality="Việt Nam",
            address=left.address,
            personal_id=left.number,
            spouse_name=right.full_name,
            spouse_birth_date=right.birth.isoformat(),
            spouse_address=right.address,
            spouse_personal_id=right.number,
            registered_place=organ,
            registered_date=day.isoformat(),
            signer_position="CHỦ TỊCH",
        ),
    )


def marital_status(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a confirmation of marital status."""
    who, day, agency = case.applicant, decided_on(rng, case), people_committee(case)
    serial = f"{int(rng.integers(1, 300)):02d}"
    purpose = pick(rng, _PURPOSES)
    return Certificate(
        type=TypeCode("xac_nhan_hon_nhan"),
        title=("GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN",),
        agency=agency,
        number=f"Số: {serial}/UBND-XNTTHN",
        issued=day,
        rows=(
            (("Xét đề nghị của ông/bà:", who.full_name),),
            "về việc cấp Giấy xác nhận tình trạng hôn nhân,",
            "XÁC NHẬN:",
            (("Họ, chữ đệm, tên:", who.full_name.upper()),),
            (("Ngày, tháng, năm sinh:", f"{who.birth:%d/%m/%Y}"),),
            (("Giới tính:", who.sex), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
            (("Giấy tờ tùy thân:", id_line(who)),),
            (("Nơi cư trú:", who.address),),
            (("Tình trạng hôn nhân:", f"{_FREE}."),),
            ((f"Giấy này được sử dụng {purpose.split()[0]}", f"{purpose.split(' ', 1)[1]}."),),
            "Giấy này có giá trị trong thời hạn 06 tháng, kể từ ngày cấp.",
        ),
        signed=Signed(above=_DEPUTY, name=case.deputy, agency=agency),
        fields=named(
            code_number=serial,
            code_notation="UBND-XNTTHN",
            reference=f"{serial}/UBND-XNTTHN",
            requester_name=who.full_name,
            full_name=who.full_name,
            birth_date=who.birth.isoformat(),
            sex=who.sex,
            ethnicity="Kinh",
            nationality="Việt Nam",
            personal_id=who.number,
            id_issued_date=who.issued.isoformat(),
            id_issued_place=who.issuer,
            address=who.address,
            marital_status=_FREE,
            purpose=purpose.split(" ", 1)[1],
            signer_position="PHÓ CHỦ TỊCH",
        ),
    )


def id_line(who: Person) -> str:
    """Return how papers name somebody's identity card in one line."""
    kind = "Căn cước" if who.new_card else "Căn cước công dân"
    return f"{kind} số {who.number}, {who.issuer} cấp ngày {who.issued:%d/%m/%Y}"


def _about(birth: Birth) -> tuple[Pairs, ...]:
    return (
        (("Giới tính:", "Nam" if birth.male else "Nữ"), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
        (("Nơi sinh:", birth.birthplace),),
        (("Quê quán:", birth.hometown),),
    )


def _parent(which: str, label: str, who: Person) -> tuple[Pairs, ...]:
    return (
        ((f"{label} người {which}:", who.full_name),),
        (("Năm sinh:", str(who.birth.year)), ("Dân tộc:", "Kinh"), ("Quốc tịch:", "Việt Nam")),
        (("Nơi cư trú:", who.address),),
    )


def _child(birth: Birth) -> dict[str, str]:
    return {
        "child_name": birth.child,
        "birth_date": birth.born.isoformat(),
        "sex": "Nam" if birth.male else "Nữ",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "birth_place": birth.birthplace,
        "hometown": birth.hometown,
        "mother_name": birth.mother.full_name,
        "father_name": birth.father.full_name,
    }


def _spouse(who: Person) -> Pairs:
    return (
        (f"Họ, chữ đệm, tên {'chồng' if who.male else 'vợ'}:", who.full_name.upper()),
        ("Ngày, tháng, năm sinh:", f"{who.birth:%d/%m/%Y}"),
        ("Dân tộc:", "Kinh"),
        ("Quốc tịch:", "Việt Nam"),
        ("Nơi cư trú:", who.address),
        ("Giấy tờ tùy thân:", f"CCCD số {who.number}, cấp ngày {who.issued:%d/%m/%Y}"),
    )
