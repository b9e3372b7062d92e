"""From settings to sealed objects."""

from __future__ import annotations

import os
from pathlib import Path

from app.settings import Settings
from pipeline.domain.errors import BadSettings
from pipeline.object_ports import ObjectCare
from pipeline.ports import Clock, ObjectStore
from storage.encrypted_care import EncryptedCare
from storage.encrypted_objects import EncryptedObjects
from storage.master_keys import read_master_keys
from storage.sealed_sql import SealedNames


def encrypted(
    objects: ObjectStore, care: ObjectCare, *, names: SealedNames, clock: Clock, settings: Settings
) -> tuple[ObjectStore, ObjectCare]:
    """Return the store and the care for it as they are, or, where the settings name master keys, both over sealed objects.

    Raises:
        BadKeyFile: the file cannot be used.
        BadSettings: sealed objects are there, and no key file is named.
    """
    file = settings.encryption.key_file
    if file is None:
        if names.any():
            raise BadSettings(name="encryption.key_file", problem="sealed objects are there: their keys are needed")
        return objects, care
    sealed = EncryptedObjects(objects, names=names, keys=read_master_keys(file), random_bytes=os.urandom)
    return sealed, EncryptedCare(care, objects=sealed, inner=objects, names=names, clock=clock)


def key_file(settings: Settings) -> Path:
    """Return the file of master keys.

    Raises:
        BadSettings: none is named.
    """
    file = settings.encryption.key_file
    if file is None:
        raise BadSettings(name="encryption.key_file", problem="names no file: encryption is off")
    return file
