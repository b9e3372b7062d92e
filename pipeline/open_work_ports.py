"""What is left to do, in numbers: for whoever watches over an installation. Numbers only: nothing here names a paper or a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """How much there is, and how long the oldest of it waits."""

    batches: Mapping[str, int]
    """by state"""
    oldest_batch: dt.datetime | None
    """when the oldest one that is not digitized came in"""
    documents: Mapping[str, int]
    """by state"""
    signing: Mapping[str, int]
    """documents in orders to sign, by state"""
    events: int
    """that somebody is still to be told"""
    oldest_event: dt.datetime | None
    """when the oldest of them happened"""
    dead_letters: int
    """that nobody could be told"""
    unsent: Mapping[str, int]
    """dossiers that other systems are to have, by state"""
    broken_laws: Mapping[str, int]
    """how often each law of what is kept was broken when it was checked last"""
    unsound_objects: Mapping[str, int]
    """objects that were not as they should be when they were read last, by store"""
    trail: int
    """number of the last entry of the audit trail"""
    unsealed_since: dt.datetime | None
    """end of the last day of the trail that is sealed, the trail's beginning where none is; None: there is no trail yet"""
    unsaved_since: dt.datetime | None
    """when the newest backup was finished, the trail's beginning where there is none; None: there is no trail yet"""


class OpenWorkBook(Protocol):
    """Counts."""

    def read(self) -> OpenWork:
        """Return what is left to do.

        Raises:
            RecordsUnavailable
        """
        ...
