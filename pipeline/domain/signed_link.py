"""Addresses that are good for a short while and for one file of one paper, and say by themselves for whom they were made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.client import ClientId, Purpose
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.paper_standing import StandingKind


class FilePart(StrEnum):
    """Files of a paper that are handed out."""

    COPY = "copy"
    """the newest version of the digitized copy"""
    VERSION = "version"
    """a version of it by its number"""
    SIGNED = "signed"
    """the signed file that came in, byte for byte"""
    TWIN = "twin"
    """the searchable copy that was made of that file"""
    TEXT = "text"
    """the text in reading order, pages parted by form feed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGrant:
    """What a signed address lets its holder do."""

    id: str
    """a UUIDv7; it stands in the trail with the look at which the address was made, and with each use"""
    client: ClientId
    """that asked for it"""
    document: DocumentId
    part: FilePart
    version: int = 0
    """number of the version, of that part"""
    sha256: ContentHash
    """the very file: a version that is made later is not handed out by it"""
    even_if: StandingKind | None = None
    """state in which the file is handed out although the paper may not be relied on"""
    purpose: Purpose
    expires_at: dt.datetime
