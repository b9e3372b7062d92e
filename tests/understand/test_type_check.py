"""An administrator's folder of declarations: what is wrong with it, and what it makes of a scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.understand.type_check import check_types, try_types
from pipeline.understand.understand import UnderstandPolicy
from tests.understand.papers import MIDDLE, centred, line, page
from tests.understand.residence import RESIDENCE, write_sample


def declare(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[tuple[str, int, str]]:
    return [(Path(one.file).name, one.line, one.key) for one in check_types(folder)]


def test_a_good_declaration_has_no_problems(tmp_path: Path) -> None:
    assert check_types(declare(tmp_path, mine=RESIDENCE)) == ()


def test_every_file_is_checked(tmp_path: Path) -> None:
    wrong = {
        "a": RESIDENCE.replace("titles", "tittles"),
        "b": RESIDENCE.replace('titles = ["XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"]', "").replace("xac_nhan_cu_tru", "khac_nua"),
        "c": RESIDENCE.replace("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", "GIẤY KHAI SINH"),
        "d": RESIDENCE,
    }
    assert problems(declare(tmp_path, **wrong)) == [
        ("a.toml", 5, "tittles"),
        ("d.toml", 1, "code"),
        ("b.toml", 1, "titles"),
        ("c.toml", 1, "titles"),
    ]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (problem,) = check_types(tmp_path / "nowhere")
    assert (problem.line, problem.key) == (0, "")


def test_a_type_may_replace_one_of_the_product(tmp_path: Path) -> None:
    own = RESIDENCE.replace("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", "GIẤY KHAI SINH").replace(
        "xac_nhan_cu_tru", "giay_khai_sinh"
    )
    assert problems(declare(tmp_path, own=own)) == []


def read_by_hand(_: Path) -> list[RecognisedPage]:
    lines = [
        centred("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", MIDDLE, 120),
        line("Họ, chữ đệm và tên: Trần Văn Ví Dụ", 90, 160),
        line("Số định danh cá nhân: 037088000124", 90, 180),
    ]
    return [page(lines)]


def test_a_sample_tells_what_is_read_otherwise(tmp_path: Path) -> None:
    declare(tmp_path, mine=RESIDENCE.partition("household_head = ")[0])
    (tmp_path / "mau.png").touch()
    (result,) = try_types(tmp_path, read=read_by_hand, policy=UnderstandPolicy())
    assert result.paper is not None
    assert (result.paper.type, result.passed) == ("xac_nhan_cu_tru", False)
    assert [(one.field, one.expected, one.read) for one in result.wrong] == [
        ("personal_id", "037088000123", "037088000124")
    ]


def test_a_sample_that_is_not_there_fails(tmp_path: Path) -> None:
    (result,) = try_types(declare(tmp_path, mine=RESIDENCE), read=read_by_hand, policy=UnderstandPolicy())
    assert (result.paper, result.passed) == (None, False)


@pytest.mark.tools
def test_a_paper_that_the_product_does_not_know_works_end_to_end(tmp_path: Path) -> None:
    write_sample(declare(tmp_path, mine=RESIDENCE) / "mau.png")

    def read(file: Path) -> list[RecognisedPage]:
        return [read_page(file, MediaType.PNG, PageRef(SourceName(file.name), 1), policy=ReadPolicy())]

    (result,) = try_types(tmp_path, read=read, policy=UnderstandPolicy())
    assert result.wrong == ()
    assert result.passed
