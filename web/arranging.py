"""Arrangements of pages as browsers send and show them, and work on them that goes on beside requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.domain.arrange_errors import ArrangementUnsound
from pipeline.domain.arrangement import Arrangement, WantedPaper, arrangement_of
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import BatchId, DossierCode, TypeCode
from pipeline.domain.page import PageRef

Draft = Mapping[str, Any]
"""pages by their place in the batch, so that no name of a file stands in it: `round`, `papers`, `blank`, `separators`, `turns`"""


def draft_of(batch: DigitizedBatch, *, rounds: int) -> Draft:
    """Return how a batch lies now, as a draft that changes nothing."""
    places = {page.ref: place for place, page in enumerate(batch.pages)}
    now = arrangement_of(batch)

    def numbered(refs: Sequence[PageRef]) -> list[int]:
        return [places[ref] for ref in refs]

    return {
        "round": rounds,
        "papers": [
            {"pages": numbered(each.pages), "type": each.type or "", "dossier": each.dossier or ""}
            for each in now.papers
        ],
        "blank": numbered(now.blank),
        "separators": numbered(now.separators),
        "turns": {},
    }


def parsed(text: str) -> Draft:
    """Return the draft that a browser sent.

    Raises:
        ArrangementUnsound: it is none.
    """
    try:
        draft = json.loads(text)
    except ValueError:
        draft = None
    if not isinstance(draft, dict):
        raise ArrangementUnsound(source="", page=0, reason="no_draft")
    return draft


def arrangement_in(draft: Draft, batch: DigitizedBatch) -> Arrangement:
    """Return what a draft says.

    Raises:
        ArrangementUnsound: it is none, or names pages that there are not.
    """

    def refs(places: Sequence[int]) -> tuple[PageRef, ...]:
        if not all(0 <= place < len(batch.pages) for place in places):
            raise IndexError
        return tuple(batch.pages[place].ref for place in places)

    try:
        return Arrangement(
            papers=tuple(
                WantedPaper(
                    pages=refs(each["pages"]),
                    dossier=DossierCode(each["dossier"]) if each["dossier"] else None,
                    type=TypeCode(each["type"]) if each["type"] else None,
                )
                for each in draft["papers"]
            ),
            blank=refs(draft["blank"]),
            separators=refs(draft["separators"]),
            turns={ref: int(by) for place, by in draft["turns"].items() for ref in refs([int(place)])},
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ArrangementUnsound(source="", page=0, reason="no_draft") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How far somebody's change of a batch's pages is."""

    stage: Stage = Stage.READ
    progress: Progress = field(default_factory=lambda: Progress(0, 0))
    done: bool = False
    made: int = 0
    """new papers"""
    retyped: int = 0
    """papers that a person said are of another type"""
    error: SohoaError | None = None


class Works:
    """What is being done for which batch, in this process; what was to be done stands in the drafts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: dict[BatchId, Work] = {}

    def begin(self, batch: BatchId) -> bool:
        """Write that work on a batch begins; False: it has begun already."""
        with self._lock:
            known = self._works.get(batch)
            if known is not None and not known.done:
                return False
            self._works[batch] = Work()
            return True

    def put(self, batch: BatchId, work: Work) -> None:
        """Write how far it is."""
        with self._lock:
            self._works[batch] = work

    def find(self, batch: BatchId) -> Work | None:
        """Return how far it is."""
        with self._lock:
            return self._works.get(batch)

    def take(self, batch: BatchId) -> Work | None:
        """Return what came of it, once."""
        with self._lock:
            known = self._works.get(batch)
            return self._works.pop(batch) if known is not None and known.done else known
