"""`sohoa storage key`: keys are made, counted and changed, and never shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from app.authors import system_at
from app.cli import main as command_line
from app.services import open_services
from app.settings import load_settings
from pipeline.ports import Area

PLAIN = "số định danh 001190012345".encode()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    monkeypatch.setenv("SOHOA_ENCRYPTION__KEY_FILE", str(tmp_path / "keys.txt"))
    return tmp_path / "keys.txt"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = command_line.main(["storage", "key", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def keep(file: Path) -> str:
    settings = load_settings(
        {"SOHOA_HOME": str(file.parent / "home"), "SOHOA_ENCRYPTION__KEY_FILE": str(file)}
    ).settings
    with open_services(settings, author=system_at("tests")) as services:
        return services.objects.put(Area.ARCHIVE, io.BytesIO(PLAIN)).sha256


def test_a_key_is_made_used_changed_and_never_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "list")[0] == 3
    code, out, err = run(capsys, "new")
    assert code == 0
    assert "Copy" in err
    keep(file)
    kept = b"".join(path.read_bytes() for path in (file.parent / "home" / "archive").rglob("*") if path.is_file())
    assert PLAIN not in kept
    run(capsys, "new")
    old, new = json.loads(run(capsys, "list", "--json")[1]).items()
    assert (old[1], new[1]) == ({"state": "earlier", "objects": 1}, {"state": "current", "objects": 0})
    assert json.loads(run(capsys, "rotate", "--json")[1]) == {"current": new[0], "rotated": 1, "lost": {}}
    shown = out + err + run(capsys, "list")[1]
    keys = [line.split()[1] for line in file.read_text().splitlines() if line.startswith("k-")]
    assert len(keys) == 2
    assert [key for key in keys if key in shown] == []


def test_a_lost_key_is_named_with_what_needs_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new")
    keep(file)
    (lost,) = json.loads(run(capsys, "list", "--json")[1])
    file.unlink()
    run(capsys, "new")
    code, out, _ = run(capsys, "list", "--json")
    assert code == 1
    assert json.loads(out)[lost] == {"state": "lost", "objects": 1}
    code, _, err = run(capsys, "rotate")
    assert code == 1
    assert lost in err


def test_without_its_keys_nothing_is_opened(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "new")
    keep(file)
    monkeypatch.delenv("SOHOA_ENCRYPTION__KEY_FILE")
    assert command_line.main(["list"]) == 2
    assert "encryption.key_file" in capsys.readouterr().err
