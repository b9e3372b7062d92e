"""A dossier as it is known: its papers, its procedure, whose it is, what stands in it without a scan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.arrangement_ports import DossierBook, DossierMarks
from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import Procedures
from pipeline.domain.attachment import AttachedPaper
from pipeline.domain.document import DocumentState, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode, FieldName
from pipeline.domain.not_digitized import NotDigitized
from pipeline.domain.owner import Identifier, Owner, OwnerId
from pipeline.domain.procedure import Procedure, ProcedureCode, procedure_core
from pipeline.domain.search import Scope
from pipeline.ports import Clock, DocumentFilter, Library
from pipeline.reuse_ports import StoredCopies
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.find_reusable import ReusePolicy
from pipeline.usecases.keep_depository import numbers_in
from pipeline.usecases.look_up import Looker, list_documents
from pipeline.usecases.weigh_copies import ProofServices

_PROCEDURE, _RECEIVED = FieldName("procedure_code"), FieldName("received_at")
_NUMBERS = frozenset({FieldName("personal_id"), FieldName("tax_code"), FieldName("old_id")})
"""fields that name whose dossier it is, beside those that a type declares"""
_MOST_PAPERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierServices:
    """Everything outside the pipeline that holding dossiers against procedures needs."""

    library: Library
    procedures: Procedures
    dossiers: DossierBook
    marks: DossierMarks
    owners: Owners
    depository: Depository
    access_book: AccessBook
    copies: StoredCopies
    proofs: ProofServices
    catalogue: TypeCatalogue
    looker: Looker
    new_id: Callable[[], str]
    policy: ReusePolicy = field(default_factory=ReusePolicy)
    one_look: dt.timedelta = dt.timedelta(0)
    """looks of one person at one paper for one dossier within this time are one"""

    @property
    def clock(self) -> Clock:
        """What tells the time."""
        return self.proofs.clock


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDossier:
    """A dossier with all that is known of it."""

    code: DossierCode
    papers: tuple[StoredDocument, ...]
    """none where another system spoke of it before a paper of it came here"""
    procedure: Procedure | None
    procedure_code: ProcedureCode | None
    """of the procedure that is named, also where the catalogue does not have it"""
    is_chosen: bool
    """a person or system said which procedure it is"""
    day: dt.date
    """on which it was received: whose rules hold"""
    owners: tuple[Owner, ...]
    attached: tuple[AttachedPaper, ...]
    """stored papers that stand for components now"""
    marks: tuple[NotDigitized, ...]
    """components that are not digitized now"""


def open_dossier(
    dossier: DossierCode,
    *,
    scope: Scope,
    today: dt.date,
    services: DossierServices,
    named: Sequence[Identifier] = (),
) -> OpenDossier:
    """Return a dossier as far as `scope` reaches; that its papers were looked at stands in the trail.

    Args:
        dossier: its code.
        scope: whose dossiers may be seen.
        today: the day whose rules hold where nobody knows when it was received.
        services: what is kept.
        named: numbers of whose it is, by the word of the system that asks: they count where no paper names anybody.

    Raises:
        NotFound: there is no paper of it within `scope`, and nobody within it has spoken of it.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    wanted = DocumentFilter(dossier=dossier, limit=_MOST_PAPERS)
    listed = list_documents(wanted, library=services.library, looker=services.looker, scope=scope)
    papers = tuple(each for each in listed if each.understood.state is not DocumentState.DISPOSED)
    if not papers and not _is_spoken_of(dossier, scope, services):
        raise NotFound(what="dossier", id=dossier)
    chosen = services.dossiers.procedure(dossier)
    code = chosen or _named_procedure(papers)
    day = _received(papers) or today
    attached = tuple(each for each in services.dossiers.attached(dossier) if each.stands)
    return OpenDossier(
        code=dossier,
        papers=papers,
        procedure=services.procedures.find(code, day) if code else None,
        procedure_code=code,
        is_chosen=chosen is not None,
        day=day,
        owners=_owners(papers, attached, named, services),
        attached=attached,
        marks=tuple(each for each in services.marks.marks(dossier) if each.stands),
    )


def refuse_strangers_dossier(dossier: DossierCode, scope: Scope, services: DossierServices) -> None:
    """Refuse a dossier that nobody within `scope` has to do with.

    Raises:
        NotFound
    """
    within = services.library.documents(DocumentFilter(dossier=dossier, limit=1), scope=scope)
    if not within and not _is_spoken_of(dossier, scope, services):
        raise NotFound(what="dossier", id=dossier)


def is_free(dossier: DossierCode, services: DossierServices) -> bool:
    """Say whether nobody has to do with a dossier yet: no paper of it is here, and nobody has spoken of it."""
    papers = services.library.documents(DocumentFilter(dossier=dossier, limit=1))
    return not papers and services.dossiers.procedure(dossier) is None


def _is_spoken_of(dossier: DossierCode, scope: Scope, services: DossierServices) -> bool:
    """Say whether an agency within a scope has spoken of a dossier of which nobody has a paper here."""
    agency = services.marks.agency(dossier)
    if agency is None or not scope.allows(agency):
        return False
    return not services.library.documents(DocumentFilter(dossier=dossier, limit=1))


def _named_procedure(papers: Sequence[StoredDocument]) -> ProcedureCode | None:
    """Return the procedure that a paper of the dossier names, one that a person has confirmed first."""
    named = [each.understood.fields[_PROCEDURE] for each in papers if _PROCEDURE in each.understood.fields]
    for found in sorted(named, key=lambda each: each.state is not FieldState.CONFIRMED):
        core = procedure_core(str(found.value))
        if core is not None:
            return core
    return None


def _received(papers: Sequence[StoredDocument]) -> dt.date | None:
    for each in papers:
        found = each.understood.fields.get(_RECEIVED)
        if found is not None and found.state is not FieldState.NEEDS_REVIEW:
            try:
                return dt.date.fromisoformat(str(found.value)[:10])
            except ValueError:
                continue
    return None


def _owners(
    papers: Sequence[StoredDocument],
    attached: Sequence[AttachedPaper],
    named: Sequence[Identifier],
    services: DossierServices,
) -> tuple[Owner, ...]:
    """Return whose dossier it is: by its papers, else by the word of the system that asks and the papers that stand in it."""
    found = {each.id: each for each in _named_on(papers, services)}
    if found:
        return tuple(found.values())
    by_number = (services.owners.find(each) for each in named)
    copies = services.copies.named([each.holding for each in attached])
    by_paper = (services.owners.get(each.holding.owner) for each in copies)
    told: dict[OwnerId, Owner] = {each.id: each for each in (*by_number, *by_paper) if each is not None}
    return tuple(told.values())


def _named_on(papers: Sequence[StoredDocument], services: DossierServices) -> Iterator[Owner]:
    """Yield who is named by number on papers; a number that nobody is sure of names nobody."""
    for paper in papers:
        declared = services.catalogue.types.get(paper.understood.type)
        numbers = _NUMBERS | {each.number for each in (declared.keeping.owners if declared else ())}
        for name, found in paper.understood.fields.items():
            if name in numbers and found.state is not FieldState.NEEDS_REVIEW:
                yield from filter(None, map(services.owners.find, numbers_in(str(found.value))))
