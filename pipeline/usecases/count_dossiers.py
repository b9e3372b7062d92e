"""Count dossiers again of which something changed, for the figures of indices."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.index_ports import KeptFigures, Waiting
from pipeline.ports import silent

_AT_ONCE = 200
"""dossiers that are counted in one transaction: others who write wait for a part of a second"""


def count_changed(
    kept: KeptFigures,
    *,
    enough: Callable[[], bool] = lambda: False,
    on_dossier: Callable[[int, int], None] = silent,
) -> Waiting:
    """Count again what changed, until nothing is left or it is enough; return what is left.

    Args:
        kept: what was counted.
        enough: says, after each portion, whether to leave the rest to somebody else.
        on_dossier: hears (dossiers counted, dossiers in all that were to be counted).

    Raises:
        RecordsUnavailable
    """
    waiting = kept.note_changes()
    first = waiting.dossiers
    while waiting.dossiers:
        waiting = kept.count_again(most=_AT_ONCE)
        on_dossier(first - waiting.dossiers, first)
        if enough():  # after a portion, so that whoever asks gets on however slow the machine is
            break
    return waiting


def recount(kept: KeptFigures, *, on_dossier: Callable[[int, int], None] = silent) -> int:
    """Count every dossier anew, and return of how many it is found that what was kept was not so: it should be none.

    `on_dossier` hears (dossiers counted, dossiers in all).

    Raises:
        RecordsUnavailable
    """
    count_changed(kept)
    waiting = kept.forget()
    first, differed = waiting.dossiers, 0
    while waiting.dossiers:
        waiting = kept.count_again(most=_AT_ONCE)
        differed += waiting.differed
        on_dossier(first - waiting.dossiers, first)
    return differed
