"""The reference page of the tables names each with its key, the rules that the database enforces, and what the trail calls it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from storage.every_table import metadata
from storage.row_digests import PARTS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "records.md"


def columns(named: sa.PrimaryKeyConstraint | sa.UniqueConstraint) -> str:
    return ", ".join(f"`{column.name}`" for column in named.columns)


def rules(table: sa.Table) -> str:
    """Unique constraints, in the order of their columns."""
    unique = sorted(columns(each) for each in table.constraints if isinstance(each, sa.UniqueConstraint))
    return "; ".join(unique) or "–"


def test_every_table_stands_on_the_page_with_its_rules() -> None:
    kinds = {table.name: kind.value for kind, parts in PARTS.items() for table, _ in parts}
    written = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 5:
            written[cells[0].strip("`")] = (cells[2], cells[3], cells[4])
            assert cells[1]
    enforced = {
        name: (columns(table.primary_key), rules(table), f"`{kinds[name]}`" if name in kinds else "–")
        for name, table in metadata.tables.items()
    }
    assert written == enforced
