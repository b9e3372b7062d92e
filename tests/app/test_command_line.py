"""The command line itself: every command can be loaded, ends with the right code, and says things people can read."""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.cli import main as command_line
from app.cli.arguments import build_parser
from app.setting_groups import Language

ROOT = Path(__file__).parents[2]
HEAVY = {"cv2", "numpy", "pikepdf", "prefect", "pyhanko", "sqlalchemy", "minio", "onnxruntime", "PIL"}


def _commands() -> Mapping[str, argparse.ArgumentParser]:
    (choice,) = (
        each for each in build_parser(Language.ENGLISH)._actions if isinstance(each, argparse._SubParsersAction)
    )
    return choice.choices


@pytest.mark.parametrize("command", sorted(_commands()))
def test_what_a_command_names_can_be_loaded_and_it_speaks_json(command: str) -> None:
    parser = _commands()[command]
    module, _, function = str(parser.get_default("run")).partition(":")

    assert callable(getattr(importlib.import_module(module), function))
    assert "--json" in parser._option_string_actions


def test_help_loads_nothing_heavy() -> None:
    asked = "import sys, app.cli.main as m; m.build_parser(m.Language.ENGLISH); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    assert HEAVY & set(loaded.stdout.split()) == set()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "b-0"], 3, "There is no batch b-0"),
        (["show", "d-0"], 3, "There is no document d-0"),
        (["list", "--after", "d-0"], 3, "There is no document d-0"),
        (["export", "b-0", "--out", "out"], 3, "There is no batch b-0"),
        (["get", "d-0", "--json"], 2, "--out FILE"),
        (["verify", "d-0"], 3, "There is no file or document d-0"),
        (["digitize", "there-is-no-such-file"], 3, "there-is-no-such-file: No such file"),
        (["digitize", ".", "--dossier", "17"], 2, "H42.12-220801-0001"),
        (["list"], 0, "no batch"),
        (["list", "--type", "quyet_dinh"], 0, "No paper fits"),
        (["find", "gì", "cũng", "không"], 0, "Nothing found"),
    ],
)
def test_what_is_said_and_the_exit_code(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert command_line.main(words) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["list"], ["find", "x"], ["settings"], ["types"]])
def test_json_is_json_also_when_there_is_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert command_line.main([*words, "--json"]) == 0
    json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["digitize"], "Lỗi: còn thiếu PATH. Xem hướng dẫn: sohoa digitize --help"),
        (["list", "--state", "lost"], "--state: “lost” không hợp lệ"),
        (["list", "--limit"], "--limit: còn thiếu giá trị"),
        (["result", "lose", "x"], "chọn trong: issue, show, revoke, supersede, print"),
        (["show", "b-0", "--loud"], "không hiểu --loud"),
        (["digitize", "x", "--out", "y", "--detach"], "--detach: không dùng cùng với --out"),
        (["trust", "add", "x"], "còn thiếu --store"),
    ],
)
def test_what_was_typed_wrong_is_said_in_the_readers_language(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(["--language", "vi", *words])

    err = capsys.readouterr().err
    assert caught.value.code == 2
    assert said in err
    assert err.startswith("cách dùng: sohoa")


def test_help_is_in_one_language(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["result", "--help"], ["trust", "add", "--help"]):
        with pytest.raises(SystemExit):
            command_line.main(["--language", "vi", *words])
        shown = capsys.readouterr().out
        assert "tùy chọn:" in shown
        assert not {"usage", "options", "arguments", "message", "exit"} & set(shown.replace(":", " ").split())


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_is_a_positive_number(home: Path, limit: str) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(["list", "--limit", limit])

    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"SOHOA_RECORDS__URL": "mysql://kho"}, "records.url"),
        ({"SOHOA_STORE__KIND": "s3", "SOHOA_STORE__ENDPOINT": "s3.test", "SOHOA_STORE__BUCKET": "NO"}, "store"),
    ],
)
def test_a_setting_that_an_adapter_refuses_is_named_with_its_origin(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    name: str,
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)

    code = command_line.main(["list"])

    err = capsys.readouterr().err
    assert code == 2
    assert name in err
    assert list(variables)[-1] in err
    assert "–" not in err


def test_what_nobody_foresaw_is_logged_and_not_thrown_at_people(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("app.cli.listing.run_list", fail)

    assert command_line.main(["list"]) == 3
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert str(home / "log" / "sohoa.log") in err
    assert "planted" in (home / "log" / "sohoa.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [["settings"], ["types", "--json"]])
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path, words: list[str]) -> None:
    environment = {"SOHOA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli.main", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert (process.returncode, complaint) == (0, "")


def test_vietnamese_is_written_under_any_locale(tmp_path: Path) -> None:
    environment = {"SOHOA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "types"], cwd=ROOT, env=environment, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Quyết định" in done.stdout.decode("utf-8")
