"""Wrong ids, missing files, places that cannot be written to: each is said in words, with what to do, and ends as documented."""

from __future__ import annotations

import ast
import errno
import string
from pathlib import Path

import pytest

from app.cli import main as command_line
from app.language import load_messages, say_error, speaker
from app.setting_groups import Language
from pipeline.domain.errors import SohoaError
from pipeline.domain.every_error import all_errors
from pipeline.domain.signing_errors import KeyUnusable, ResultNotInForce

ROOT = Path(__file__).parents[2]
REASONED = {
    "KeyUnusable",
    "SignerUnavailable",
    "SigningFailed",
    "TimestampUnavailable",
    "TrustRefused",
    "TicketRefused",
    "ReturnQuarantined",
    "ResultRefused",
    "_Unfit",
}
"""errors whose reasons are codes"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["orders", "o-0"], 3, "There is no order o-0"),
        (["orders", "o-0", "--stop", "why"], 3, "There is no order o-0"),
        (["orders", "--stop", "why"], 2, "o-…"),
        (["orders", "--veto", "d-0=why"], 2, "o-…"),
        (["orders", "--out", "there"], 2, "o-…"),
        (["sign", "--resume", "o-0"], 3, "o-0"),
        (["sign", "--resume"], 0, "No order"),
        (["result", "show", "H42.12-260915-0007-KQ1"], 3, "There is no result H42.12-260915-0007-KQ1"),
        (["result", "issue", "d-0", "--dossier", "17"], 2, "H42.12-220801-0001"),
        (["trust", "add", "there-is-no-such-file", "--store", "state"], 3, "there-is-no-such-file: No such file"),
        (["trust", "load", "there-is-no-such-file"], 3, "there-is-no-such-file: No such file"),
        (["trust", "load", __file__], 3, "sohoa trust bundle"),
        (["separators", "H42.12-220801-0001", "--out", f"{__file__}/sheet.pdf"], 3, "Cannot write"),
        (["specimens", f"{__file__}/scans"], 3, "Cannot write"),
    ],
)
def test_what_is_said_and_the_exit_code(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert command_line.main(words) == code
    err = capsys.readouterr().err
    assert said in err
    assert "–" not in err


def test_a_home_that_cannot_be_made_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_HOME", "/proc/sohoa")
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")

    assert command_line.main(["list"]) == 3
    assert "Cannot write /proc/sohoa" in capsys.readouterr().err


def test_a_wrong_declaration_is_named_by_every_command(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "don.toml").write_text('code = "don"\ntitle = "Đơn"\nfamily = "no such"\n', encoding="utf-8")
    monkeypatch.setenv("SOHOA_TYPES__FOLDER", str(tmp_path / "types"))

    assert command_line.main(["list"]) == 3
    err = capsys.readouterr().err
    assert "[types.bad_declaration]" in err
    assert "don.toml, line 3, key family" in err


@pytest.mark.parametrize("error", list(all_errors()))
@pytest.mark.parametrize("language", Language)
def test_no_name_of_a_detail_is_in_the_way(error: type[SohoaError], language: Language) -> None:
    say = speaker(language)
    blanks = {
        name for _, name, _, _ in string.Formatter().parse(load_messages(language)[f"error.{error.code}"]) if name
    }

    told = say_error(error(**dict.fromkeys(blanks - {"what", "again"}, "batch"), what="batch"), say)

    assert told
    assert "–" not in told


def test_an_object_store_without_a_server_names_the_setting(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_STORE__KIND", "s3")

    assert command_line.main(["list"]) == 2
    assert "store.endpoint" in capsys.readouterr().err


def test_a_full_disk_is_called_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    assert command_line.main(["digitize", __file__]) == 3
    assert "[machine.exhausted]" in capsys.readouterr().err


def test_a_reason_is_told_in_words_and_what_is_no_code_as_it_is() -> None:
    say = speaker(Language.VIETNAMESE)

    assert say_error(KeyUnusable(reason="wrong_pin"), say) == "Không dùng được khóa ký: sai mã PIN."
    assert say_error(KeyUnusable(reason="CKR_1"), say) == "Không dùng được khóa ký: CKR_1."
    assert "đã thu hồi" in say_error(ResultNotInForce(code="H42.12-220801-0001-KQ1", state="revoked"), say)


def test_every_reason_that_is_raised_has_words() -> None:
    messages = load_messages(Language.VIETNAMESE)
    raised = set()
    for file in (path for folder in ("pipeline", "signing", "app") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REASONED:
                told = [each.value for each in node.keywords if each.arg == "reason"] + node.args
                raised |= {str(each.value) for each in told if isinstance(each, ast.Constant)}

    assert len(raised) > 40
    assert sorted(code for code in raised if f"reason.{code}" not in messages) == []
