"""Versions of the remote signing interface; named apart, so that the settings know them without loading what speaks it."""

from __future__ import annotations

from enum import StrEnum


class CscVersion(StrEnum):
    """Version of the API, as it stands in the address."""

    V1 = "v1"
    V2 = "v2"
