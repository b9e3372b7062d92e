"""Judgements of files' signatures with all that was found, kept beside the verdicts that the records hold.

The records keep the verdict, who had it judged and when; what was found of each signature is an object that can be made again.
"""

from __future__ import annotations

import datetime as dt

from pipeline.desk_ports import Verdicts
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import FileVerdict
from pipeline.ports import Ledger, ObjectStore
from pipeline.usecases.stage import recall, remember, stage_key


def keep_judgement(
    sha256: ContentHash,
    verdict: FileVerdict,
    *,
    as_of: dt.datetime,
    verdict_book: Verdicts,
    ledger: Ledger,
    objects: ObjectStore,
) -> None:
    """Keep what was just said of a file, as of a moment, with all that was found.

    Raises:
        RecordsUnavailable, StoreUnavailable, StoreRefused
    """
    # first what was found: a verdict in the records has it from its first moment on
    remember(_key(sha256, as_of), verdict, about=[sha256], ledger=ledger, objects=objects)
    verdict_book.keep({sha256: verdict}, as_of=as_of)


def kept_judgement(
    sha256: ContentHash, as_of: dt.datetime, *, ledger: Ledger, objects: ObjectStore
) -> FileVerdict | None:
    """Return all that was found when a file was judged as of a moment; None where it was not kept."""
    return recall(_key(sha256, as_of), FileVerdict, ledger=ledger, objects=objects)


def _key(sha256: ContentHash, as_of: dt.datetime) -> str:
    return stage_key("judgement", "1", sha256, as_of.astimezone(dt.UTC).isoformat())
