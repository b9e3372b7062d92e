"""What pages say exists in both languages, with the same blanks, each of which is filled; and is in the language it should be in."""

from __future__ import annotations

import ast
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from app.setting_groups import Language
from web.words import load_words

WEB = Path(__file__).parents[2] / "web"
SAID = {language: load_words(language) for language in Language}
VIETNAMESE_LETTERS = re.compile(
    r"[ăâđêôơưĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
PROPER_NAMES = re.compile(
    r"Tiếng Việt|Số hóa|Luật [^.;:,)]*|N[ĐđGg][- ]?[^ .;:,)]*|QĐ[^ .;:,)]*|[^ .;:,()“”]*[-/](?:N?Đ|QĐ|UBND)[^ .;:,)“”]*|VNeID|“[^”]*”|‘[^’]*’"
)
"""what has one name in every language: the product, laws and their numbers, words that are quoted"""
ENGLISH_WORDS = re.compile(
    r"\b(the|and|with|this|that|these|those|which|your|from|have|has|been|was|were|will|not|are|is|of|cannot|choose|nobody|everything)\b",
    re.IGNORECASE,
)


@dataclass
class Said:
    """A sentence that a page or the program asks for."""

    key: str
    where: str
    filled: set[str] = field(default_factory=set)
    is_whole: bool = True
    """False: `key` is only how it begins, the rest is worked out"""
    fills_more: bool = False
    """what it is filled with is worked out"""


def messages(language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((WEB / "messages" / language.value).glob("*.toml")):
        for group, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found |= {f"{group}.{name}": sentence for name, sentence in entries.items()}
    return found


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def in_templates() -> Iterator[Said]:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=True)
    for file in sorted((WEB / "templates").rglob("*.html")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say" and call.args:
                where = f"{file.relative_to(WEB)}:{call.lineno}"
                filled = {each.key for each in call.kwargs}
                for key, is_whole in _template_keys(call.args[0]):
                    yield Said(key, where, filled, is_whole, call.dyn_kwargs is not None)


def _template_keys(node: nodes.Node) -> Iterator[tuple[str, bool]]:
    match node:
        case nodes.Const(value=str(key)):
            yield key, True
        case nodes.CondExpr():
            yield from _template_keys(node.expr1)
            if node.expr2 is not None:
                yield from _template_keys(node.expr2)
        case nodes.Concat(nodes=[nodes.Const(value=str(start)), *_]):
            yield start, False


def in_programs() -> Iterator[Said]:
    for file in sorted(WEB.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == "say":
                filled = {each.arg for each in call.keywords if each.arg}
                more = any(each.arg is None for each in call.keywords)
                where = f"{file.relative_to(WEB)}:{call.lineno}"
                for key, is_whole in _program_keys(call.args[0]):
                    yield Said(key, where, filled, is_whole, more)


def _program_keys(node: ast.expr) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Constant(value=str(key)):
            yield key, True
        case ast.IfExp():
            yield from _program_keys(node.body)
            yield from _program_keys(node.orelse)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield start, False


ALL = [*in_templates(), *in_programs()]


def test_everything_that_is_said_exists() -> None:
    known = SAID[Language.VIETNAMESE].known
    missing = [
        f"{each.where}: {each.key}"
        for each in ALL
        if (each.is_whole and each.key not in known)
        or (not each.is_whole and not any(key.startswith(each.key) for key in known))
    ]
    assert len(ALL) > 300
    assert missing == []


def test_both_languages_say_the_same_things() -> None:
    vietnamese, english = messages(Language.VIETNAMESE), messages(Language.ENGLISH)
    assert sorted(vietnamese.keys() ^ english.keys()) == []
    assert {key: blanks(text) for key, text in vietnamese.items()} == {
        key: blanks(text) for key, text in english.items()
    }


def test_every_blank_is_filled() -> None:
    everything = messages(Language.VIETNAMESE)
    unfilled = [
        f"{each.where}: {each.key} lacks {', '.join(sorted(lacking))}"
        for each in ALL
        if each.is_whole
        and not each.fills_more
        and each.key in everything
        and (lacking := blanks(everything[each.key]) - each.filled)
    ]
    assert unfilled == []


@pytest.mark.parametrize("language", list(Language))
def test_sentences_are_composed_and_without_loose_ends(language: Language) -> None:
    wrong = [
        key
        for key, text in messages(language).items()
        if not unicodedata.is_normalized("NFC", text)
        or not text.strip()
        or text != text.strip()
        or "  " in text
        or any(unicodedata.category(sign) in {"Cc", "Cf"} for sign in text)
    ]
    assert wrong == []


def test_english_is_english() -> None:
    wrong = {
        key: text
        for key, text in messages(Language.ENGLISH).items()
        if VIETNAMESE_LETTERS.search(PROPER_NAMES.sub("", text))
    }
    assert wrong == {}


def test_vietnamese_is_vietnamese() -> None:
    """A sentence of some words has marks in Vietnamese, and no English ones between them."""
    wrong = {
        key: text
        for key, text in messages(Language.VIETNAMESE).items()
        if len(ENGLISH_WORDS.findall(text)) > 1
        or (len(re.findall(r"[a-z]{2,}", re.sub(r"\{[^}]*\}", "", text))) > 4 and not VIETNAMESE_LETTERS.search(text))
    }
    assert wrong == {}


def test_templates_say_nothing_by_themselves() -> None:
    """Words between tags would be there in one language only. Signs, units and names of formats are no words."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=True)
    found = []
    for file in sorted((WEB / "templates").rglob("*.html")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        text = "\x00".join(
            each.data
            for output in tree.find_all(nodes.Output)
            for each in output.nodes
            if isinstance(each, nodes.TemplateData)
        )
        plain = re.sub(r"<(style|script|code)\b.*?</\1>|<[^>]*>|<[^>]*$|^[^<]*>", "\x00", text, flags=re.DOTALL)
        plain = re.sub(r"[a-z-]+=\"[^\"\x00]*\"?", "\x00", plain)
        found += [
            f"{file.relative_to(WEB)}: {words.strip()}"
            for words in plain.split("\x00")
            if VIETNAMESE_LETTERS.search(words) and "Tiếng Việt" not in words
        ]
    assert found == []
