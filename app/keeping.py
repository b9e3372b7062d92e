"""The store as its caretaker has it: names and bytes as they stand there; and how all objects are cared for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.second_store import mirror_in_care
from app.services import Services
from app.setting_groups import StoreKind
from app.settings import Settings
from app.stores import open_care, open_objects, retained, s3_access
from pipeline.archive_ports import ObjectMender
from pipeline.domain.fixity import StoreName
from pipeline.usecases.verify_objects import Care, Computed
from pipeline.usecases.verify_store import UNHURRIED, Pace, StoreInCare
from storage.folder_mender import FolderMender
from storage.s3_mender import S3Mender


def care_of(services: Services) -> Care:
    """Return what caring for the objects needs, unhurried.

    Raises:
        StoreUnavailable, StoreRefused, StoreLacks, BadSettings
    """
    return Care(
        store=replace(store_in_care(services.settings), opened=services.objects),
        mirror=mirror_in_care(services.settings),
        inventory=services.inventory,
        computed=Computed(
            inventory=services.records.inventory_with_results,
            book=services.laws.results,
            keeper=services.disposing.care,
        ),
        book=services.fixity,
        trail=services.trail,
        clock=services.clock,
        settled=settled(services.settings),
    )


def store_in_care(settings: Settings) -> StoreInCare:
    """Return the store that work reads from.

    Raises:
        StoreUnavailable, StoreRefused, StoreLacks, BadSettings
    """
    keeper = open_care(settings)
    objects = retained(open_objects(settings), keeper, settings=settings)
    mender: ObjectMender
    if settings.store.kind is StoreKind.FOLDER:
        mender = FolderMender(settings.archive_folder)
    else:
        mender = S3Mender(s3_access(settings))
    return StoreInCare(name=StoreName.STORE, objects=objects, keeper=keeper, mender=mender)


def pace(settings: Settings) -> Pace:
    """Return how fast is read beside other work."""
    rate = settings.fixity.mib_per_second
    return Pace(rate * (1 << 20)) if rate else UNHURRIED


def settled(settings: Settings) -> dt.timedelta:
    """Return how old an object is whose record must have been written."""
    return dt.timedelta(hours=settings.fixity.stray_hours)
