"""What all models of the interface have in common."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from pipeline.domain.moments import in_zone


class ApiModel(BaseModel):
    """A value that goes in or out: frozen, unknown names refused, described by its docstrings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, ser_json_inf_nan="null")


def _in_utc(moment: dt.datetime) -> str:
    return in_zone(moment, dt.UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    PlainSerializer(_in_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T01:30:00Z"]}),
]
"""A moment in UTC (RFC 3339)."""

Sha256 = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
"""Digest of bytes, lower-case hexadecimal."""

_Item = TypeVar("_Item")


class Page(ApiModel, Generic[_Item]):
    """A part of a list, in a fixed order."""

    items: tuple[_Item, ...]
    """at most `limit`"""
    next: str | None
    """`after` of the next part; null: this is the last one"""
