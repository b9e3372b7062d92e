"""Sentences of the pages: those of the product, and those of each area of the pages beside them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from app.language import Say, load_messages, speaker_of
from app.setting_groups import Language

_FOLDER = Path(__file__).parent / "messages"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language."""

    language: Language
    say: Say
    known: frozenset[str]
    """keys that there is a sentence for"""


@functools.cache
def load_words(language: Language) -> Words:
    """Return all sentences of a language.

    Raises:
        ValueError: two files say the same key.
    """
    sentences = load_messages(language)
    for file in sorted((_FOLDER / language.value).glob("*.toml")):
        for group, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for name, sentence in entries.items():
                key = f"{group}.{name}"
                if key in sentences:
                    raise ValueError(f"{file}: {key} is said elsewhere")
                sentences[key] = sentence
    return Words(language, speaker_of(sentences), frozenset(sentences))
