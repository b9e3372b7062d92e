"""A paper that the product does not know: its declaration, as an administrator would write it, and a specimen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.certificate import Certificate, Signed, set_certificate
from pipeline.specimens.letter import Agency
from pipeline.specimens.pack import write_png
from pipeline.specimens.scan import Scan, scan

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


def write_sample(file: Path) -> None:
    """Write a scan of the paper whose values the declaration's sample names."""
    rng = np.random.default_rng(5)
    drawn = set_certificate(PAPER, rng, dpi=200).pages[0]
    write_png(file, scan(drawn, rng, Scan(skew=0.4)), dpi=200)
