"""The schedule of retention: TOML files of an administrator, checked as declarations of document types are.

There are no built-in periods: which ones hold is decided by each sector's ministry and each agency's own list (Luật Lưu trữ
33/2024/QH15 art. 15; TT 10/2022/TT-BNV), and what nobody has decided is kept for ever.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import msgspec

from pipeline.domain.errors import BadRetention
from pipeline.domain.ids import TypeCode
from pipeline.domain.retention import (
    LONGEST_YEARS,
    PERMANENT,
    SHORTEST_YEARS,
    YEARS_OF,
    RetentionCode,
    RetentionRule,
    RetentionStart,
    RuleId,
)
from pipeline.text.fold import nfc

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PROCEDURE = re.compile(r"[1-9]\.\d{6}")
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_INDEX = re.compile(r"rule\[(?P<index>\d+)\]")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    retention: RetentionCode
    since: dt.date
    source: str
    procedures: list[str] = []
    types: list[str] = []
    years: int | None = None
    begins: RetentionStart = RetentionStart.WORK_END
    until: dt.date | None = None


class _Schedule(msgspec.Struct, forbid_unknown_fields=True):
    rule: list[_Rule] = []


def load_schedule(file: Path | None, *, types: frozenset[TypeCode]) -> tuple[RetentionRule, ...]:
    """Return the rules of a schedule; none without a file.

    `types` are the document types that there are: a rule for another one would never hold, and nobody would notice.

    Raises:
        BadRetention: with file, line, key and problem.
    """
    if file is None:
        return ()
    text = _text(file)
    try:
        schedule = msgspec.convert(tomllib.loads(text), _Schedule)
    except tomllib.TOMLDecodeError as error:
        at = _TOML_LINE.search(str(error))
        raise BadRetention(file=str(file), line=int(at[1]) if at else 1, key="", problem=str(error)) from error
    except msgspec.ValidationError as error:
        at_path, unknown = _AT.search(str(error)), _UNKNOWN.search(str(error))
        path = at_path["path"] if at_path else ""
        key = unknown["key"] if unknown else path.rpartition(".")[2]
        raise _refusal(file, text, path, key, _AT.sub("", str(error))) from error
    rules: list[RetentionRule] = []
    for index, read in enumerate(schedule.rule):
        problem = _problem(read, types=types, before=rules)
        if problem:
            raise _refusal(file, text, f"rule[{index}]", *problem)
        rules.append(_rule(read))
    return tuple(rules)


def _text(file: Path) -> str:
    try:
        return nfc(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise BadRetention(file=str(file), line=1, key="", problem=reason) from error


def _problem(read: _Rule, *, types: frozenset[TypeCode], before: list[RetentionRule]) -> tuple[str, str] | None:
    """Return the key and what is wrong with it; None if the rule can be used."""
    checks = (
        (
            bool(_NAME.fullmatch(read.id)) and read.id != PERMANENT.id,
            "id",
            "is not lower-case ASCII with hyphens, or taken",
        ),
        (all(rule.id != read.id for rule in before), "id", "is declared twice"),
        (all(map(_PROCEDURE.fullmatch, read.procedures)), "procedures", "are not cores of codes, such as 1.001193"),
        (types.issuperset(read.types), "types", "name a document type that there is not"),
        (bool(read.source.strip()), "source", "names no text: a period without its source cannot be defended"),
        (read.until is None or read.since <= read.until, "until", "lies before since"),
    )
    wrong = next(((key, f"{getattr(read, key)}: {problem}") for holds, key, problem in checks if not holds), None)
    return wrong or _wrong_years(read)


def _wrong_years(read: _Rule) -> tuple[str, str] | None:
    if read.retention is RetentionCode.OTHER:
        if read.years is None or not SHORTEST_YEARS <= read.years <= LONGEST_YEARS:
            return "years", f"retention 07 names {SHORTEST_YEARS} to {LONGEST_YEARS} years"
    elif read.years is not None:
        return "years", f"retention {read.retention.value} says by itself how many: years belongs to 07"
    return None


def _rule(read: _Rule) -> RetentionRule:
    return RetentionRule(
        id=RuleId(read.id),
        procedures=frozenset(read.procedures),
        types=frozenset(TypeCode(each) for each in read.types),
        code=read.retention,
        years=read.years if read.retention is RetentionCode.OTHER else YEARS_OF.get(read.retention),
        begins=read.begins,
        since=read.since,
        until=read.until,
        source=read.source,
    )


def _refusal(file: Path, text: str, path: str, key: str, problem: str) -> BadRetention:
    return BadRetention(file=str(file), line=_line(text, path, key), key=key, problem=problem)


def _line(text: str, path: str, key: str) -> int:
    """Return the number of the line in which a key of a rule stands, or its rule begins; 1 where there is neither."""
    lines = text.splitlines()
    index = _INDEX.match(path)
    starts = [number for number, line in enumerate(lines) if line.strip() == "[[rule]]"]
    start = starts[int(index["index"])] if index and int(index["index"]) < len(starts) else 0
    end = next((number for number in starts if number > start), len(lines))
    named = re.compile(rf"\s*{re.escape(key)}\s*=") if key else None
    found = (number for number in range(start, end) if named and named.match(lines[number]))
    return next(found, start) + 1
