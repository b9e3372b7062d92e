"""From services to what sealing and checking the audit trail need."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from app.services import Services
from app.signers import open_stamp_judge, open_stamps, prepare_trust
from app.stores import open_care, open_objects
from pipeline.usecases.seal_audit import SealServices
from pipeline.usecases.verify_audit import AuditServices


@contextlib.contextmanager
def open_sealing(services: Services) -> Iterator[SealServices]:
    """Give what sealing needs, with a time-stamp authority where one is named or the development authority may be used.

    Seals go into the store as they are, also where objects are encrypted: they name nobody, and others have to read them.
    They get a lock of their own, so the one that everything in the archive may get is not laid before it.

    Raises:
        BadSettings, StoreUnavailable, StoreRefused
    """
    settings = services.settings
    prepare_trust(settings, clock=services.clock)
    with open_stamps(settings, clock=services.clock) as stamps:
        yield SealServices(
            trail=services.trail,
            seals=services.seals,
            objects=open_objects(settings),
            locks=open_care(settings),
            stamps=stamps,
            clock=services.clock,
            locked_for=dt.timedelta(days=365 * settings.audit.seal_years),
        )


@contextlib.contextmanager
def open_auditing(services: Services) -> Iterator[AuditServices]:
    """Give what checking the trail needs. Seals that came with an import may be sealed here as all else is.

    Raises:
        BadSettings, TrustRefused, StoreUnavailable, StoreRefused
    """
    with open_stamp_judge(services.settings, clock=services.clock) as stamps:
        yield AuditServices(trail=services.trail, seals=services.seals, objects=services.objects, stamps=stamps)
