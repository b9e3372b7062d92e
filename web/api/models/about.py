"""The interface itself."""

from __future__ import annotations

from pipeline.domain.client import ApiScope
from web.api.models.base import ApiModel


class ClientShown(ApiModel):
    """A client as it sees itself."""

    id: str
    """by which it is known"""
    name: str
    """of the system, as people know it"""
    agencies: tuple[str, ...]
    """codes of the agencies whose papers it may see; empty text: those of no agency"""
    scopes: tuple[ApiScope, ...]
    """what this token reaches"""
