"""What an entry costs does not grow with the list that it stands on, nor with what else is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.domain.disposal import Disposal
from storage.disposal_tables import disposal_items
from storage.tables import copy_versions, documents, fields, ledger, pages, sources
from tests.storage.disposal_office import Office, open_office


def steps(office: Office, work: Callable[[], object]) -> int:
    """Return how many thousand instructions SQLite's machine ran for some work."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    def watch(connection: sa.Connection) -> None:
        connection.connection.dbapi_connection.set_progress_handler(count, 100)  # type: ignore[union-attr]

    engine = office.desk().engine
    sa.event.listen(engine, "begin", watch)
    try:
        work()
    finally:
        sa.event.remove(engine, "begin", watch)
    return counted[0]


def begun(office: Office, *, limit: int) -> Disposal:
    disposal = office.propose(limit=limit)
    office.decide(disposal.id)
    return office.desk().disposal_work.begin(disposal.id, at=office.clock.now())


def test_a_claim_costs_the_same_on_a_long_list(tmp_path: Path) -> None:
    costs = []
    for papers in (3, 60):
        folder = tmp_path / str(papers)
        folder.mkdir()
        with open_office(f"sqlite:///{folder / 'sohoa.db'}", folder / "archive") as office:
            office.keep(papers=papers)
            disposal, work, now = begun(office, limit=papers), office.desk().disposal_work, office.clock.now()
            work.claim(disposal.id, 1, at=now)
            costs.append(steps(office, lambda work=work, id_=disposal.id, now=now: work.claim(id_, 2, at=now)))  # type: ignore[misc]
    assert costs[1] < 2 * costs[0]


def test_no_table_is_read_whole_to_end_an_entry(tmp_path: Path) -> None:
    """What is looked at is found by an index: an archive has millions of pages."""
    plans: list[str] = []

    def explain(connection: sa.Connection, _: object, statement: str, values: Sequence[Any], *__: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(row[3] for row in cursor.fetchall())

    with open_office(f"sqlite:///{tmp_path / 'sohoa.db'}", tmp_path / "archive") as office:
        office.keep()
        disposal, work, now = begun(office, limit=1), office.desk().disposal_work, office.clock.now()
        sa.event.listen(office.desk().engine, "after_cursor_execute", explain)
        work.claim(disposal.id, 1, at=now)
        work.settle(disposal.id, 1, at=now)
    assert any("pages" in each for each in plans)
    scanned = {each.split()[1] for each in plans if each.startswith("SCAN")}
    assert (
        scanned & {table.name for table in (pages, sources, documents, fields, copy_versions, disposal_items, ledger)}
        == set()
    )
