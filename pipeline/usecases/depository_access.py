"""Whether somebody may look into a depository, and what its owner's log says of it.

A look has a basis: a dossier of the owner's own that is being settled, the owner's consent, or a law (NĐ 45/2020/NĐ-CP art. 16;
Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15). Kinds of papers may be kept back until the owner agrees, whatever the dossier.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pipeline.depository_ports import AccessBook
from pipeline.domain.desk_errors import AccessRefused
from pipeline.domain.document import StoredDocument
from pipeline.domain.holding import Holding
from pipeline.domain.ids import DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.owner import Access, AccessBasis, Consent, Owner
from pipeline.domain.search import Scope
from pipeline.ports import DocumentFilter, Library
from pipeline.text.dossier_code import exact_dossier_code

_MOST_PAPERS = 1000
"""of a dossier that are looked at"""
_NUMBERS = frozenset({FieldName("personal_id"), FieldName("tax_code"), FieldName("old_id")})
"""fields that say whose dossier it is"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who wants to look into a depository, and why."""

    who: str
    """account, or client"""
    agency: str
    purpose: str
    dossier: DossierCode | None = None
    """a dossier of the owner's own that is being settled"""
    by_law: bool = False
    """a law, named in the purpose, lets the agency look without dossier and consent"""
    system: Scope | None = None
    """another system asks, which may see these agencies' papers: its dossiers need not have come here yet"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a visit may see in one depository."""

    visit: Visit
    consents: Sequence[Consent]
    at: dt.datetime
    agreed_types: Collection[TypeCode] = ()
    """papers that a dossier alone does not open: their owner has to agree as well"""

    def basis(self, type_: TypeCode) -> AccessBasis | None:
        """Return on which basis papers of a type may be seen; None: they may not."""
        agreed = self._agreed(type_)
        if self.visit.dossier is not None and (agreed or type_ not in self.agreed_types):
            return AccessBasis.DOSSIER
        if agreed:
            return AccessBasis.CONSENT
        return AccessBasis.LAW if self.visit.by_law else None

    def _agreed(self, type_: TypeCode) -> bool:
        visit = self.visit
        return any(
            each.covers(at=self.at, agency=visit.agency, purpose=visit.purpose, type_=type_) for each in self.consents
        )

    def look(self, holding: Holding, *, id_: str) -> Access:
        """Return the line in the owner's log that says that a paper is looked at.

        Raises:
            AccessRefused: it may not be.
        """
        basis = self.basis(holding.type)
        if basis is None:
            raise refused(self.visit, None)
        return Access(
            id=id_,
            at=self.at,
            owner=holding.owner,
            holding=holding.id,
            who=self.visit.who,
            agency=self.visit.agency,
            purpose=self.visit.purpose,
            basis=basis,
            dossier=self.visit.dossier,
        )


def admitted(
    visit: Visit,
    owner: Owner | None,
    *,
    held: Callable[[], Collection[DocumentId]],
    library: Library,
    access_book: AccessBook,
    at: dt.datetime,
    agreed_types: Collection[TypeCode] = (),
) -> Admission:
    """Return what a visit may see in an owner's depository.

    Args:
        visit: who wants to look, and why.
        owner: whose it is; None: nobody with that number is known, and there is nothing to see.
        held: gives the papers that lie in it; asked only where the dossier's papers are here.
        library: where dossiers are looked up.
        access_book: consents.
        at: now.
        agreed_types: papers that their owner has to have agreed to show, whatever the dossier.

    Raises:
        AccessRefused: the dossier is somebody else's or another agency's, or not here where it has to be.
    """
    if visit.dossier is not None:
        _refuse_foreign_dossier(visit, visit.dossier, owner, held, library)
    # what a dossier opens is open whatever its owner agreed to, unless papers of some types are kept back
    wants_consents = visit.dossier is None or bool(agreed_types)
    consents = access_book.consents(owner.id) if owner is not None and wants_consents else ()
    return Admission(visit=visit, consents=consents, at=at, agreed_types=agreed_types)


def refused(visit: Visit, owner: Owner | None) -> AccessRefused:
    """Return the refusal; another system is not told whether anybody with the number is known."""
    dossier = {} if visit.dossier is None else {"dossier": visit.dossier}
    named = owner.id if owner is not None and visit.system is None else ""
    return AccessRefused(owner=named, purpose=visit.purpose, **dossier)


def _refuse_foreign_dossier(
    visit: Visit,
    dossier: DossierCode,
    owner: Owner | None,
    held: Callable[[], Collection[DocumentId]],
    library: Library,
) -> None:
    """Refuse a dossier that is not the owner's own: no paper of it lies in the depository or names one of the owner's numbers.

    Another system may name a dossier of which no paper has come here yet, or none that says whose it is: asking comes before
    scanning. One that names somebody else, or is another agency's, opens nothing to it either.
    """
    papers = library.documents(DocumentFilter(dossier=dossier, limit=_MOST_PAPERS))
    numbers = {each.value for each in owner.identifiers} if owner else set()
    if papers and visit.system is not None and not _lies_within(visit.system, dossier, library):
        raise refused(visit, owner)
    theirs = held() if papers else ()
    if any(_is_of(each, numbers, theirs) for each in papers):
        return
    well_formed = exact_dossier_code(dossier) is not None
    if visit.system is not None and well_formed and not any(_names_somebody(each) for each in papers):
        return
    raise refused(visit, owner)


def _lies_within(scope: Scope, dossier: DossierCode, library: Library) -> bool:
    return bool(library.documents(DocumentFilter(dossier=dossier, limit=1), scope=scope))


def _is_of(paper: StoredDocument, numbers: Collection[str], held: Collection[DocumentId]) -> bool:
    fields = paper.understood.fields.values()
    return paper.understood.id in held or any(field.value in numbers for field in fields)


def _names_somebody(paper: StoredDocument) -> bool:
    return not _NUMBERS.isdisjoint(paper.understood.fields)
