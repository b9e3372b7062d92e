"""Bringing a database to the form that this version of the product works with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.domain.errors import RecordsNewer
from pipeline.ports import silent
from storage.audit_tables import audit_entries
from storage.database import POSTGRESQL, reading, writing

_LOCK = 0x534F484F41
"""advisory lock of PostgreSQL, any number that nobody else uses: "SOHOA" """


def upgrade(engine: sa.Engine, *, on_first_trail: Callable[[sa.Connection], None] = silent) -> None:
    """Create or upgrade the tables. Any number of processes may do so at once: one does it, the others wait.

    `on_first_trail` is called in the same transaction where a database gets its audit trail by this.

    Raises:
        RecordsNewer: the database was written by a newer version; nothing was changed.
        RecordsUnavailable
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if is_current(engine):
        return
    with writing(engine) as connection:
        if connection.dialect.name == POSTGRESQL:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        has_trail = sa.inspect(connection).has_table(audit_entries.name)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if not has_trail:
            on_first_trail(connection)


def is_current(engine: sa.Engine) -> bool:
    """Say whether the database has the form that this version works with; False means that `upgrade` has work.

    Raises:
        RecordsNewer: the database was written by a newer version.
        RecordsUnavailable
    """
    with reading(engine) as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    refuse_unknown(*found)
    return found == set(_scripts().get_heads())


def refuse_unknown(*forms: str) -> None:
    """Refuse forms of databases that this version does not know.

    Raises:
        RecordsNewer: they were written by a newer version.
    """
    scripts = _scripts()
    unknown = set(forms) - {script.revision for script in scripts.walk_revisions()}
    if unknown:
        raise RecordsNewer(found=", ".join(sorted(unknown)), known=scripts.get_current_head() or "")


@functools.cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))
