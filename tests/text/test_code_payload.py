from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.code_payload import is_spoilt_text, payload_text

CARD = "037190000012|163123456|Nguyễn Thị Mẫu Đơn|01021990|Nữ|Phường Mẫu, Ninh Bình|15042021"


@pytest.mark.parametrize(
    "text", [CARD, "H42.12-220801-0001|1.001193", "<script>alert(1)</script>", "a\tb\r\nc", "[)>\x1e06\x1d12\x04"]
)
def test_text_stays_as_it_is(text: str) -> None:
    assert payload_text(text.encode()) == text
    assert not is_spoilt_text(text)


def test_text_is_composed() -> None:
    assert payload_text(unicodedata.normalize("NFD", CARD).encode()) == CARD


@pytest.mark.parametrize(
    "data",
    [
        "H42.12-220801-0001|Nguyễ".encode()[:-1],
        b"H42.12-220801-0001|\xff\xfe\x80",
        "H42.12-220801-0001|Đơn".encode("utf-16-le"),
        b"H42.12-220801-0001\x00",
    ],
)
def test_what_is_lost_is_marked(data: bytes) -> None:
    text = payload_text(data)
    assert is_spoilt_text(text)
    assert "\x00" not in text


def test_the_household_of_a_card_is_never_kept() -> None:
    assert payload_text(f"{CARD}|Trần Văn Cha|001066000001|Lê Thị Mẹ".encode()) == CARD


@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_can_be_stored(data: bytes) -> None:
    text = payload_text(data)
    assert json.loads(json.dumps(text)) == text
    assert text.encode().decode() == text
    assert "\x00" not in text
