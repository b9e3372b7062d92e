"""Papers of invented people to search in: short, in the wording of the samples, any number of them from a seed.

The letters of `pipeline.specimens` are written once for a few hundred cases; every paper takes one, puts its own person,
number and day into it, and is cut to 60 to 300 words. Some fifty thousand people of a million papers have twenty each, as
in an office.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.specimens.cases import Case, Topic, invent_case
from pipeline.specimens.letter import Letter
from pipeline.specimens.people import Person, invent_person, invent_place
from pipeline.specimens.wording import (
    ask_to_verify,
    decide_on_allowance,
    decide_on_land,
    notify_of_posting,
    notify_of_tax,
    propose_on_land,
)

TODAY = dt.date(2026, 11, 20)
PAPERS_OF_A_PERSON = 20
PAPERS_OF_A_BATCH = 100
AGENCIES = 300
_CASES = 200
_LETTERS = (decide_on_land, decide_on_allowance, propose_on_land, notify_of_posting, notify_of_tax, ask_to_verify)
_FORMS = (
    (
        "giay_khai_sinh",
        (
            "GIẤY KHAI SINH\nHọ, chữ đệm, tên: {name}\nNgày, tháng, năm sinh: {birth}\nGiới tính: {sex} Dân tộc: Kinh Quốc tịch: Việt Nam\n"
            "Nơi sinh: {place}\nQuê quán: {home}\nSố định danh cá nhân: {number}\nNơi cư trú: {address}\nNơi đăng ký khai sinh: Ủy ban nhân dân "
            "{commune}\nNgười thực hiện ghi vào sổ đã kiểm tra giấy tờ tùy thân và hồ sơ kèm theo. Trích lục này có giá trị như bản chính khi "
            "làm thủ tục hành chính, ngày đăng ký theo sổ hộ tịch."
        ),
    ),
    (
        "can_cuoc",
        (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc CĂN CƯỚC\nSố định danh cá nhân {number}\nHọ, chữ đệm và tên khai sinh "
            "{upper}\nNgày, tháng, năm sinh {birth}\nGiới tính {sex} Quốc tịch Việt Nam\nNơi đăng ký khai sinh {home}\nNơi cư trú {address}\n"
            "Ngày, tháng, năm cấp, ngày hết hạn ghi ở mặt sau, nơi cấp Bộ Công an. Hồ sơ gốc lưu tại cơ quan quản lý căn cước của tỉnh."
        ),
    ),
    (
        "don_dang_ky",
        (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nTỜ KHAI ĐĂNG KÝ KHAI SINH\nKính gửi: Ủy ban nhân dân {commune}\n"
            "Họ, chữ đệm, tên người yêu cầu: {name}\nGiấy tờ tùy thân: số {spaced} ngày cấp theo hồ sơ\nNơi cư trú: {address}\nĐiện thoại: {phone}\n"
            "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây. Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được "
            "sự thỏa thuận nhất trí của các bên liên quan theo quy định pháp luật và chịu hoàn toàn trách nhiệm trước pháp luật về nội dung cam "
            "đoan của mình."
        ),
    ),
    (
        "giay_tiep_nhan",
        (
            "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ\nMã hồ sơ: {dossier}\nTrung tâm Phục vụ hành chính công {commune} tiếp nhận hồ sơ của: {name}\n"
            "Địa chỉ: {address}\nSố điện thoại: {phone}\nNội dung yêu cầu giải quyết: theo thủ tục hành chính đã đăng ký\nThành phần hồ sơ nộp gồm: "
            "tờ khai, giấy tờ tùy thân, bản sao giấy chứng nhận\nThời gian giải quyết hồ sơ theo quy định, đăng ký nhận kết quả tại bộ phận một cửa "
            "ngày làm việc trong tuần."
        ),
    ),
)
"""type and text of forms; `{…}` is filled in"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with what is known of it."""

    number: int
    """from 1, the oldest first"""
    text: str
    type: str
    name: str
    personal_id: str
    reference: str
    """`120/QĐ-UBND`; empty on forms"""
    dossier: str
    agency: str
    state: str
    issued: dt.date


def papers(first: int, count: int, *, seed: int, total: int) -> Iterator[Paper]:
    """Yield papers `first`, `first + 1`, … of a corpus of `total`; each depends on its number and the seed only."""
    people = max(1, total // PAPERS_OF_A_PERSON)
    for number in range(first, first + count):
        dice = random.Random(seed << 32 | number)
        person = _person(seed, dice.randrange(people))
        yield _paper(number, person, dice, seed=seed, total=total)


def _paper(number: int, person: Person, dice: random.Random, *, seed: int, total: int) -> Paper:
    # papers came in over ten years, the newest today; what they were issued on lies up to two years before
    received = TODAY - dt.timedelta(days=(total - number) * 3650 // total)
    issued = received - dt.timedelta(days=int(dice.expovariate(1 / 60)) % 730)
    # communes are of different size: the largest has some four in a hundred of all papers
    agency = f"H42.{min(int(dice.paretovariate(0.6)), AGENCIES) + 10}"
    dossier = f"{agency}-{received:%y%m%d}-{number // 4 % 9999 + 1:04d}"
    if dice.random() < 0.45:
        type_, form = dice.choice(_FORMS)
        text, reference = _filled(form, person, dossier), ""
    else:
        letter = dice.choice(_letters(seed))
        reference = f"{dice.randrange(1, 4000):02d}/{letter.notation}"
        type_, text = letter.type, letter.filled(person, reference, issued, words=dice.randrange(60, 300))
    return Paper(
        number=number,
        text=_misread(text, dice),
        type=type_,
        name=person.full_name,
        personal_id=person.number,
        reference=reference,
        dossier=dossier,
        agency=agency,
        state="needs_review" if dice.random() < 0.1 else "digitized",
        issued=issued,
    )


def _misread(text: str, dice: random.Random) -> str:
    """Return the text with one in eighty words misread: that is what makes the dictionary of an index grow."""
    words = text.split(" ")
    for _ in range(len(words) // 80):
        at = dice.randrange(len(words))
        letter = dice.randrange(len(words[at]) + 1)
        words[at] = words[at][:letter] + dice.choice("aiueonmtlhrc") + words[at][letter:]
    return " ".join(words)


def _filled(form: str, person: Person, dossier: str) -> str:
    number = person.number
    return form.format(
        name=person.full_name,
        upper=person.full_name.upper(),
        birth=f"{person.birth:%d/%m/%Y}",
        sex=person.sex,
        place=person.place.province_name,
        commune=person.place.commune,
        home=person.hometown,
        address=person.address,
        phone=person.phone,
        number=number,
        spaced=" ".join(number[at : at + 3] for at in range(0, len(number), 3)),
        dossier=dossier,
    )


@dataclass(frozen=True, slots=True)
class _LetterForm:
    """A letter in which the person and the head are still to be put."""

    type: str
    notation: str
    head: str
    body: str

    def filled(self, person: Person, reference: str, issued: dt.date, *, words: int) -> str:
        """Return the letter to a person, cut to its first `words` words."""
        head = self.head.format(reference=reference, day=f"ngày {issued:%d} tháng {issued:%m} năm {issued:%Y}")
        body = self.body.format(name=person.full_name, number=person.number, address=person.address)
        return " ".join(f"{head}\n{body}".split(" ")[:words])


@cache
def _letters(seed: int) -> tuple[_LetterForm, ...]:
    rng = np.random.default_rng(seed)
    cases = [invent_case(rng, topic=Topic.LAND, today=TODAY) for _ in range(_CASES)]
    return tuple(_letter_form(write(case, rng), case) for case in cases for write in _LETTERS)


def _letter_form(letter: Letter, case: Case) -> _LetterForm:
    body = "\n".join(
        part if isinstance(part, str) else " ".join(run.text for run in part)
        for part in (
            letter.subject,
            letter.authority,
            *letter.grounds,
            letter.resolved,
            *letter.body,
            *letter.recipients,
        )
    )
    body = body.replace("{", "").replace("}", "")
    who = case.applicant
    for mine, place in ((who.full_name, "{name}"), (who.number, "{number}"), (who.address, "{address}")):
        body = body.replace(mine, place)
    lines = " ".join(letter.agency.lines)
    head = f"{lines} Số: {{reference}}\n{letter.agency.place}, {{day}}\n{letter.title}"
    return _LetterForm(type=letter.type, notation=letter.notation, head=head, body=body)


_POOL = 4000
"""people that are invented at once"""


def _person(seed: int, index: int) -> Person:
    return _people(seed, index // _POOL)[index % _POOL]


@cache
def _people(seed: int, part: int) -> tuple[Person, ...]:
    rng = np.random.default_rng((seed, part))
    return tuple(invent_person(rng, place=invent_place(rng), today=TODAY) for _ in range(_POOL))
