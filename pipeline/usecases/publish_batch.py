"""Publish what a digitized batch holds, as far as it is sure whose it is: the last of the law's four steps."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.document import DocumentState, UnderstoodDocument
from pipeline.ports import silent
from pipeline.usecases.publish_document import Publication, PublishServices, publish

_AT_ONCE = 50
"""papers that come into depositories in one step: all of them, or none when the records do not answer"""


def publish_batch(
    batch: DigitizedBatch,
    *,
    services: PublishServices,
    codes: CodeTemplates,
    on_document: Callable[[int, int], None] = silent,
) -> tuple[Publication, ...]:
    """Publish all papers that need no look and whose type says whose they are; what is published already stays as it is.

    TT 01/2023/TT-VPCP art. 7 has the system store what was captured, extracted and coded, without anybody's asking; papers
    that a person has to look at come when that is done. `on_document` hears (papers done, papers in all).

    Raises:
        RecordsUnavailable: what was published stays; again goes on, and the records tell that something is left to do.
    """
    ready = [each for each in batch.documents if _may_be_sure(each.understood, services)]
    published: list[Publication] = []
    for start in range(0, len(ready), _AT_ONCE):
        published += publish(ready[start : start + _AT_ONCE], services=services, codes=codes)
        on_document(len(published), len(ready))
    services.unpublished.settle(batch.id)
    return tuple(published)


def _may_be_sure(document: UnderstoodDocument, services: PublishServices) -> bool:
    declared = services.catalogue.types.get(document.type)
    return document.state is not DocumentState.NEEDS_REVIEW and declared is not None and bool(declared.keeping.owners)
