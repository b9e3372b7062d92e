"""A role that works with the database, and can do nothing to the audit trail but add to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline.usecases.prove_records import unproven_records
from storage.grants import ONLY_ADDED, grant_statements
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.audit_trails import DAY, MONDAY, Trail, three_days
from tests.storage.conftest import SetClock
from tests.storage.samples import digitized_batch, received_batch

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
ROLE = 'office "app"; DROP TABLE batches'
"""a name that would do harm if it were read as SQL"""


@pytest.fixture
def office(postgres_url: str, clock: SetClock) -> Iterator[Records]:
    """Records as the role has them that the owner of the database has given its rights."""
    owner = open_records(postgres_url, clock=clock, author=CLERK)
    quoted = '"' + ROLE.replace('"', '""') + '"'
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {quoted} LOGIN PASSWORD 'kín'")
        for _ in range(2):  # they may be run again
            for statement in grant_statements(ROLE):
                connection.exec_driver_sql(statement)
    url = sa.make_url(postgres_url).set(username=ROLE, password="kín").render_as_string(hide_password=False)
    opened = open_records(url, clock=clock, author=CLERK)
    yield opened
    opened.close()
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {quoted}")
        connection.exec_driver_sql(f"DROP ROLE {quoted}")
    owner.close()


def test_the_role_can_do_all_work(office: Records, clock: SetClock) -> None:
    with office.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_user")) == ROLE
    clock.time = MONDAY
    office.batches.open(received_batch())
    office.batches.complete(digitized_batch(), texts={})
    clock.time = MONDAY + DAY
    trail = Trail(office, clock)
    assert trail.seal() == 1
    assert trail.findings() == []
    assert list(unproven_records(office.proofs)) == []


FORBIDDEN = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "DROP TABLE {table} CASCADE",
    "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "SET session_replication_role = replica",
)


def test_the_role_can_only_add_to_the_trail(office: Records, clock: SetClock) -> None:
    three_days(office, clock)
    inspector = sa.inspect(office.engine)
    for table in sorted(ONLY_ADDED):
        column = inspector.get_columns(table)[-1]["name"]
        for statement in FORBIDDEN:
            with (
                pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"),
                office.engine.begin() as connection,
            ):
                connection.exec_driver_sql(statement.format(table=table, column=column))


def test_every_table_whose_rows_stay_is_known(office: Records) -> None:
    """Tables with a trigger that forbids both to change and to remove rows are those to which the role may only add."""
    query = (
        "SELECT event_object_table FROM information_schema.triggers"
        " GROUP BY event_object_table HAVING count(DISTINCT event_manipulation) FILTER"
        " (WHERE event_manipulation IN ('UPDATE', 'DELETE')) = 2"
    )
    superuser = sa.create_engine(office.engine.url.set(username="postgres", password=None))
    with superuser.connect() as connection:
        guarded = set(connection.scalars(sa.text(query)))
    superuser.dispose()
    assert guarded >= set(ONLY_ADDED)
