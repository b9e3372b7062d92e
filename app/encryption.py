"""From settings to sealed objects."""

from __future__ import annotations

import os
from pathlib import Path

from app.settings import Settings
from pipeline.domain.errors import BadSettings
from pipeline.ports import ObjectStore
from storage.encrypted_objects import EncryptedObjects
from storage.master_keys import read_master_keys
from storage.sealed_sql import SealedNames


def encrypted(objects: ObjectStore, *, names: SealedNames, settings: Settings) -> ObjectStore:
    """Return the store as it is, or, where the settings name master keys, with everything sealed that is put into it.

    Raises:
        BadKeyFile: the file cannot be used.
        BadSettings: sealed objects are there, and no key file is named.
    """
    file = settings.encryption.key_file
    if file is None:
        if names.any():
            raise BadSettings(name="encryption.key_file", problem="sealed objects are there: their keys are needed")
        return objects
    return EncryptedObjects(objects, names=names, keys=read_master_keys(file), random_bytes=os.urandom)


def key_file(settings: Settings) -> Path:
    """Return the file of master keys.

    Raises:
        BadSettings: none is named.
    """
    file = settings.encryption.key_file
    if file is None:
        raise BadSettings(name="encryption.key_file", problem="names no file: encryption is off")
    return file
