"""Remove computed results with what they were computed from. They can be made again, and nothing else may remember a paper."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.disposal_ports import LedgerTraces
from pipeline.domain.ids import ContentHash
from pipeline.law_ports import ResultLaw
from pipeline.object_ports import ObjectKeeper
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.read_pages import READING

_AT_ONCE = 200
"""results looked at together"""


def forget_readings(sources: Collection[ContentHash], *, traces: LedgerTraces, keeper: ObjectKeeper) -> None:
    """Remove what was read on the pages of these sources.

    The objects go first: whoever is killed in between finds them again by the ledger.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    results = traces.about(sources)
    _forget({key: each for key, each in results.items() if key.startswith(READING)}, traces, keeper)


def forget_untraced(*, traces: LedgerTraces, keeper: ObjectKeeper) -> None:
    """Remove results of which nobody knows what they were computed from: earlier versions did not write it down.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    while results := traces.untraced(limit=_AT_ONCE):
        _forget(results, traces, keeper)


def forget_absent(*, traces: LedgerTraces, objects: ObjectStore) -> None:
    """Forget results whose objects are not there: a backup holds none, for they can be made again.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    last = ""
    while results := traces.results(limit=_AT_ONCE, after=last):
        *_, last = results
        traces.forget([key for key, each in results.items() if not objects.has(Area.DERIVED, each)])


def forget_result(result: ContentHash, *, keys: Collection[str], results: ResultLaw, keeper: ObjectKeeper) -> None:
    """Remove a computed result that is not whole, and forget it under all its keys: it is computed again.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    keeper.remove(Area.DERIVED, result)
    results.forget(keys)


def _forget(results: Mapping[str, ContentHash], traces: LedgerTraces, keeper: ObjectKeeper) -> None:
    objects = set(results.values())
    for sha256 in sorted(objects - set(traces.needed(objects, besides=results))):
        keeper.remove(Area.DERIVED, sha256)
    traces.forget(results)
