"""Sign copies: each signature is an incremental update, kept as a new version beside the earlier ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import AlreadySigned, Kind, NotFound, SohoaError
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.ports import Area, Clock, CopyVersions, Library, ObjectStore, SignaturePlan, Signer, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOrder:
    """What to sign, and how."""

    documents: tuple[DocumentId, ...]
    role: SignerRole
    level: SignatureLevel
    organ: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOutcome:
    """The end of one document of an order: a new version, or the error that left it as it was."""

    document: DocumentId
    version: CopyVersion | None = None
    error: SohoaError | None = None


def sign_documents(
    order: SigningOrder,
    *,
    signer: Signer,
    objects: ObjectStore,
    library: Library,
    versions: CopyVersions,
    clock: Clock,
    on_document: Callable[[SigningOutcome], None] = silent,
) -> tuple[SigningOutcome, ...]:
    """Sign the newest version of each document's copy; one document's failure does not stop the others.

    A document that this role has signed already is left alone (AlreadySigned), so an interrupted order can be repeated.

    Raises:
        SohoaError of kind forbidden or transient: key, time stamp or store cannot be used at all; nothing further is tried.
    """
    outcomes: list[SigningOutcome] = []
    for document in order.documents:
        try:
            version = _sign(
                document, order, signer=signer, objects=objects, library=library, versions=versions, clock=clock
            )
            outcomes.append(SigningOutcome(document=document, version=version))
        except SohoaError as error:
            if error.kind in {Kind.FORBIDDEN, Kind.TRANSIENT}:
                raise
            if isinstance(error, AlreadySigned):  # found out by the records, which do not know who wanted to sign
                error = AlreadySigned(**{"document": document, "role": order.role.value, **error.details})
            outcomes.append(SigningOutcome(document=document, error=error))
        on_document(outcomes[-1])
    return tuple(outcomes)


def unsigned_by(role: SignerRole, documents: Sequence[DocumentId], *, versions: CopyVersions) -> tuple[DocumentId, ...]:
    """Return those of `documents` whose copy has no signature of `role` yet."""
    return tuple(
        document for document in documents if not any(version.role is role for version in versions.versions(document))
    )


def _sign(
    document: DocumentId,
    order: SigningOrder,
    *,
    signer: Signer,
    objects: ObjectStore,
    library: Library,
    versions: CopyVersions,
    clock: Clock,
) -> CopyVersion:
    if library.document(document) is None:
        raise NotFound(what="document", id=document)
    if not unsigned_by(order.role, [document], versions=versions):
        raise AlreadySigned(document=document, role=order.role.value)
    newest = versions.versions(document)[-1]
    now = clock.now()
    plan = SignaturePlan(role=order.role, level=order.level, at=now, organ=order.organ)
    with tempfile.TemporaryDirectory(prefix="sohoa-sign-") as folder:
        target = Path(folder) / "signed.pdf"
        with objects.local(Area.ARCHIVE, newest.sha256) as source:
            signer.sign(source, target, plan)
        with target.open("rb") as stream:
            kept = objects.put(Area.ARCHIVE, stream)
    version = CopyVersion(
        number=newest.number + 1,
        sha256=kept.sha256,
        size=kept.size,
        created_at=now,
        role=order.role,
        level=order.level,
        signer=signer.name,
    )
    versions.add(document, version)
    return version
