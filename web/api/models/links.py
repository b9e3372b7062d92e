"""Addresses that are good for a short while."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.domain.paper_standing import StandingKind
from pipeline.domain.signed_link import FilePart
from web.api.models.base import ApiModel, Moment, Sha256

LONGEST_LINK = 3600
"""seconds"""


class NewLink(ApiModel):
    """Which file an address is wanted for, and for how long."""

    part: FilePart = FilePart.COPY
    """of the paper; the address is of the very file that it is now"""
    version: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """number of the version, where that is the part"""
    seconds: Annotated[int, Field(ge=10, le=LONGEST_LINK, examples=[300])] = 300
    """for which it is good"""
    even_if: StandingKind | None = None
    """state in which the paper may be handed out although it is not in force"""


class LinkShown(ApiModel):
    """An address by which whoever has it fetches one file, in the name of the client that asked for it."""

    id: str
    """it stands in the audit trail with this look and with each use"""
    url: Annotated[str, Field(examples=["https://sohoa.example.vn/api/v1/links/k-5d41402abc4b2a76.mIbB…"])]
    expires_at: Moment
    sha256: Sha256
    """of the file"""
    size: int
    """bytes"""
