"""How large what comes in may be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IntakeLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """What a source may be at most; over a limit it is refused as SourceTooLarge, with the limit's name in the details."""

    file_bytes: int = 2_000_000_000
    pages: int = 5_000
    page_pixels: int = 600_000_000
    """pixels of a page drawn at 300 dpi; four A0 sheets are 558 million"""
    image_pixels: int = 600_000_000
    """pixels of a single picture"""
    zip_members: int = 5_000
    zip_bytes: int = 4_000_000_000
    """bytes of all members of an archive, unpacked"""
    zip_ratio: int = 200
    """unpacked bytes of a member to a packed one; scans barely shrink, and text seldom beyond a tenth"""
    zip_depth: int = 1
    """1: an archive is opened, an archive in it is refused; 0: no archive is opened"""

    def __post_init__(self) -> None:
        for name in ("file_bytes", "pages", "page_pixels", "image_pixels", "zip_members", "zip_bytes", "zip_ratio"):
            if getattr(self, name) < 1:
                raise ValueError(f"the limit {name} must be positive")
        if self.zip_depth not in {0, 1}:
            raise ValueError("archives are opened one level deep or not at all")
