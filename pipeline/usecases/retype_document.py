"""A person says what a paper is: its fields are understood anew as those of that type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.arrangement_ports import Arrangements
from pipeline.domain.arrange_errors import ArrangementRefused
from pipeline.domain.arrangement import Arrangement, Obstacle, WantedPaper, arrangement_of
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.correction import FieldChange
from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import DocumentState, SeparatedDocument, StoredDocument
from pipeline.domain.errors import DocumentReplaced, NotFound
from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.ports import ProgressListener, silent
from pipeline.understand.corroborate import SignatureTrace
from pipeline.understand.understand import understand
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices
from pipeline.usecases.publish_document import publish
from pipeline.usecases.rearrange_pages import (
    confirmed_fields,
    digitized,
    inspected,
    known_officials,
    page_of,
    readings_of,
    rearrange_pages,
    state_with_pages,
)
from pipeline.usecases.validate_signed import validate_signed

_STAYS = frozenset({Obstacle.RESULT, Obstacle.DISPOSED})
"""whatever a person says then"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retyped:
    """The paper of the type that was said."""

    document: DocumentId
    """another one than before where the paper was published under its old type"""
    is_new: bool


def retype_document(
    document: DocumentId,
    type_: TypeCode,
    *,
    by: str,
    seen: int | None,
    services: DigitizeServices,
    arrangements: Arrangements,
    policy: DigitizePolicy,
    on_progress: ProgressListener = silent,
) -> Retyped:
    """Understand a paper as one of type `type_`; what a person has confirmed stays.

    The copy stays too, but where the paper lies in a depository: a code there names the type and is never given anew, so a
    new paper takes its place. `seen` is the version that the person saw; None: whichever there is.

    Raises:
        NotFound: there is no such document.
        FieldRefused: there is no such type.
        ArrangementRefused: it was issued as a result, is disposed of, or is published and signed.
        RecordChanged, DocumentDisposed, DocumentReplaced: nothing was changed.
    """
    if type_ not in services.catalogue.types:
        raise FieldRefused(field="type", value=type_, reason="no_such_value")
    found = services.publishing.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    batch, kept = digitized(found[0], services), found[1]
    if kept.understood.state is DocumentState.REPLACED:
        raise DocumentReplaced(document=document, successors="–")
    obstacle = arrangements.obstacles([document]).get(document)
    if obstacle in _STAYS:
        raise ArrangementRefused(document=document, reason=obstacle.value)
    if type_ == kept.understood.type and kept.type_by:
        return Retyped(document=document, is_new=False)
    if services.publishing.depository.holdings(document) and type_ != kept.understood.type:
        if obstacle is not None:
            raise ArrangementRefused(document=document, reason=Obstacle.PUBLISHED.value)
        wanted = _with_type(batch, kept, type_)
        made = rearrange_pages(
            batch.id,
            wanted,
            by=by,
            services=services,
            arrangements=arrangements,
            policy=policy,
            on_progress=on_progress,
        )
        return Retyped(document=made.new[0], is_new=True)
    declared = _declared(kept, batch, type_, services=services, policy=policy)
    version = kept.version if seen is None else seen
    said = arrangements.declare(declared, _changes(kept, declared, by, version, services), seen=version, by=by)
    publish([said], services=services.publishing, codes=policy.codes)
    return Retyped(document=document, is_new=False)


def _with_type(batch: DigitizedBatch, document: StoredDocument, type_: TypeCode) -> Arrangement:
    """Return a batch as it is, but for the type of one paper."""
    now = arrangement_of(batch)

    def wanted(paper: WantedPaper) -> WantedPaper:
        return replace(paper, type=type_) if paper.pages == document.understood.pages else paper

    return replace(now, papers=tuple(wanted(paper) for paper in now.papers))


def _declared(
    document: StoredDocument,
    batch: DigitizedBatch,
    type_: TypeCode,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
) -> StoredDocument:
    """Return a paper as it is understood under the type that a person declares."""
    before = document.understood
    readings = readings_of(before.pages, batch, rotations={}, services=services, policy=policy, on_progress=silent)
    understood = understand(
        SeparatedDocument(id=before.id, dossier=before.dossier, pages=before.pages),
        [page_of(ref, readings) for ref in before.pages],
        catalogue=services.catalogue,
        policy=policy.understand,
        signatures=_signatures(document, batch, services=services, policy=policy),
        officials=known_officials(batch, policy),
        declared=type_,
        known=confirmed_fields(document),
    )
    ends = [page for page in batch.pages if page.ref in before.pages]
    return replace(document, understood=replace(understood, state=state_with_pages(understood, ends)))


def _signatures(
    document: StoredDocument, batch: DigitizedBatch, *, services: DigitizeServices, policy: DigitizePolicy
) -> tuple[SignatureTrace, ...]:
    """Return who signed the file that the paper came in: it tells who signed the paper, and when."""
    if document.signed_source is None:
        return ()
    verdicts = validate_signed(
        [each for each in inspected(batch) if each.sha256 == document.signed_source],
        at=batch.created_at,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        validator=services.validator,
        verdict_book=services.verdict_book,
        seconds=policy.seconds.validate,
    )
    return _traces(verdicts.get(document.signed_source))


def _traces(verdict: FileVerdict | None) -> tuple[SignatureTrace, ...]:
    if verdict is None:
        return ()
    return tuple(
        SignatureTrace(signer=each.signer, time=each.time)
        for each in verdict.signatures
        if each.intact and each.verdict is not Verdict.INVALID
    )


def _changes(
    before: StoredDocument, after: StoredDocument, by: str, seen: int, services: DigitizeServices
) -> list[FieldChange]:
    """Return what changed field by field, for the paper's history."""
    old, new, now = before.understood.fields, after.understood.fields, services.publishing.clock.now()
    return [
        FieldChange(
            document=before.understood.id,
            version=seen + 1,
            name=name,
            before=old.get(name),
            after=new.get(name),
            at=now,
            by=by,
            reason="type_declared",
        )
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
