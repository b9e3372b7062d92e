"""How large what comes in may be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IntakeLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """What a source may be at most; over a limit it is refused as SourceTooLarge, with the limit's name in the details."""

    source_bytes: int = 2_000_000_000
    pages: int = 5_000
    pixels: int = 600_000_000
    """pixels of a picture, and of a page drawn at 300 dpi; four A0 sheets are 558 million"""
    members: int = 5_000
    """files in an archive"""
    unpacked_bytes: int = 4_000_000_000
    """bytes of all members of an archive"""
    unpacked_ratio: int = 200
    """unpacked bytes of a member to a packed one; scans barely shrink, and text seldom beyond a tenth"""
    depth: int = 1
    """1: an archive is opened, an archive in it is refused; 0: no archive is opened"""

    def __post_init__(self) -> None:
        for name in ("source_bytes", "pages", "pixels", "members", "unpacked_bytes", "unpacked_ratio"):
            if getattr(self, name) < 1:
                raise ValueError(f"the limit {name} must be positive")
        if self.depth not in {0, 1}:
            raise ValueError("archives are opened one level deep or not at all")
