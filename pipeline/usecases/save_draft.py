"""What somebody types is kept as they type, and judged at once: how it would be kept, and which checks it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import CheckOutcome
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.review import Draft
from pipeline.domain.search import Scope
from pipeline.ports import Clock, Library
from pipeline.review_ports import ClaimBook, DraftBook
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.claim_document import refuse_claimed
from pipeline.usecases.correct_fields import field_kinds, said_value


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAnswer:
    """What would become of a draft if it were saved now."""

    value: str
    """as it would be kept; empty where it is refused, or the paper is said to have none"""
    refused: bool
    """it is no value of its kind"""
    failed: tuple[str, ...]
    """names of the checks that it fails"""
    version: int
    """of the document now: another than was seen means that somebody changed it"""


def save_draft(
    document: DocumentId,
    name: FieldName,
    draft: Draft,
    *,
    login: str,
    scope: Scope,
    library: Library,
    drafts: DraftBook,
    claims: ClaimBook,
    catalogue: TypeCatalogue,
    clock: Clock,
) -> DraftAnswer:
    """Keep what somebody typed for a field, right or wrong, and say what would become of it.

    Raises:
        NotFound: no such document within `scope`.
        DocumentClaimed: somebody else has it before them.
    """
    found = library.document(document, scope=scope)
    if found is None:
        raise NotFound(what="document", id=document)
    kept = found[1]
    refuse_claimed(document, login, claims=claims, clock=clock)
    drafts.save(document, login, {name: draft}, at=clock.now())
    answer = DraftAnswer(value="", refused=False, failed=(), version=kept.version)
    if draft.value is None or not draft.value:
        return answer
    try:
        kind = field_kinds(kept.understood.type, catalogue).get(name, FieldKind.TEXT)
        normal = said_value(name, draft.value, kind)
    except FieldRefused:
        return replace(answer, refused=True)
    failed = tuple(check for check, outcome in normal.checks.items() if outcome is CheckOutcome.FAILED)
    return replace(answer, value=normal.value, failed=failed)
