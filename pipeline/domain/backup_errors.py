"""Errors about backups; the tree that they belong to stands in `errors`."""

from __future__ import annotations

from pipeline.domain.errors import BadInput, Transient


class BackupDamaged(BadInput):
    """A file of a backup is missing, is not what its manifest says, or cannot be read; details name it and say why."""

    code = "backup.damaged"


class BackupBusy(Transient):
    """Another process writes into this backup."""

    code = "backup.busy"


class RestoreNotEmpty(BadInput):
    """A backup goes into an empty installation only; details name what is there."""

    code = "restore.not_empty"


class RestoreOtherDatabase(BadInput):
    """A backup of one kind of database goes into the same kind only; details name both."""

    code = "restore.other_database"
