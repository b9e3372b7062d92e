"""What a backup needs of the database: a copy of one moment, what that copy names, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pipeline.archive_ports import Inventory


class DatabaseBackup(Protocol):
    """A database that is in use, as one file of its own kind."""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`: a copy goes back into the same kind."""
        ...

    def form(self) -> str:
        """Return the name of the form of the tables: the last step that changed them; empty where there are none.

        Raises:
            RecordsUnavailable
        """
        ...

    def copied(self, target: Path, *, on_part: Callable[[int, int], None]) -> AbstractContextManager[Inventory]:
        """Write the database as of one moment to `target`, and give the objects that this very copy names.

        `on_part` hears (parts copied, parts in all).

        Raises:
            RecordsUnavailable, RecordsDamaged, ToolMissing, ToolFailed, CannotWrite, MachineExhausted
        """
        ...

    def restore(self, source: Path, *, form: str) -> None:
        """Bring a copy back, all of it or nothing, where there is no database or no table yet.

        Raises:
            RecordsNewer: the copy's form is not known to this version; nothing was changed.
            RecordsUnavailable, ToolMissing, ToolFailed, CannotWrite, MachineExhausted: nothing was changed.
        """
        ...
