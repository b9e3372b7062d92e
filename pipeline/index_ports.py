"""What the indices of digitization need from outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from pipeline.domain.indices import RecordedDossier
from pipeline.domain.search import EVERYTHING, Scope


class DossierFacts(Protocol):
    """What is known of dossiers, as far as indices ask for it."""

    def dossiers(self, since: dt.date, until: dt.date, *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield, by code, each dossier that came in, was received or promised, or got a result within these days of the office."""
        ...
