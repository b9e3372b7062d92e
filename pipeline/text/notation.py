"""Số và ký hiệu of a document, `1234/QĐ-UBND` (NĐ 30/2020, phụ lục I and III): reading and repairing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from pipeline.text.fold import fold_for_search, nfc

_DASHES = re.compile(r"\s*[-‐‑–—−]+\s*")
_PART = r"[A-Za-zĐđÐ0-9&.]+"
_NOTATION = rf"[A-ZĐÐ8][A-Za-zĐđÐ0-9]{{0,11}}(?:-{_PART})*"
_REFERENCE = re.compile(
    rf"(?:^|(?<=/))(?P<before>[^/]*)/\s*(?:(?P<year>(?:19|20)\d{{2}})\s*/?\s*)?(?P<notation>{_NOTATION})"
)
_PARTY = re.compile(rf"(?P<number>[^/-]{{0,8}}?)\s*-\s*(?P<notation>[A-ZĐÐ][A-Za-zĐđÐ]{{0,3}}/{_PART}(?:-{_PART})*)")
"""bodies of the Party write the type before the stroke: `12-QĐ/TU`; in a draft nothing stands before the dash"""
_NUMBER = re.compile(r"0*[1-9]\d{0,5}[a-z]?")
_NUMBER_SIGN = re.compile(r"^\W*[sS5$][ốôồỗóoốõöổỐÔOÓ0õ](?![^\W\d_lIiOoZz])[\s.:;,]*", re.IGNORECASE)
"""`Số:`, also glued to digits that were read as letters; `SÓC TRĂNG` and `SÔNG` are names"""
_WRITTEN_ON = re.compile(r"/\s*(?:[qgợ][QqO0]?[ĐÐđDdb]|QĐ[ĐÐđD])-")
"""`/QĐ-` with a handwritten number running into it"""
_DOUBLED = re.compile(r"ĐÐ|ÐĐ")
"""one letter that was read twice, as the Vietnamese one and as the Icelandic one"""
_NEAR = 0.6
"""of its letters a spoilt notation keeps at least; of six letters two may be lost"""
_MOST_WORDS = 40
"""of an organ's name that may give initials; the longest names of organs, with the one above them, have some 25"""
_LONGEST = 25
"""words from which initials are taken"""
_LETTER_LIKE = str.maketrans({"8": "B", "0": "O", "Ð": "Đ", "5": "S"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A document's number and notation as read; the number is None where none could be read (a draft, handwriting)."""

    number: str | None
    notation: str
    """with the year before it where the document has one: `2026/TT-BCA`"""
    stroke: str = "/"
    """what stands between them: `-` on papers of the Party"""

    @property
    def joined(self) -> str | None:
        """Both together, `37/2026/TT-BCA`."""
        return None if self.number is None else f"{self.number}{self.stroke}{self.notation}"


def has_number_sign(text: str) -> bool:
    """Say whether a line starts with `Số:`, as far as OCR lets it."""
    return bool(_NUMBER_SIGN.match(nfc(text)))


def read_reference(text: str) -> Reference | None:
    """Read `Số: 12/QĐ-UBND` or `Số: 37/2026/TT-BCA`; None when the text holds no notation.

    The number is what stands between the sign and the first stroke, and only if it is digits: anything else was written by
    hand and not read.
    """
    clean = _DASHES.sub("-", nfc(text))
    text = _NUMBER_SIGN.sub("", clean)
    party = _PARTY.match(text.lstrip())
    if party and (party["number"].strip().isdecimal() or text != clean):
        return Reference(_number(party["number"]), party["notation"].rstrip(".&"), stroke="-")
    match = _REFERENCE.search(_WRITTEN_ON.sub("/QĐ-", text))
    if match is None:
        return None
    year = f"{match['year']}/" if match["year"] else ""
    return Reference(_number(match["before"]), notation=year + match["notation"].rstrip(".&"))


def _number(text: str) -> str | None:
    number = text.strip(" .,:-_")
    return number if _NUMBER.fullmatch(number) else None


def repair_notation(notation: str, *, abbreviations: Collection[str], organ: str = "") -> str:
    """Return a notation with its usual misreadings undone.

    A part that equals a type's abbreviation but for diacritics, case or a digit for a letter is written as that abbreviation
    (`QD-`, `Qđ-`: `QĐ-`; `TTR-`: `TTr-`), `U8ND` becomes `UBND`, `TTrUBND` gets its dash back, and a `D` that the issuing organ's initials write `Đ` becomes
    `Đ` (BỘ GIÁO DỤC VÀ ĐÀO TẠO: `BGDDT` to `BGDĐT`). Other letters are left alone.

    Args:
        notation: as read, without spaces around strokes and dashes.
        abbreviations: of the document types, `QĐ`, `TTr` …
        organ: name of the issuing organ, upper case, where it is known.
    """
    known = {*_ORGANS, *abbreviations}
    spelt = {_shape(name): name for name in _initials(organ)}
    for shape, names in _by_shape(known).items():
        # `Hd` may be guidance or a contract: what has two spellings is left as read
        spelt[shape] = next(iter(names)) if len(names) == 1 else ""
    parts = (
        part if part in known else spelt.get(_shape(part)) or part.replace("Ð", "Đ")
        for part in re.split(r"([/-])", _DOUBLED.sub("Đ", notation))
    )
    return "".join(part if part in known else _parted(part, abbreviations) for part in parts)


def _parted(part: str, abbreviations: Collection[str]) -> str:
    """Put the dash back that is lost between a type and one of the organs that occur everywhere: `TTrUBND`."""
    for organ in _ORGANS:
        if part.endswith(organ) and part.removesuffix(organ) in abbreviations:
            return f"{part.removesuffix(organ)}-{organ}"
    return part


def notation_is_known(notation: str, *, abbreviations: Collection[str], organ: str = "") -> bool:
    """Say whether every part of a notation is a type's abbreviation, a common organ's, or the initials of this organ."""
    known = {*_ORGANS, *abbreviations, *_initials(organ)}
    parts = re.split("[-/]", re.sub(r"^(?:19|20)\d{2}/", "", notation))
    return len(parts) > 1 and all(part in known for part in parts)


def nearest_notation(read: str, *, abbreviation: str, organ: str) -> str | None:
    """Return the notation that a paper of a type and of an organ must have, if what was read is like it: `rc-BYr`, `TC-BYT`.

    Handwriting in the line before it spoils the print. None where nothing is near: a proposal, not a reading.
    """
    own = set(_initials(organ))
    rest = read.partition("-")[2]
    ends = own | ({rest} if rest in _ORGANS else set())
    likely = [f"{abbreviation}-{end}" for end in sorted(ends)]
    near = {one: Levenshtein.normalized_similarity(_shape(read.replace(".", "-")), _shape(one)) for one in likely}
    best = max(near, key=lambda one: (near[one], len(one)), default=None)
    return best if best is not None and near[best] >= _NEAR else None


def notation_fits(notation: str, abbreviation: str) -> bool:
    """Say whether a notation begins with a type's abbreviation: `QĐ-UBND`, `2026/TT-BCA`, `QĐ/TU`."""
    return abbreviation in {notation.rpartition("/")[2].split("-")[0], notation.partition("/")[0]}


_ORGANS = (
    "UBND",
    "HĐND",
    "TTg",
    "CP",
    "CTN",
    "UBTVQH",
    "VPCP",
    "VPUB",
    "MTTQ",
    "BTP",
    "BCA",
    "BQP",
    "BTC",
    "BYT",
    "BXD",
)
"""Abbreviations of organs that occur everywhere and that no organ line spells out letter by letter"""


def _by_shape(names: Iterable[str]) -> dict[str, set[str]]:
    shapes: dict[str, set[str]] = {}
    for name in names:
        shapes.setdefault(_shape(name), set()).add(name)
    return shapes


def _shape(part: str) -> str:
    return fold_for_search(part.translate(_LETTER_LIKE))


def _initials(organ: str) -> Iterable[str]:
    words = [word for word in re.findall(r"\w+", nfc(organ).upper()) if word[0].isalpha()][-_MOST_WORDS:]
    letters = [(word in {"VÀ", "CỦA"}, "Đ" if word[0] == "Đ" else fold_for_search(word[0]).upper()) for word in words]
    for start in range(len(letters)):
        tail = letters[start : start + _LONGEST]
        for chosen in (tail, [each for each in tail if not each[0]]):
            initials = "".join(letter for _, letter in chosen)
            yield from (initials[:end] for end in range(2, len(chosen) + 1))
