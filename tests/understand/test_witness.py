from __future__ import annotations

from pipeline.understand.witness import restore, witnesses_of
from tests.understand.papers import line, page


def restored(read: str, *body: str) -> str:
    words = line(read, 90, 100).words
    paper = page([line(read, 90, 100), *(line(text, 90, 130 + 16 * index) for index, text in enumerate(body))])
    return restore(words, witnesses_of([paper], without=words)).text


def test_the_paper_itself_gives_lost_marks_back() -> None:
    assert restored("về mắc ca Tây Bắc", "trồng mắc ca", "trồng mắc ca") == "về mắc ca Tây Bắc"
    assert restored("trông mắc ca", "Điều 1. Cho phép trồng mắc ca", "dự án trồng mắc ca") == "trồng mắc ca"


def test_fixed_expressions_give_lost_marks_back() -> None:
    assert restored("Sửa đối, bố sung một sô điều") == "Sửa đổi, bổ sung một số điều"
    assert restored("Uy ban nhân dân") == "Ủy ban nhân dân"
    assert restored("TÊT NGUYÊN ĐÁN ÁT TY") == "TẾT NGUYÊN ĐÁN ẤT TỴ"


def test_the_print_keeps_its_tone_places() -> None:
    assert restored("Uỷ ban nhân dân") == "Uỷ ban nhân dân"


def test_names_are_not_rewritten_by_what_stands_elsewhere() -> None:
    assert restored("cho ông Trần Văn Mân", "ông Trần Văn Mẫn", "ông Trần Văn Mẫn") == "cho ông Trần Văn Mân"


def test_letters_and_digits_never_change() -> None:
    assert restored("số 12 năm 2026", "số 13 năm 2026", "số 13 năm 2027") == "số 12 năm 2026"


def test_words_without_a_witness_lower_the_chance() -> None:
    def chance(text: str) -> float:
        words = line(text, 90, 100).words
        return restore(words, witnesses_of([page([])], without=words)).chance

    assert chance("sửa đổi bổ sung") > chance("mắc ca xứ lạ")
    assert 0 < chance("mắc ca xứ lạ") < 1
