"""What is said about fax data is heard, and what others say meanwhile is passed on."""

from __future__ import annotations

import os

import pytest

from pipeline.imaging.fax import fax_complaints, fax_is_damaged, group_4_ends_early
from tests.imaging.odd_pdfs import HIGH, WIDE, fax_strip


def test_only_the_decoder_is_listened_to(capfd: pytest.CaptureFixture[str]) -> None:
    with fax_complaints() as said:
        os.write(2, b"Fax4Decode: Bad code word at line 3.\nsomebody else\n")
    assert said == ["Fax4Decode: Bad code word at line 3."]
    assert capfd.readouterr().err == "somebody else\n"


def test_whole_data_are_whole_however_they_end() -> None:
    data = fax_strip()
    for whole in (data, data + bytes(64), data.rstrip(b"\0")):
        assert not group_4_ends_early(whole)
        assert not fax_is_damaged(whole, columns=WIDE, rows=HIGH, k=-1)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_data_that_break_off_are_damaged(share: float) -> None:
    data = fax_strip()
    assert fax_is_damaged(data[: int(share * len(data))], columns=WIDE, rows=HIGH, k=-1)
