"""What a search asks of an index: tokens that are all there, one of which is there, or that are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pipeline.domain.search import Scope, SearchQuery
from storage.search_tokens import (
    LONGEST_BEGINNING,
    beginning_token,
    filter_token,
    pair_tokens,
    range_tokens,
)
from storage.search_words import SHORTEST_BEGINNING, Form, Term, query_terms


@dataclass(frozen=True, slots=True)
class Token:
    """A token, or, where it only `begins`, any that begins so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of at least one part."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts; of none: nothing."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """What is kept, but nothing of what is dropped."""

    kept: Wanted
    dropped: Wanted


Wanted: TypeAlias = Token | AllOf | AnyOf | Without


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Matches of one worth; those of the stages before are not among them."""

    wanted: Wanted
    agrees: bool
    """whether the diacritics are those of the query"""
    is_beside: bool
    """whether the words stand side by side in the order of the query"""
    all_beside: Wanted | None = None
    """what all matches in which they do have, whatever their diacritics"""

    @property
    def worth(self) -> float:
        """1 and above where the diacritics agree."""
        return self.agrees + 0.5 * self.is_beside


def everything_wanted(terms: Sequence[Term], query: SearchQuery, scope: Scope) -> Wanted | None:
    """Return what all matches of a query have; None where there is neither a word nor a filter."""
    narrowed = narrowing(query)
    if not terms and not narrowed:
        return None
    return _all([*(_term(term, Form.FOLDED) for term in terms), *narrowed, *_visible(scope)])


def stages(terms: Sequence[Term], query: SearchQuery, scope: Scope) -> list[Stage]:
    """Return what to look for, the best first; together they are `everything_wanted`."""
    frame = [*narrowing(query), *_visible(scope)]
    folded = [_term(term, Form.FOLDED) for term in terms]
    exact = [_term(term, Form.EXACT) for term in terms]
    beside = _beside(terms)
    all_beside = _all([*folded, *beside, *frame]) if beside else None
    found = []
    # where nothing was typed that other diacritics could disagree with, all matches agree
    for agrees in (True,) if exact == folded else (True, False):
        words, dropped = (exact, []) if agrees else (folded, [_all(exact)])
        if beside:
            wanted = _without([*words, *beside, *frame], dropped)
            found.append(Stage(wanted=wanted, agrees=agrees, is_beside=True, all_beside=all_beside))
            dropped = [*dropped, _all(beside)]
        found.append(Stage(wanted=_without([*words, *frame], dropped), agrees=agrees, is_beside=False))
    return found


def _without(parts: Sequence[Wanted], dropped: Sequence[Wanted]) -> Wanted:
    wanted = _all(parts)
    return Without(wanted, AnyOf(tuple(dropped))) if dropped else wanted


def narrowing(query: SearchQuery) -> list[Wanted]:
    """Return what the filters of a query ask for."""
    wanted: list[Wanted] = [
        Token(filter_token(name, value))
        for name, value in (
            ("batch", query.batch),
            ("agency", query.agency),
            ("type", query.type),
            ("state", query.state),
            ("dossier", query.dossier),
        )
        if value is not None
    ]
    for name, since, until in (
        ("issued", query.issued_since, query.issued_until),
        ("received", query.received_since, query.received_until),
    ):
        if since is not None or until is not None:
            wanted.append(_any(range_tokens(name, since, until)))
    if query.numbers:
        wanted.append(AnyOf(tuple(_term(each, Form.FOLDED) for each in number_terms(query))))
    return wanted


def number_terms(query: SearchQuery) -> list[Term]:
    """Return the numbers of a query as terms, of which one has to be found."""
    return [term for number in query.numbers for term in query_terms(number)[:1]]


def rendered(
    wanted: Wanted,
    *,
    token: Callable[[Token], str],
    both: str,
    either: str,
    without: Callable[[str, str], str],
) -> str:
    """Return the query in the language of an index."""

    def written(part: Wanted) -> str:
        match part:
            case Token():
                return token(part)
            case AllOf(parts):
                return "(" + both.join(map(written, parts)) + ")"
            case AnyOf(parts):
                return "(" + either.join(map(written, parts)) + ")"
            case Without(kept, dropped):
                return without(written(kept), written(dropped))

    return written(wanted)


def is_hopeless(wanted: Wanted) -> bool:
    """Say whether nothing can match: one of no alternatives is asked for."""
    match wanted:
        case Token():
            return False
        case AllOf(parts):
            return any(map(is_hopeless, parts))
        case AnyOf(parts):
            return all(map(is_hopeless, parts))
        case Without(kept, _):
            return is_hopeless(kept)


def _visible(scope: Scope) -> list[Wanted]:
    if scope.agencies is None:
        return []
    return [_any(filter_token("agency", each) for each in sorted(scope.agencies))]


def _term(term: Term, form: Form) -> Wanted:
    words, folded = term.in_form(form), term.in_form(Form.FOLDED)
    # a beginning may end within a syllable, whose marks are still to come: it is looked for by its letters
    end = _beginning(folded[-1]) if term.begins else Token(words[-1])
    if len(words) == 1:
        return end
    joined = _beginning(term.joined(Form.FOLDED)) if term.begins else Token(term.joined(form))
    whole = len(words) - 1 if term.begins else len(words)
    marked = [Token(word) for word, letters in zip(words[:whole], folded, strict=False) if word != letters]
    pairs = [Token(pair) for pair in pair_tokens(folded[:whole])] or [Token(words[0])]
    return AnyOf((_all([*pairs, *marked, *([end] if term.begins else [])]), joined))


def _beginning(word: str) -> Wanted:
    if len(word) < SHORTEST_BEGINNING:
        return Token(word)
    if len(word) <= LONGEST_BEGINNING:
        return AnyOf((Token(word), Token(beginning_token(word))))
    return Token(word, begins=True)


def _beside(terms: Sequence[Term]) -> list[Wanted]:
    """Return what texts have in which all words of a query stand side by side (nearly always nothing else has it)."""
    words = [word for term in terms for word in term.in_form(Form.FOLDED)]
    if terms and terms[-1].begins:
        words.pop()
    return [Token(pair) for pair in pair_tokens(words)] if len(terms) > 1 else []


def _all(parts: Iterable[Wanted]) -> Wanted:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else AllOf(unique)


def _any(tokens: Iterable[str]) -> Wanted:
    parts = tuple(Token(token) for token in tokens)
    return parts[0] if len(parts) == 1 else AnyOf(parts)
