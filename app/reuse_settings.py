"""Settings of asking once."""

from __future__ import annotations

from pydantic import Field

from app.setting_groups import Group


class ReuseSettings(Group):
    """Stored papers that stand in for papers that would be asked for again."""

    proof_days: int = Field(default=100, ge=0, le=3650)
    """days for which it counts that a file was put, or read from its first byte to its last: after them it is read again when somebody looks for it. When a paper is used it is read in any case"""
    agreed_types: tuple[str, ...] = ()
    """types of papers that are shown for a dossier only where their owner has agreed as well, such as `ly_lich_tu_phap`"""
