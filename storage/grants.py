"""Rights of the role that works with a PostgreSQL database day by day, when another role owns it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.dialects import postgresql

from storage.every_table import metadata

ONLY_ADDED: Collection[str] = frozenset(
    {
        "audit_entries",
        "audit_days",
        "accesses",
        "signature_verdicts",
        "holds",
        "hold_ends",
        "displays",
        "delegations",
        "delegation_ends",
    }
)
"""tables to which rows are added, and of which none is ever changed or removed"""
_ONLY_READ = ("alembic_version",)
_MORE = ("search_words",)
"""tables that the metadata does not know"""


def grant_statements(role: str) -> Sequence[str]:
    """Return the SQL by which the database's owner lets `role` do all work, and no more; it may be run again.

    The role can neither change nor remove entries of the audit trail nor switch its triggers off: that takes the owner.
    It cannot bring the database up to date either: after an upgrade of the product the owner starts it once.
    """
    # always in quotes: a name is never read as SQL
    named = postgresql.dialect().identifier_preparer.quote_identifier(role)  # type: ignore[no-untyped-call]
    tables = sorted({*(table.name for table in metadata.sorted_tables), *_MORE})
    added = [each for each in tables if each in ONLY_ADDED]
    changed = [each for each in tables if each not in ONLY_ADDED]
    return (
        f"GRANT USAGE ON SCHEMA public TO {named};",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {named};",
        f"GRANT SELECT ON {', '.join(_ONLY_READ)} TO {named};",
        f"GRANT SELECT, INSERT ON {', '.join(added)} TO {named};",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(changed)} TO {named};",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {named};",
    )
