"""The laws of one batch, checked before it is told complete: nothing is written down that does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.accounts import account_of, unaccounted
from pipeline.domain.arrange_errors import PagesLost
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.errors import ObjectMissing
from pipeline.domain.source import ReceivedSource
from pipeline.ports import Area, ObjectStore
from pipeline.usecases.at_once import at_once


def keep_laws(
    batch: DigitizedBatch,
    *,
    received: Sequence[ReceivedSource],
    objects: ObjectStore,
) -> None:
    """See that all pages are accounted for and that every object is there which the batch is about to name.

    Of objects only their being there is asked, not one is read: putting them told their digests, and `verify` reads them again. That a
    copy has the pages of its paper is seen where it is written.

    Raises:
        PagesLost: a page would be in no place or in two.
        ObjectMissing: the batch can be run again: what is missing is made again.
        StoreUnavailable, StoreRefused
    """
    for broken in unaccounted(account_of(batch, received=received)):
        raise PagesLost(batch=batch.id, fault=broken.fault.value, item=broken.item)
    named = [(Area.ARCHIVE, paper.copy.sha256) for paper in batch.documents]
    named += [(Area.DERIVED, paper.text_sha256) for paper in batch.documents]
    named += [(Area.ARCHIVE, source.sha256) for source in batch.sources]
    wanted = list(dict.fromkeys(named))
    for (area, sha256), is_there in zip(wanted, at_once(lambda each: objects.has(*each), wanted), strict=True):
        if not is_there:
            raise ObjectMissing(area=area.value, sha256=sha256)
