from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import BadDeclaration
from pipeline.understand.catalogue import load_types
from pipeline.understand.declaration import Family, FieldKind
from tests.understand.papers import MIDDLE, centred, line, page, understood, values

DECREE = {
    *(
        "nghi_quyet",
        "quyet_dinh",
        "chi_thi",
        "quy_che",
        "quy_dinh",
        "thong_cao",
        "thong_bao",
        "huong_dan",
        "chuong_trinh",
    ),
    *(
        "ke_hoach",
        "phuong_an",
        "de_an",
        "du_an",
        "bao_cao",
        "bien_ban",
        "to_trinh",
        "hop_dong",
        "cong_dien",
        "ban_ghi_nho",
    ),
    *("ban_thoa_thuan", "giay_uy_quyen", "giay_moi", "giay_gioi_thieu", "giay_nghi_phep", "phieu_gui", "phieu_chuyen"),
    *("phieu_bao", "cong_van", "thu_cong"),
}
PERMIT = """
code = "the_thu_vien"
title = "Thẻ thư viện"
family = "form"
titles = ["THẺ THƯ VIỆN"]

[[fields]]
name = "full_name"
kind = "name"
labels = ["Họ và tên"]
key = true

[[fields]]
name = "valid_to"
kind = "date"
labels = ["Có giá trị đến"]
"""


def declare(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_29_types_of_the_decree_and_the_papers_of_today_are_declared() -> None:
    types = load_types()
    assert len(DECREE) == 29
    assert {code for code, one in types.types.items() if one.family is Family.ADMINISTRATIVE} >= DECREE
    forms = "giay_tiep_nhan to_khai_khai_sinh giay_khai_sinh trich_luc_khai_sinh giay_ket_hon xac_nhan_hon_nhan can_cuoc don_de_nghi"
    licences = "giay_phep_xay_dung giay_chung_nhan_dat dang_ky_doanh_nghiep dang_ky_ho_kinh_doanh ly_lich_tu_phap"
    assert {*forms.split(), *licences.split(), "khac", "nghi_dinh", "thong_tu"} <= set(types.types)
    abbreviations = [one.abbreviation for one in types if one.abbreviation]
    assert len(abbreviations) == len(set(abbreviations))


def test_an_administrator_adds_a_paper_with_one_file(tmp_path: Path) -> None:
    types = load_types(declare(tmp_path, PERMIT))
    field = next(one for one in types if one.code == "the_thu_vien").fields[1]
    assert (field.kind, field.labels) == (FieldKind.DATE, ("Có giá trị đến",))
    lines = [
        centred("THẺ THƯ VIỆN", MIDDLE, 100),
        line("Họ và tên: Trần Văn Ví Dụ", 90, 140),
        line("Có giá trị đến: 31/12/2026", 90, 160),
    ]
    paper = understood(page(lines), types=types)
    assert paper.type == "the_thu_vien"
    assert values(paper) == {
        "type_name": "THẺ THƯ VIỆN",
        "full_name": "Trần Văn Ví Dụ",
        "valid_to": "2026-12-31",
    }


def test_an_administrator_may_replace_a_paper(tmp_path: Path) -> None:
    own = PERMIT.replace("the_thu_vien", "khac")
    assert next(one for one in load_types(declare(tmp_path, own)) if one.code == "khac").title == "Thẻ thư viện"


@pytest.mark.parametrize(
    ("wrong", "key", "line"),
    [
        (PERMIT.replace("titles =", "tittles ="), "tittles", 5),
        (PERMIT.replace('kind = "date"', 'kind = "day"'), "fields[1].kind", 15),
        (PERMIT.replace('family = "form"', 'family = "leaflet"'), "family", 4),
        (PERMIT.replace('family = "form"\n', ""), "", 1),
        (PERMIT.replace("key = true", 'key = "yes"'), "fields[0].key", 11),
        (PERMIT.replace('labels = ["Họ và tên"]', 'labels = ["Họ và tên", " : "]'), "fields[0].labels", 10),
        (PERMIT.replace('labels = ["Họ và tên"]', 'lable = ["Họ và tên"]'), "fields[0].lable", 10),
        (PERMIT.replace('labels = ["Họ và tên"]\n', ""), "fields[0].labels", 7),
        (PERMIT.replace('name = "valid_to"', 'name = "Valid to"'), "fields[1].name", 14),
        (PERMIT.replace('name = "valid_to"', 'name = "full_name"'), "fields[1].name", 14),
        (PERMIT.replace('"the_thu_vien"', '"Thẻ"'), "code", 2),
        (PERMIT.replace('kind = "date"', 'kind = "date"\nlines = 99'), "fields[1].lines", 16),
        (
            'family = "administrative"\ntypes = [\n  { code = "a", title = "A" },\n  { code = "b", titel = "B" },\n]',
            "types[1].titel",
            4,
        ),
        ("code = ", "", 1),
        ('code = "a"\ntitle = \n', "", 2),
    ],
)
def test_a_wrong_declaration_is_refused_by_file_line_and_key(tmp_path: Path, wrong: str, key: str, line: int) -> None:
    with pytest.raises(BadDeclaration) as caught:
        load_types(declare(tmp_path, wrong))
    assert caught.value.details["file"] == str(tmp_path / "mine.toml")
    assert (caught.value.details["key"], caught.value.details["line"]) == (key, line)
    assert caught.value.details["problem"]


def test_a_declaration_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(PERMIT.encode("utf-16"))
    with pytest.raises(BadDeclaration):
        load_types(tmp_path)


def test_a_code_must_be_declared_once_in_a_folder(tmp_path: Path) -> None:
    declare(tmp_path, PERMIT, "a.toml")
    with pytest.raises(BadDeclaration, match="the_thu_vien"):
        load_types(declare(tmp_path, PERMIT, "b.toml"))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDeclaration):
        load_types(tmp_path / "nowhere")
