"""Results as a province's store of results describes them (public integration code; docs/reference/exchange-formats.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.columns import (
    RecordForm,
    json_bytes,
    moment,
    read_json,
    read_record,
    schema_of,
    text,
    write_record,
)

_NAME = "result_descriptor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDescriptor:
    """A result: what it is, whose, and its file."""

    code: str
    """MaGiayToKetQua"""
    name: str
    reference: str = ""
    """SoKyHieu: number and notation"""
    subject: str = ""
    issued_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    """None: without end"""
    valid_scope: str = ""
    owner: str = ""
    """MaChuGiayTo: the owner's number"""
    owner_kind: str = ""
    """LoaiDinhDanhCHS: what kind of number"""
    organ: str = ""
    """MaCoQuan"""
    unit: str = ""
    file_name: str = ""


FORM = RecordForm(
    name=_NAME,
    value=ResultDescriptor,
    columns=(
        text("MaGiayToKetQua", "code", required=True),
        text("TenGiayToKetQua", "name", required=True),
        text("SoKyHieu", "reference"),
        text("TrichYeuNoiDung", "subject"),
        moment("NgayCap", "issued_at"),
        moment("ThoiHanHieuLuc", "valid_until"),
        text("PhamViHieuLuc", "valid_scope"),
        text("MaChuGiayTo", "owner"),
        text("LoaiDinhDanhCHS", "owner_kind"),
        text("MaCoQuan", "organ"),
        text("DonViXuLy", "unit"),
        text("TenFileGiayToKetQuaDinhKem", "file_name"),
    ),
)


def write_descriptors(descriptors: Sequence[ResultDescriptor]) -> bytes:
    """Return descriptors as a JSON array.

    Raises:
        ExchangeMalformed
    """
    return json_bytes([write_record(each, FORM) for each in descriptors])


def read_descriptors(data: bytes) -> tuple[ResultDescriptor, ...]:
    """Return the descriptors of such an array.

    Raises:
        ExchangeMalformed
    """
    found = read_json(data, format_=_NAME)
    if not isinstance(found, list):
        raise ExchangeMalformed(format=_NAME, place="", reason="no_list")
    return tuple(read_record(each, FORM) for each in found)


def descriptors_schema() -> dict[str, Any]:
    """Return the JSON Schema of the array."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": schema_of(FORM),
    }
