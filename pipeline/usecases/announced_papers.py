"""Which papers were announced to another system with a dossier: its own, and those that stand for its components."""

from __future__ import annotations

from pipeline.arrangement_ports import DossierBook
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.ports import Library


def belongs_to(document: DocumentId, dossier: DossierCode, *, library: Library, dossiers: DossierBook) -> bool:
    """Say whether a paper is one of a dossier's, or is attached to it instead of being asked for again."""
    found = library.document(document)
    if found is not None and found[1].understood.dossier == dossier:
        return True
    return any(each.document == document and each.stands for each in dossiers.attached(dossier))
