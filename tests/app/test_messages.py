"""Every sentence exists in both languages, with the same blanks; every error code and field has one."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from app.language import choose_language, load_messages, say_error, speaker
from app.setting_groups import Language
from pipeline.domain.errors import EncryptedSource
from pipeline.domain.every_error import all_errors
from pipeline.understand.catalogue import load_types

ROOT = Path(__file__).parents[2]


def _blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_things() -> None:
    vietnamese, english = load_messages(Language.VIETNAMESE), load_messages(Language.ENGLISH)

    assert vietnamese.keys() == english.keys()
    assert {key: _blanks(text) for key, text in vietnamese.items()} == {
        key: _blanks(text) for key, text in english.items()
    }


def test_every_error_has_a_sentence() -> None:
    messages = load_messages(Language.VIETNAMESE)

    assert [error.code for error in all_errors() if f"error.{error.code}" not in messages] == []


def test_every_declared_field_has_a_label() -> None:
    messages = load_messages(Language.VIETNAMESE)
    declared = {field.name for each in load_types() for field in each.fields}

    assert sorted(name for name in declared if f"field.{name}" not in messages) == []


def test_every_key_that_the_program_says_exists() -> None:
    messages = load_messages(Language.VIETNAMESE)
    said = set()
    for file in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"say", "note"} and isinstance(node.args[0].value, str):
                    said.add(node.args[0].value)

    assert len(said) > 50
    assert sorted(said - messages.keys()) == []


def test_every_raise_fills_the_blanks_of_its_sentence() -> None:
    messages = load_messages(Language.VIETNAMESE)
    codes = {error.__name__: error.code for error in all_errors()}
    added = {"name", "allowed", "log", "origin"} | _blanks(messages["error.record.not_found"])
    added_to = {"BadSettings": {"problem"}}
    """by whom a setting is blamed (app/services.py)"""
    empty = []
    for file in (
        path for folder in ("pipeline", "storage", "signing", "app", "flows") for path in (ROOT / folder).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in codes:
                given = {each.arg for each in node.keywords}
                missing = _blanks(messages[f"error.{codes[node.func.id]}"]) - given - added - {"role", "document"}
                missing -= added_to.get(node.func.id, set())
                if missing and None not in given:
                    empty.append((str(file.relative_to(ROOT)), node.lineno, missing))

    assert empty == []


def test_a_missing_detail_does_not_hide_the_sentence() -> None:
    sentence = say_error(EncryptedSource(), speaker(Language.ENGLISH))

    assert "password" in sentence


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Language.VIETNAMESE),
        ({"LANG": "C.UTF-8"}, Language.VIETNAMESE),
        ({"LANG": "en_GB.UTF-8"}, Language.ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "vi_VN.UTF-8"}, Language.VIETNAMESE),
    ],
)
def test_language_follows_the_locale(environment: dict[str, str], expected: Language) -> None:
    assert expected == choose_language(environment, None)
