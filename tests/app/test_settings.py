"""What is in force, where it came from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.setting_groups import StoreKind
from app.settings import load_settings, setting_names, shown_value
from pipeline.domain.errors import BadSettings


def test_defaults_live_in_the_home_folder(tmp_path: Path) -> None:
    settings = load_settings({"SOHOA_HOME": str(tmp_path)}).settings

    assert tmp_path / "archive" == settings.archive_folder
    assert f"sqlite:///{tmp_path}/sohoa.db" == settings.records_url


def test_a_variable_wins_over_the_file_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "sohoa.toml").write_text('[reading]\nworkers = 3\n[store]\nbucket = "kho"\n', encoding="utf-8")

    found = load_settings({"SOHOA_HOME": str(tmp_path), "SOHOA_READING__WORKERS": "5", "SOHOA_STORE__KIND": "s3"})

    assert found.settings.reading.workers == 5
    assert found.settings.store.bucket == "kho"
    assert StoreKind.S3 is found.settings.store.kind
    assert found.origins["reading.workers"] == "SOHOA_READING__WORKERS"
    assert str(tmp_path / "sohoa.toml") == found.origins["store.bucket"]
    assert "store.region" not in found.origins


@pytest.mark.parametrize(
    ("file", "variable", "name"),
    [
        ("[reading]\nworkes = 3\n", {}, "reading.workes"),
        ("", {"SOHOA_READING__WORKERS": "many"}, "reading.workers"),
        ("", {"SOHOA_NOTHING": "1"}, "nothing"),
        ("", {"SOHOA_REVIEW__ERROR_RATE": "1.5"}, "review.error_rate"),
    ],
)
def test_an_unknown_name_or_a_wrong_value_is_named(
    tmp_path: Path, file: str, variable: dict[str, str], name: str
) -> None:
    (tmp_path / "sohoa.toml").write_text(file, encoding="utf-8")

    with pytest.raises(BadSettings) as caught:
        load_settings({"SOHOA_HOME": str(tmp_path), **variable})

    assert name == caught.value.details["name"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sohoa.toml").write_text("[reading\n", encoding="utf-8")

    with pytest.raises(BadSettings) as caught:
        load_settings({"SOHOA_HOME": str(tmp_path)})

    assert str(tmp_path / "sohoa.toml") == caught.value.details["name"]


def test_the_home_folder_is_named_by_its_variable_only(tmp_path: Path) -> None:
    (tmp_path / "sohoa.toml").write_text('home = "/elsewhere"\n', encoding="utf-8")

    with pytest.raises(BadSettings) as caught:
        load_settings({"SOHOA_HOME": str(tmp_path)})

    assert caught.value.details["name"] == "home"


def test_an_empty_variable_names_no_home(tmp_path: Path) -> None:
    found = load_settings({"SOHOA_HOME": "", "HOME": str(tmp_path)})

    assert tmp_path in found.settings.home.parents
    assert "home" not in found.origins


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = load_settings({"SOHOA_HOME": str(tmp_path), "SOHOA_STORE__SECRET_KEY": "planted"}).settings

    shown = [shown_value(settings, name) for name in setting_names()]

    assert "********" in shown
    assert not any("planted" in value for value in shown)
