"""Whose dossiers a visitor may ask of and put results up in, also where no paper of them is here yet."""

from __future__ import annotations

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.ports import DocumentFilter
from web.visit import Visit

__all__ = ["refuse_others_dossier"]


def refuse_others_dossier(dossier: DossierCode, visit: Visit) -> None:
    """Refuse a dossier that another agency has taken in, and of which nothing is the visitor's.

    A dossier's code begins with that of the agency that took it in (TT 03/2025/TT-VPCP art. 13); units of an agency have codes
    that go on from its own. Whether there is such a dossier is not told.

    Raises:
        NotFound
    """
    organ, agency = dossier.partition("-")[0], visit.agency
    if not agency or organ == agency or organ.startswith(f"{agency}."):
        return
    library, wanted = visit.services.library, DocumentFilter(dossier=dossier, limit=1)
    if library.documents(wanted, scope=visit.scope):
        return
    spoken_of_by = visit.services.reuse.marks.agency(dossier)
    if spoken_of_by is None or not visit.scope.allows(spoken_of_by) or library.documents(wanted):
        raise NotFound(what="dossier", id=dossier)
