"""Domain values to JSON and back, checked against their types on the way in.

Stage results are kept as JSON objects in the store, so that a value read back is either what was written or an error.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

_Value = TypeVar("_Value")


def to_json(value: object) -> bytes:
    """Return `value` (frozen dataclasses, enums, tuples, mappings, plain values) as UTF-8 JSON with sorted keys."""
    return msgspec.json.encode(value, order="deterministic")


def writable(value: _Value) -> _Value:
    """Return `value` itself if it can be written down and read again: halves of characters and numbers without end cannot.

    Raises:
        ValueError
    """
    from_json(to_json(value), type(value))
    return value


def from_json(data: bytes, kind: type[_Value]) -> _Value:
    """Return the value of type `kind` that `data` holds.

    Raises:
        msgspec.ValidationError: the JSON does not fit the type.
    """
    return msgspec.json.decode(data, type=kind)
