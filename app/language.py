"""What people read: sentences by key, in Vietnamese and English."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import tomllib
from collections.abc import Callable, Mapping
from importlib import resources

from app.setting_groups import Language
from pipeline.domain.errors import NotFound, SohoaError

_SYSTEM = {os.strerror(number): name for number, name in errno.errorcode.items()}
"""names of the operating system's errors by its sentences, which are English: Python leaves messages in the C locale"""

Say = Callable[..., str]
"""say(key, **details) -> the sentence of that key, filled with the details"""


def choose_language(environment: Mapping[str, str], wanted: Language | None) -> Language:
    """Return `wanted`, else what the locale says: English for an English one, Vietnamese for every other."""
    if wanted is not None:
        return wanted
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return Language.ENGLISH if locale.lower().startswith("en") else Language.VIETNAMESE


def load_messages(language: Language) -> dict[str, str]:
    """Return all sentences of a language by dotted key."""
    return dict(_messages(language))


@functools.cache
def _messages(language: Language) -> Mapping[str, str]:
    text = resources.files("app.messages").joinpath(f"{language.value}.toml").read_text(encoding="utf-8")
    return {
        f"{group}.{name}": sentence
        for group, entries in tomllib.loads(text).items()
        for name, sentence in entries.items()
    }


def speaker(language: Language) -> Say:
    """Return the function that says things in `language`."""
    return speaker_of(load_messages(language))


def speaker_of(messages: Mapping[str, str]) -> Say:
    """Return the function that says these sentences."""

    def say(key: str, /, **details: object) -> str:  # an error may have a detail called key
        return messages[key].format_map(_Shown(details))

    return say


def say_error(error: SohoaError, say: Say) -> str:
    """Return the sentence for an error: what happened, to what, and what to do."""
    details = dict(error.details)
    named = next((thing for thing in ("batch", "document") if thing in details), "")
    if isinstance(error, NotFound):
        details = {"what": named, "id": details.get(named, ""), **details}
        thing = details["what"]
        details |= {"what": say(f"thing.{thing}"), "again": say(f"find_again.{thing}")}
    details |= _rule_words(details, say)
    for told in ("reason", "state", "problem"):
        if isinstance(code := details.get(told), str):
            details[told] = reason_words(code, say, **error.details)
    if isinstance(ability := details.get("ability"), str):
        details["ability"] = ", ".join(_ability(each, say) for each in ability.split(", "))
    return say(f"error.{error.code}", **details)


def _ability(name: str, say: Say) -> str:
    """Return what a store can do in words; a name without any stands for itself."""
    with contextlib.suppress(KeyError):
        return say(f"capability.{name}")
    return name


def reason_words(reason: str, say: Say, /, **details: object) -> str:
    """Return the words for the code of a reason, filled with the details, or for what the operating system says.

    What is neither stands for itself.
    """
    for key in (f"reason.{reason}", f"system.{_SYSTEM.get(reason)}"):
        with contextlib.suppress(KeyError):
            return say(key, **details)
    return reason


def _rule_words(details: Mapping[str, object], say: Say) -> dict[str, str]:
    """Return the words for the rule of pydantic's that a value breaks, in place of pydantic's own, which are English."""
    expected = str(details.get("expected", "")).replace(" or ", ", ")
    with contextlib.suppress(KeyError):
        return {"problem": say(f"rule.{details.get('rule')}", **{**details, "expected": expected})}
    return {}


class _Shown(dict[str, object]):
    """Details of a sentence; one that is not known is shown as a dash rather than hiding the sentence."""

    def __missing__(self, key: str) -> str:
        return "–"
