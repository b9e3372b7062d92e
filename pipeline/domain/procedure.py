"""Administrative procedures and the papers that a dossier of each consists of, by the days on which they hold.

Codes: `1.000894`, to which a service variant and the publishing authority may be added (`1.000894.01`,
`1.000318.000.00.00.H40`); procedures are compared by the core alone.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import NewType

from pipeline.domain.ids import TypeCode

ProcedureCode = NewType("ProcedureCode", str)
"""Mã TTHC, its core: `1.000894`."""

_CODE = re.compile(r"(?P<core>[1-9]\.\d{6})(?:\.\d{2})?(?:\.000\.00\.00\.[A-Y]\d{2})?")


def procedure_core(code: str) -> ProcedureCode | None:
    """Return what procedures are compared by; None where the text is no procedure's code."""
    found = _CODE.fullmatch(code.strip())
    return None if found is None else ProcedureCode(found["core"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A paper of a dossier (thành phần hồ sơ)."""

    code: str
    """within the procedure; what a dossier's papers are held against"""
    name: str
    types: tuple[TypeCode, ...]
    """papers that will do, any of them"""
    required: bool = True
    condition: str = ""
    """when it is needed, where it is not always"""
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """An edition of a procedure, in force from `since` to `until`."""

    code: ProcedureCode
    name: str
    field: str
    """lĩnh vực"""
    since: dt.date
    until: dt.date | None = None
    """the last day"""
    results: tuple[TypeCode, ...] = ()
    """what an agency issues at its end"""
    components: tuple[Component, ...] = ()
    source: str = ""
    """the decision or regulation that says so"""

    def holds_on(self, day: dt.date) -> bool:
        """Say whether this edition is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)
