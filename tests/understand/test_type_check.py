"""An administrator's folder of declarations: what is wrong with it, and what it makes of a scan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.ids import SourceName, TypeCode
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.specimens.certificate import Certificate, Signed, set_certificate
from pipeline.specimens.letter import Agency
from pipeline.specimens.pack import write_png
from pipeline.specimens.scan import Scan, scan
from pipeline.understand.type_check import check_types, try_types
from pipeline.understand.understand import UnderstandPolicy
from tests.understand.papers import MIDDLE, centred, line, page

RESIDENCE = """
code = "xac_nhan_cu_tru"
title = "Xác nhận thông tin về cư trú"
family = "certificate"
titles = ["XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ"]
result = true

[[fields]]
name = "full_name"
kind = "name"
labels = ["Họ, chữ đệm và tên"]
key = true

[[fields]]
name = "personal_id"
kind = "personal_id"
labels = ["Số định danh cá nhân"]

[[fields]]
name = "household_head"
kind = "name"
labels = ["Họ, chữ đệm và tên chủ hộ"]

[[fields]]
name = "address"
kind = "address"
labels = ["Nơi thường trú"]
lines = 2

[[samples]]
file = "mau.png"

[samples.values]
full_name = "Trần Văn Ví Dụ"
personal_id = "037088000123"
household_head = "Lê Thị Mẫu"
address = "Số 5 đường Hoa Mai, phường Mẫu"
code_number = "12"
issued_date = "2026-01-05"
"""
AGENCY = Agency(lines=("CÔNG AN PHƯỜNG MẪU",), place="Phường Mẫu", seal="CÔNG AN PHƯỜNG MẪU", seal_foot="NINH BÌNH")
PAPER = Certificate(
    type=TypeCode("xac_nhan_cu_tru"),
    title=("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ",),
    agency=AGENCY,
    number="Số: 12/XNCT",
    issued=dt.date(2026, 1, 5),
    rows=(
        (("1. Họ, chữ đệm và tên:", "Trần Văn Ví Dụ"),),
        (("2. Số định danh cá nhân:", "037088000123"),),
        (("3. Họ, chữ đệm và tên chủ hộ:", "Lê Thị Mẫu"),),
        (("4. Nơi thường trú:", "Số 5 đường Hoa Mai, phường Mẫu"),),
    ),
    signed=Signed(above=("TRƯỞNG CÔNG AN",), name="Nguyễn Văn Mẫu", agency=AGENCY),
)


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
    rng = np.random.default_rng(5)
    drawn = set_certificate(PAPER, rng, dpi=200).pages[0]
    write_png(declare(tmp_path, mine=RESIDENCE) / "mau.png", scan(drawn, rng, Scan(skew=0.4)), dpi=200)

    def read(file: Path) -> list[RecognisedPage]:
        return [read_page(file, MediaType.PNG, PageRef(SourceName(file.name), 1), policy=ReadPolicy())]

    (result,) = try_types(tmp_path, read=read, policy=UnderstandPolicy())
    assert result.wrong == ()
    assert result.passed
