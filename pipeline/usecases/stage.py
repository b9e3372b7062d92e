"""Results that are computed once: kept as JSON objects, found again through the ledger by everything they depend on."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import TypeVar

from pipeline.domain.errors import ObjectMissing
from pipeline.domain.ids import ContentHash, derived_id
from pipeline.ports import Area, Ledger, ObjectStore
from pipeline.values import from_json, to_json

_Value = TypeVar("_Value")


def stage_key(stage: str, version: str, *inputs: object) -> str:
    """Return the ledger key of a result: the stage, its version and all inputs (values are taken as their JSON)."""
    texts = (part if isinstance(part, str) else to_json(part).decode() for part in inputs)
    return derived_id(stage, version, *texts)


def recall(key: str, kind: type[_Value], *, ledger: Ledger, objects: ObjectStore) -> _Value | None:
    """Return the result kept under `key`, or None when it has to be computed.

    A derived object may have been removed to save space, or be of a form that an earlier version wrote: it is then
    computed again.
    """
    kept = ledger.find(key)
    if kept is None:
        return None
    try:
        with objects.open(Area.DERIVED, kept) as stream:
            return from_json(stream.read(), kind)
    except (ObjectMissing, ValueError):  # msgspec's errors are ValueErrors
        return None


def remember(key: str, value: object, *, about: Collection[ContentHash], ledger: Ledger, objects: ObjectStore) -> None:
    """Keep a result; it is durable when this returns. `about` names the sources and copies that it tells something of."""
    stored = objects.put(Area.DERIVED, io.BytesIO(to_json(value)))
    ledger.record(key, stored.sha256, about=about)
