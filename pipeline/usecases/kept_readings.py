"""What was read on a document's pages, as far as it is still kept: readings are derived, and a newer reader has others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.page import RecognisedPage
from pipeline.domain.review import PlacedPage
from pipeline.ports import Ledger, ObjectStore
from pipeline.recognise.policy import ReadPolicy
from pipeline.usecases.read_pages import reading_key
from pipeline.usecases.stage import recall


def kept_readings(
    pages: Sequence[PlacedPage], *, ledger: Ledger, objects: ObjectStore, policy: ReadPolicy, tools: str
) -> tuple[RecognisedPage | None, ...]:
    """Return the readings of pages, in order; None where none is kept for the way the page lies now.

    Args:
        pages: of a document.
        ledger: where it stands what was read.
        objects: where the readings are.
        policy: how pages are read here; another one read other things.
        tools: names of the programs and data that reading depends on.

    Raises:
        ObjectAltered, StoreUnavailable, StoreRefused
    """
    return tuple(_kept(page, ledger, objects, policy, tools) for page in pages)


def _kept(
    page: PlacedPage, ledger: Ledger, objects: ObjectStore, policy: ReadPolicy, tools: str
) -> RecognisedPage | None:
    # first as it was found to lie, then as a person said that it does
    for rotation in (None, page.rotation):
        key = reading_key(page.sha256, page.ref.number, policy=policy, tools=tools, rotation=rotation)
        reading = recall(key, RecognisedPage, ledger=ledger, objects=objects)
        if reading is not None and reading.rotation == page.rotation:
            return replace(reading, ref=page.ref)
    return None
