"""The metadata with every table in it: a module of tables adds its tables only when it is imported."""

from __future__ import annotations

from types import ModuleType

from storage import (
    audit_tables,
    channel_tables,
    client_tables,
    desk_sitting_tables,
    desk_tables,
    disposal_tables,
    early_paper_tables,
    exchange_tables,
    fixity_tables,
    intake_tables,
    law_tables,
    owner_tables,
    part_tables,
    public_tables,
    rearrange_tables,
    report_tables,
    review_tables,
    sealed_tables,
    search_tables,
    session_tables,
    stage_time_tables,
    tables,
    unpublished_tables,
    webhook_tables,
)
from storage.tables import metadata

MODULES: tuple[ModuleType, ...] = (
    tables,
    part_tables,
    early_paper_tables,
    unpublished_tables,
    audit_tables,
    fixity_tables,
    law_tables,
    sealed_tables,
    search_tables,
    owner_tables,
    public_tables,
    desk_tables,
    review_tables,
    session_tables,
    client_tables,
    intake_tables,
    channel_tables,
    disposal_tables,
    exchange_tables,
    rearrange_tables,
    report_tables,
    desk_sitting_tables,
    webhook_tables,
    stage_time_tables,
)
"""all modules of tables; a test looks for others"""

__all__ = ["MODULES", "metadata"]
