"""Retention, holds, disposal, keys of encrypted objects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NO_ROW = {
    "holds": ("UPDATE", "DELETE"),
    "hold_ends": ("UPDATE", "DELETE"),
    "disposals": ("DELETE",),
    "disposal_items": ("DELETE",),
}
"""what no row may suffer"""

_STEADY_LIST = (
    "NEW.id = OLD.id AND NEW.created_at = OLD.created_at AND NEW.proposed_by = OLD.proposed_by AND NEW.reason = OLD.reason"
    " AND NEW.proposer_role = OLD.proposer_role"
    " AND COALESCE(OLD.endorsed_by, NEW.endorsed_by, '') = COALESCE(NEW.endorsed_by, '')"
    " AND ((OLD.state = 'proposed' AND NEW.state IN ('proposed', 'approved', 'rejected'))"
    " OR (OLD.state = 'approved' AND NEW.state IN ('approved', 'carried_out') AND NEW.decided_by = OLD.decided_by)"
    " OR (OLD.state = 'carried_out' AND NEW.state = 'carried_out' AND NEW.decided_by = OLD.decided_by))"
)
"""a list goes one way, and what it says stays"""

_STEADY_ITEM = (
    "NEW.id = OLD.id AND NEW.disposal = OLD.disposal AND NEW.position = OLD.position AND NEW.kind = OLD.kind"
    " AND NEW.batch = OLD.batch AND NEW.sha256 = OLD.sha256 AND NEW.rule = OLD.rule AND NEW.retention = OLD.retention"
    " AND NEW.began = OLD.began AND NEW.due = OLD.due AND COALESCE(NEW.document, '') = COALESCE(OLD.document, '')"
    " AND COALESCE(NEW.source, -1) = COALESCE(OLD.source, -1)"
    " AND (NEW.state NOT IN ('removing', 'disposed')"
    " OR (SELECT state FROM disposals WHERE id = NEW.disposal) = 'approved')"
    " AND (OLD.state NOT IN ('disposed', 'kept') OR NEW.state = OLD.state)"
)
"""what an entry says stays; it is removed from an approved list only; its end is its end"""


def upgrade() -> None:
    """Create the tables and what guards them."""
    _sealed()
    _holds()
    _lists()
    _traces()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _sealed() -> None:
    """Names and wrapped keys of sealed objects."""
    op.create_table(
        "sealed_objects",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("area", "sha256", name="pk_sealed_objects"),
        sa.UniqueConstraint("area", "sealed_sha256", name="uq_sealed_objects_area_sealed_sha256"),
    )
    op.create_index("sealed_objects_by_key", "sealed_objects", ["key"])


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("holds_by_subject", "holds", ["kind", "subject"])
    op.create_table(
        "hold_ends",
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hold"], ["holds.id"], name="fk_hold_ends_hold"),
        sa.PrimaryKeyConstraint("hold", name="pk_hold_ends"),
    )


def _lists() -> None:
    op.create_table(
        "disposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposer_role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("endorsed_by", sa.Text()),
        sa.Column("endorsed_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("begun_by", sa.Text()),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("certificate", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_disposals"),
        sa.CheckConstraint(
            "state IN ('proposed', 'rejected') OR (decided_by IS NOT NULL"
            " AND lower(trim(decided_by)) <> lower(trim(proposed_by)) AND (proposer_role <> 'system'"
            " OR (endorsed_by IS NOT NULL AND lower(trim(endorsed_by)) <> lower(trim(decided_by)))))",
            name="ck_disposals_two_people",
        ),
    )
    op.create_index("disposals_newest", "disposals", ["created_at", "id"])
    op.create_index("disposals_by_certificate", "disposals", ["certificate"])
    op.create_table(
        "disposal_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("disposal", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("source", sa.Integer()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.Column("type", sa.Text()),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_source", sa.Text(), nullable=False),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("began", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["disposal"], ["disposals.id"], name="fk_disposal_items_disposal"),
        sa.PrimaryKeyConstraint("id", name="pk_disposal_items"),
        sa.UniqueConstraint("disposal", "position", name="uq_disposal_items_disposal_position"),
    )
    op.create_index("disposal_items_by_document", "disposal_items", ["document", "state"])


def _traces() -> None:
    """What went with an entry, and which computed results tell of which objects."""
    op.create_table(
        "disposal_objects",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["disposal_items.id"], name="fk_disposal_objects_item"),
        sa.PrimaryKeyConstraint("item", "area", "sha256", name="pk_disposal_objects"),
    )
    op.create_index("disposal_objects_by_name", "disposal_objects", ["area", "sha256"])
    op.create_table(
        "disposed_sources",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["disposal_items.id"], name="fk_disposed_sources_item"),
        sa.PrimaryKeyConstraint("batch", "name", name="pk_disposed_sources"),
    )
    op.create_index("disposed_sources_by_item", "disposed_sources", ["item"])
    op.create_table(
        "ledger_sources",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "source", name="pk_ledger_sources"),
    )
    op.create_index("ledger_sources_by_source", "ledger_sources", ["source"])


def _guard_sqlite() -> None:
    for table, verbs in _NO_ROW.items():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table}: no {verb}'); END"
            )
    for table, steady in (("disposals", _STEADY_LIST), ("disposal_items", _STEADY_ITEM)):
        op.execute(
            f"CREATE TRIGGER {table}_steady BEFORE UPDATE ON {table} WHEN NOT ({steady})"
            f" BEGIN SELECT RAISE(ABORT, '{table}: not this change'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION disposal_refuses() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '%: no %', TG_TABLE_NAME, TG_OP; END $$"
    )
    for table, verbs in _NO_ROW.items():
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE {' OR '.join(verbs)} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION disposal_refuses()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION disposal_refuses()"
        )
    for table, steady in (("disposals", _STEADY_LIST), ("disposal_items", _STEADY_ITEM)):
        op.execute(
            f"CREATE FUNCTION {table}_steady() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF NOT ({steady}) THEN RAISE EXCEPTION '{table}: not this change'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_steady BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_steady()"
        )
