"""Text from before Unicode, against the C library's table of TCVN 5712 and against sentences typed by hand."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest

from pipeline.text.legacy_encoding import LegacyEncoding, LegacyFont, decoded, guessed_encoding, legacy_font

_CAPITALS_OF_VN1 = {0xAF, 0xBA, 0xBF, *range(0xC0, 0xC6), 0xCD, 0xD9, 0xDA, 0xDB, 0xE0, 0xF0}
"""capitals with tones and combining tones that set VN1 has and VN3 has not"""
_COMBINING = set(range(0xB0, 0xB5))

_TCVN3_TEXT = (
    "Céng hoµ x· héi chñ nghÜa ViÖt Nam. QuyÕt ®Þnh vÒ viÖc gi¶i quyÕt khiÕu n¹i cña «ng NguyÔn V¨n §øc, "
    "th­êng tró t¹i ph­êng ¤ Chî Dõa; n­íc, §iÒu 1."
)
_VNI_TEXT = (
    "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam. Quyeát ñònh veà vieäc giaûi quyeát khieáu naïi cuûa oâng Nguyeãn Vaên Ñöùc, "
    "thöôøng truù taïi phöôøng OÂ Chôï Döøa; nöôùc, Ñieàu 1. Kyõ thuaät, kyù, lyù, Myõ, tyû, kæ nieäm, vôõ, vaãn."
)
_VIETNAMESE = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam. Quyết định về việc giải quyết khiếu nại của ông Nguyễn Văn Đức, "
    "thường trú tại phường Ô Chợ Dừa; nước, Điều 1."
)


def test_every_code_of_tcvn3_is_the_letter_of_the_standard() -> None:
    for code in set(range(0xA1, 0xFF)) - _CAPITALS_OF_VN1 - _COMBINING:
        told = subprocess.run(
            ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=bytes([code]), capture_output=True, check=True
        ).stdout.decode()
        assert decoded(chr(code), LegacyEncoding.TCVN3) == unicodedata.normalize("NFC", told), hex(code)


def test_sentences_become_vietnamese() -> None:
    assert decoded(_TCVN3_TEXT, LegacyEncoding.TCVN3) == _VIETNAMESE.replace("hòa", "hoà")
    rest = " Kỹ thuật, ký, lý, Mỹ, tỷ, kỉ niệm, vỡ, vẫn."
    assert decoded(_VNI_TEXT, LegacyEncoding.VNI) == _VIETNAMESE + rest


def test_capitals() -> None:
    assert decoded("quyÕt ®Þnh", LegacyEncoding.TCVN3, capitals=True) == "QUYẾT ĐỊNH"
    assert (
        decoded("UÛY BAN NHAÂN DAÂN XAÕ BÌNH HÖNG, SOÁ 5", LegacyEncoding.VNI) == "ỦY BAN NHÂN DÂN XÃ BÌNH HƯNG, SỐ 5"
    )


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("n-íc", "nước"),
        ("-u tiªn", "ưu tiên"),
        ("th- ký", "thư ký"),
        ("ph-êng", "phường"),
        ("x·-héi", "xã-hội"),
        ("Q§-UBND", "QĐ-UBND"),
        ("-", "-"),
    ],
)
def test_hyphens_that_are_letters(shown: str, meant: str) -> None:
    assert decoded(shown, LegacyEncoding.TCVN3) == meant


def test_the_encoding_shows_in_the_letters() -> None:
    assert guessed_encoding(_TCVN3_TEXT) is LegacyEncoding.TCVN3
    assert guessed_encoding(_VNI_TEXT) is LegacyEncoding.VNI
    assert guessed_encoding(_VIETNAMESE) is None
    assert guessed_encoding("Le procès-verbal est signé à l'hôtel de ville, où l'élève a été reçu très tôt") is None
    assert guessed_encoding("Coäng hoøa") is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (".VnTime", LegacyFont(LegacyEncoding.TCVN3)),
        ("ABCDEF+.VnTimeH", LegacyFont(LegacyEncoding.TCVN3, capitals=True)),
        (".VnTimeH,Bold", LegacyFont(LegacyEncoding.TCVN3, capitals=True)),
        (".VnArial-Bold", LegacyFont(LegacyEncoding.TCVN3)),
        (".VnHelvetIns", LegacyFont(LegacyEncoding.TCVN3)),
        ("XYZABC+VNI-Times", LegacyFont(LegacyEncoding.VNI)),
        ("VNI-Helve,Bold", LegacyFont(LegacyEncoding.VNI)),
        ("TimesNewRomanPSMT", None),
        ("ABCDEF+VnTeX", None),
        ("Vnime", None),
    ],
)
def test_the_encoding_shows_in_the_name_of_a_font(name: str, told: LegacyFont | None) -> None:
    assert legacy_font(name) == told
