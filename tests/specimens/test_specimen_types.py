"""The corpus covers every declared type, in every condition, and is understood where all of it is read."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest

from pipeline.domain.document import FieldValue
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.page import InkKind
from pipeline.specimens.administrative import invent_letter
from pipeline.specimens.cases import Topic, invent_case
from pipeline.specimens.draw import COUNTER_KINDS, TODAY, PaperKind, draw_whole
from pipeline.specimens.fonts import Family
from pipeline.specimens.letter import Letter
from pipeline.specimens.letter_page import set_letter
from pipeline.specimens.paper import DrawnPaper
from pipeline.understand.catalogue import OTHER, load_types
from tests.specimens.golden_papers import FILE, KINDS, described
from tests.specimens.laid_out import understood

# NĐ 30/2020/NĐ-CP art. 7, in its order
DECREE_TYPES = [
    "nghi_quyet",
    "quyet_dinh",
    "chi_thi",
    "quy_che",
    "quy_dinh",
    "thong_cao",
    "thong_bao",
    "huong_dan",
    "chuong_trinh",
    "ke_hoach",
    "phuong_an",
    "de_an",
    "du_an",
    "bao_cao",
    "bien_ban",
    "to_trinh",
    "hop_dong",
    "cong_van",
    "cong_dien",
    "ban_ghi_nho",
    "ban_thoa_thuan",
    "giay_uy_quyen",
    "giay_moi",
    "giay_gioi_thieu",
    "giay_nghi_phep",
    "phieu_gui",
    "phieu_chuyen",
    "phieu_bao",
    "thu_cong",
]
TYPES = tuple(kind for kind in PaperKind if kind not in COUNTER_KINDS)


def letter_of(kind: PaperKind, seed: int) -> Letter:
    rng = np.random.default_rng([seed, *kind.encode()])
    return invent_letter(TypeCode(kind), invent_case(rng, topic=Topic.LAND, today=TODAY), rng)


def drawn(letter: Letter) -> DrawnPaper:
    return set_letter(letter, np.random.default_rng(1), dpi=30)


def fields(paper: DrawnPaper) -> dict[FieldName, FieldValue]:
    return dict(paper.truth.fields)


def test_every_type_of_the_decree_is_drawn() -> None:
    assert len(DECREE_TYPES) == 29
    assert set(DECREE_TYPES) <= {kind.value for kind in TYPES}


def test_every_declared_type_is_drawn() -> None:
    types = {draw_whole(kind, np.random.default_rng(3), dpi=20).truth.type for kind in PaperKind}
    assert {one.code for one in load_types()} - types == {OTHER}


@pytest.mark.parametrize("kind", TYPES)
def test_paper_is_understood_where_all_is_read(kind: PaperKind) -> None:
    paper = draw_whole(kind, np.random.default_rng(17), dpi=20)
    given = understood(paper)
    assert given.type == paper.truth.type == kind.value
    assert {name: field.value for name, field in given.fields.items()} == fields(paper)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_papers_of_many_seeds_are_understood(kind: PaperKind) -> None:
    for seed in range(300, 306):
        paper = draw_whole(kind, np.random.default_rng(seed), dpi=20)
        given = understood(paper)
        wrong = {
            name
            for name, value in fields(paper).items()
            if (got := given.fields.get(name)) is None or got.value != value
        }
        assert given.type == kind.value
        assert not wrong, (seed, wrong)


def test_every_condition_occurs() -> None:
    letters = [letter_of(kind, seed) for kind in TYPES for seed in range(20)]
    conditions = Counter[str]()
    for one in letters:
        conditions.update(mark.split(" ")[0] for mark in one.capacities)
        conditions.update(
            {
                "draft": one.draft,
                "by hand": one.by_hand,
                "arrived": one.arrival is not None,
                "copied": one.copied is not None,
                "appended": one.appendix is not None,
                "party": one.agency.party,
                "two signers": one.other is not None,
                "year": bool(re.match(r"20\d\d/", one.notation)),
                "before 2025": one.issued is not None and one.issued.isoformat() < "2025-07-01",
                **{family.value: one.family is family for family in Family},
                **{degree: one.urgency == degree for degree in ("KHẨN", "THƯỢNG KHẨN", "HỎA TỐC")},
                **{f"{count} superior": len(one.agency.superior) == count for count in range(3)},
            }
        )
    assert {"TM.", "KT.", "TL.", "TUQ.", "T/M"} <= conditions.keys()
    assert not [name for name, count in conditions.items() if count == 0]
    lengths = {len(one.subject) // 60 for one in letters}
    assert lengths >= {0, 1, 2, 3}


@pytest.mark.parametrize("kind", TYPES)
def test_a_draft_has_no_number_and_no_day_and_none_is_invented(kind: PaperKind) -> None:
    letter = next((one for seed in range(200) if (one := letter_of(kind, seed)).draft), None)
    if letter is None:
        assert kind in {PaperKind.THU_CONG, PaperKind.BIEN_BAN}  # they have no number or no day to leave out
        return
    paper = drawn(letter)
    open_fields = {FieldName("code_number"), FieldName("reference"), FieldName("issued_date")}
    assert not open_fields & fields(paper).keys()
    assert not open_fields & understood(paper).fields.keys()
    assert not any(page.marks for page in paper.pages)


def test_who_signs_for_the_agency_is_the_one_with_its_seal() -> None:
    for kind in (PaperKind.HOP_DONG, PaperKind.BAN_GHI_NHO, PaperKind.BAN_THOA_THUAN, PaperKind.BIEN_BAN):
        letter = next(one for seed in range(50) if not (one := letter_of(kind, seed)).draft and one.copied is None)
        paper = drawn(letter)
        (page,) = (page for page in paper.pages if any(mark.kind is InkKind.RED_SEAL for mark in page.marks))
        (seal,) = (mark.box for mark in page.marks if mark.kind is InkKind.RED_SEAL)
        names = {line.text: line.box for line in page.lines}
        assert letter.other is not None
        own, other = names[letter.signer], names[letter.other.name]
        # the seal stands on the left of its own autograph, nearer to that name than to the other
        assert abs(seal.right - own.centre[0]) < abs(seal.right - other.centre[0])
        assert fields(paper)[FieldName("signer_name")] == letter.signer


def test_papers_of_the_party_write_the_type_before_the_stroke() -> None:
    letter = next(one for seed in range(200) if (one := letter_of(PaperKind.CHI_THI, seed)).agency.party and one.number)
    lines = [line.text for line in drawn(letter).pages[0].lines]
    assert f"Số {letter.number}-CT/{letter.notation.partition('/')[2]}" in lines
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in lines
    assert not any("CỘNG HÒA" in line for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_golden_papers_say_what_they_said(kind: PaperKind) -> None:
    assert described(kind) == json.loads(FILE.read_text(encoding="utf-8"))[kind.value]
