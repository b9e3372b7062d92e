"""Definitions of indices: TOML files, those of the product or those of an administrator, checked when they are read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec

from pipeline.domain.desk_errors import BadIndices
from pipeline.domain.indices import Condition, IndexCode, IndexDefinition, Needs, PeriodDay
from pipeline.understand.written_toml import WrittenToml

BUILT_IN = Path(__file__).parent / "indices" / "qd-766.toml"
"""the definitions that come with the product"""

_CODE = re.compile(r"[0-9a-z]+([.-][0-9a-z]+)*")


class _Index(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: str
    source: str
    since: dt.date
    until: dt.date | None = None
    day: PeriodDay = PeriodDay.RECEIVED
    of: list[Condition] = []
    counted: list[Condition] = []
    times: str | None = None
    full_at: int | None = None
    needs: Needs | None = None
    note: str = ""


class _Indices(msgspec.Struct, forbid_unknown_fields=True):
    index: list[_Index]


def load_indices(file: Path | None = None) -> tuple[IndexDefinition, ...]:
    """Return the definitions of a file, or those of the product, in the order in which they stand there.

    Raises:
        BadIndices: with file, line, key and problem: cannot be read, not TOML, an unknown key or condition, a formula without
            its source, one that neither is computed nor says what it needs, one that is multiplied by an index that is not
            there, editions of one index that overlap.
    """
    named = file or BUILT_IN
    try:
        written = WrittenToml(named, refusal=BadIndices)
    except OSError as error:
        raise BadIndices(file=str(named), line=0, key="", problem=error.strerror or "unreadable") from error
    try:
        read = msgspec.convert(written.tables, _Indices).index
    except msgspec.ValidationError as error:
        raise written.schema(error) from error
    for number, one in enumerate(read):
        problem = _problem(one, read[:number], read)
        if problem is not None:
            raise written.at(f"index[{number}].{problem[0]}", problem[1])
    return tuple(_definition(one) for one in read)


def in_force(definitions: tuple[IndexDefinition, ...], day: dt.date) -> tuple[IndexDefinition, ...]:
    """Return the editions that hold on a day."""
    return tuple(each for each in definitions if each.holds_on(day))


def _problem(one: _Index, before: list[_Index], together: list[_Index]) -> tuple[str, str] | None:
    """Return the key at which something is wrong, and what; None if the definition can be used."""
    checks = (
        (bool(_CODE.fullmatch(one.code)), "code", f"{one.code!r} is no number of an index, such as 4.1"),
        (bool(one.title.strip()), "title", "is empty"),
        (bool(one.source.strip()), "source", "names no text: a figure without its source cannot be defended"),
        (one.until is None or one.since <= one.until, "until", "lies before since"),
        (bool(one.counted or one.needs), "counted", "an index is computed, or says what it would need"),
        (
            one.times is None or _can_multiply(one, together),
            "times",
            f"{one.times!r} is no other index that is computed",
        ),
        (not any(_overlap(one, each) for each in before), "since", f"{one.code} has an edition in force then"),
        (one.full_at is None or 0 < one.full_at <= 100, "full_at", "is no share in per cent"),  # noqa: PLR2004 - per cent
    )
    return next(((key, problem) for holds, key, problem in checks if not holds), None)


def _can_multiply(one: _Index, together: list[_Index]) -> bool:
    """Say whether the index by which one is multiplied is there whenever the one is, and not multiplied itself."""
    others = [each for each in together if each.code == one.times and each.code != one.code and each.counted]
    return any(each.times is None and each.since <= one.since and _ends(each) >= _ends(one) for each in others)


def _ends(one: _Index) -> dt.date:
    return one.until or dt.date.max


def _overlap(one: _Index, other: _Index) -> bool:
    return one.code == other.code and max(one.since, other.since) <= min(_ends(one), _ends(other))


def _definition(one: _Index) -> IndexDefinition:
    return IndexDefinition(
        code=IndexCode(one.code),
        title=one.title,
        source=one.source,
        since=one.since,
        until=one.until,
        day=one.day,
        of=tuple(one.of),
        counted=tuple(one.counted),
        times=None if one.times is None else IndexCode(one.times),
        full_at=one.full_at,
        needs=one.needs,
        note=one.note,
    )
