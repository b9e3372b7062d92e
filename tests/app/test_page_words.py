"""Everything that can be said about a page is said in words, in both languages, with what helps."""

from __future__ import annotations

import pytest

from app.language import load_messages, speaker
from app.page_words import fault_words, noted_words, remedy_words
from app.setting_groups import Language
from pipeline.domain.page import LayerNote
from pipeline.domain.page_notes import ActiveNote, ReadingNote, SeparationNote
from pipeline.imaging.quality import Fault, Remedy

CODES = [code.value for kind in (Fault, ReadingNote, ActiveNote, SeparationNote, LayerNote) for code in kind]


@pytest.mark.parametrize("language", Language)
def test_every_code_and_every_remedy_has_words(language: Language) -> None:
    messages = load_messages(language)
    assert [code for code in CODES if not messages.get(f"page_note.{code}")] == []
    assert [remedy.value for remedy in Remedy if not messages.get(f"page_remedy.{remedy.value}")] == []


@pytest.mark.parametrize("language", Language)
def test_no_words_are_left_over(language: Language) -> None:
    said = {key for key in load_messages(language) if key.startswith("page_note.")}
    assert said == {f"page_note.{code}" for code in CODES}


def test_a_page_is_told_with_what_helps_once() -> None:
    say = speaker(Language.VIETNAMESE)
    notes = ("scan_again", "cut_off", "blurred", "resolution_guessed")
    assert noted_words(notes, say).split("; ")[1:3] == ["chữ ở mép trang bị cắt", "ảnh bị nhòe"]
    assert remedy_words(notes, say).startswith("Đặt trọn tờ giấy trong vùng quét. Lau mặt kính")
    assert remedy_words(("resolution_guessed",), say) == ""


def test_every_fault_has_a_reason_and_a_remedy() -> None:
    for reason, remedy in fault_words(Fault, speaker(Language.ENGLISH)):
        assert reason
        assert remedy.endswith(".")
