"""What pydantic and the operating system say in English is said in the reader's language."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from app.cli import main as command_line
from app.language import load_messages, say_error, speaker
from app.setting_groups import Language
from app.settings import load_settings
from pipeline.domain.errors import BadSettings, CannotWrite

say = speaker(Language.VIETNAMESE)


def test_the_operating_systems_sentences_are_translated() -> None:
    codes = [key.removeprefix("system.") for key in load_messages(Language.VIETNAMESE) if key.startswith("system.")]

    assert len(codes) > 15
    for code in codes:
        said = say_error(CannotWrite(path="/kho", problem=os.strerror(getattr(errno, code))), say)
        assert said == f"Không ghi được /kho: {say(f'system.{code}')}."


def test_what_is_not_known_stands_for_itself() -> None:
    assert say_error(CannotWrite(path="/kho", problem="Exchange full"), say) == "Không ghi được /kho: Exchange full."


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LIMITS__PAGES", "many", "limits.pages (từ SOHOA_LIMITS__PAGES): phải là số nguyên"),
        ("LIMITS__PAGES", "0", "limits.pages (từ SOHOA_LIMITS__PAGES): phải từ 1 trở lên"),
        ("PREFECT__PORT", "70000", "prefect.port (từ SOHOA_PREFECT__PORT): phải từ 65535 trở xuống"),
        ("READING__PAGE_SECONDS", "long", "reading.page_seconds (từ SOHOA_READING__PAGE_SECONDS): phải là số"),
        ("READING__PAGE_SECONDS", "0", "reading.page_seconds (từ SOHOA_READING__PAGE_SECONDS): phải lớn hơn 0"),
        ("REVIEW__ERROR_RATE", "1", "review.error_rate (từ SOHOA_REVIEW__ERROR_RATE): phải nhỏ hơn 1"),
        (
            "SIGNING__PRODUCTION",
            "perhaps",
            "signing.production (từ SOHOA_SIGNING__PRODUCTION): phải là true hoặc false",
        ),
        ("STORE__KIND", "tape", "store.kind (từ SOHOA_STORE__KIND): phải là một trong: 'folder', 's3'"),
        ("READING__LANGUAGE", "Việt", "reading.language (từ SOHOA_READING__LANGUAGE): không đúng mẫu ^[a-z]{3}"),
        ("COLOUR", "red", "colour (từ SOHOA_COLOUR): không có thiết lập tên này"),
        ("LIMITS", "5", "limits (từ SOHOA_LIMITS): phải là một nhóm thiết lập"),
    ],
)
def test_a_wrong_value_is_explained_in_vietnamese(variable: str, value: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as raised:
        load_settings({"SOHOA_HOME": str(tmp_path), f"SOHOA_{variable}": value})

    assert say_error(raised.value, say).startswith(f"Thiết lập sai: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limits = ", "sai cú pháp TOML"),
        ('home = "/x"', "chỉ biến SOHOA_HOME đặt được thư mục này"),
        ('[signers.xa]\nkind = "csc"\nurl = "https://ky.example"', "loại csc cần thêm credential, token_file"),
    ],
)
def test_a_wrong_file_is_explained_in_vietnamese(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "sohoa.toml").write_text(text, encoding="utf-8")

    with pytest.raises(BadSettings) as raised:
        load_settings({"SOHOA_HOME": str(tmp_path)})

    assert said in say_error(raised.value, say)


@pytest.mark.enable_socket
def test_the_remedy_for_a_home_that_cannot_be_written_is_about_the_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # nobody makes folders there, not even root, who runs tests in containers
    monkeypatch.setenv("SOHOA_HOME", "/proc/sohoa")

    assert command_line.main(["--language", "vi", "doctor", "--json"]) == 1

    told = [each for each in json.loads(capsys.readouterr().out) if "/proc/sohoa" in each["detail"]]
    broken = [each for each in told if each["health"] == "problem"]
    assert {"network", "records"} <= {each["check"] for each in broken}
    assert {each["detail"] for each in broken} == {"Không ghi được /proc/sohoa: không có tệp hay thư mục này."}
    assert all(each["remedy"].startswith("Cho tài khoản chạy sohoa quyền ghi vào /proc/sohoa") for each in broken)
