"""One separated paper in, one understood paper out: its type, its fields with their evidence, whether a person has to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pipeline.domain.document import DocumentState, Field, FieldState, SeparatedDocument, UnderstoodDocument
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.page import RecognisedPage
from pipeline.understand.administrative import read_administrative
from pipeline.understand.card import read_card
from pipeline.understand.catalogue import OTHER, TypeCatalogue
from pipeline.understand.certificate import read_certificate, read_form, read_form_head
from pipeline.understand.classify import Kind, classify, find_title
from pipeline.understand.consistency import held_together
from pipeline.understand.corroborate import SignatureTrace, corroborated
from pipeline.understand.declaration import Family, TypeDeclaration
from pipeline.understand.evidence import Reading, UnderstandPolicy, as_field, reading_of
from pipeline.understand.officials import Official, known_signer
from pipeline.understand.person import with_likely_names
from pipeline.understand.receipt import read_receipt
from pipeline.understand.refusing import refused_by_name

__all__ = ["UnderstandPolicy", "understand"]


def understand(
    document: SeparatedDocument,
    pages: Sequence[RecognisedPage],
    *,
    catalogue: TypeCatalogue,
    policy: UnderstandPolicy,
    signatures: Sequence[SignatureTrace] = (),
    officials: Sequence[Official] = (),
    declared: TypeCode | None = None,
    known: Mapping[FieldName, Field] = MappingProxyType({}),
) -> UnderstoodDocument:
    """Classify a paper and read its fields.

    Args:
        document: what separation made.
        pages: its pages as recognised, in its order.
        catalogue: the declared types.
        policy: when a person has to look.
        signatures: the intact ones of the file that it came in.
        officials: who is known to sign.
        declared: what a person says that the paper is; None: it is found out.
        known: fields that a person has confirmed, as they lie on these pages; they stand whatever is read.

    Raises:
        PaperNotUnderstood
    """
    with refused_by_name():
        return _understood(
            document,
            pages,
            catalogue=catalogue,
            policy=policy,
            signatures=signatures,
            officials=officials,
            declared=declared,
            known=known,
        )


def _understood(
    document: SeparatedDocument,
    pages: Sequence[RecognisedPage],
    *,
    catalogue: TypeCatalogue,
    policy: UnderstandPolicy,
    signatures: Sequence[SignatureTrace],
    officials: Sequence[Official],
    declared: TypeCode | None,
    known: Mapping[FieldName, Field],
) -> UnderstoodDocument:
    kind = classify(pages, catalogue=catalogue)
    if declared is not None:
        kind = _declared(kind, pages, catalogue[declared], catalogue)
    named = with_likely_names(_readings(pages, kind, catalogue), pages, kind.type)
    read = known_signer(corroborated(named, signatures), officials)
    readings = held_together(read, kind.type)
    read_here = {name: as_field(name, reading, pages, policy=policy) for name, reading in readings.items()}
    fields = {**read_here, **known}
    return UnderstoodDocument(
        id=document.id,
        dossier=document.dossier,
        pages=document.pages,
        type=kind.type.code,
        type_confidence=round(kind.confidence, 3),
        fields=fields,
        state=_state(kind, fields, policy),
    )


def _declared(
    found: Kind, pages: Sequence[RecognisedPage], declared: TypeDeclaration, catalogue: TypeCatalogue
) -> Kind:
    """Return the kind that a person says it is, with the title that is printed if it is one of that type."""
    title = found.title or find_title(pages[0], catalogue=catalogue)
    fits = title is not None and (title.declaration is declared or not declared.titles)
    return Kind(declared, 1.0, title if fits else None)


def _readings(pages: Sequence[RecognisedPage], kind: Kind, catalogue: TypeCatalogue) -> Mapping[FieldName, Reading]:
    match kind.type.family:
        case Family.ADMINISTRATIVE | Family.OTHER:
            readings = read_administrative(pages, kind, catalogue=catalogue)
        case Family.CERTIFICATE:
            readings = read_certificate(pages, kind, catalogue=catalogue)
        case Family.RECEIPT:
            readings = {**read_form_head(pages, kind, catalogue=catalogue), **read_receipt(pages, kind.type)}
        case Family.CARD:
            readings = read_card(pages, kind.type)
        case Family.FORM:
            readings = read_form(pages, kind)
    if kind.title is None:
        return readings
    title = reading_of([kind.title.row], kind.title.printed, page=1, fit=kind.title.score)
    return {FieldName("type_name"): title, **readings}


def _state(kind: Kind, fields: Mapping[FieldName, Field], policy: UnderstandPolicy) -> DocumentState:
    if fields and all(field.state is FieldState.CONFIRMED for field in fields.values()):
        return DocumentState.CONFIRMED
    doubtful = (
        kind.type.code == OTHER
        or kind.confidence < policy.review_below
        or any(field.state is FieldState.NEEDS_REVIEW for field in fields.values())
        or any(name not in fields for name in kind.type.key_fields)
    )
    return DocumentState.NEEDS_REVIEW if doubtful else DocumentState.DIGITIZED
