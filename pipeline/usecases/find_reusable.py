"""Ask once: for every paper that a procedure needs, what its owner's depository holds already, and why the rest will not do.

Whose paper it is, is decided by number alone, old and new numbers of one person together; a name finds nobody. Nobody is asked
again for what is kept (NĐ 224/2026/NĐ-CP art. 18.4; Luật Dữ liệu 60/2024/QH15 art. 11), and no paper is shown without a basis
and a line in its owner's log, written before the answer leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import Procedures
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import TypeCode, content_hash
from pipeline.domain.owner import Identifier, Owner
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.reuse import ReuseWish
from pipeline.ports import Library
from pipeline.reuse_ports import StoredCopies
from pipeline.usecases.depository_access import Admission, Visit, admitted, refused
from pipeline.usecases.look_up import Looker
from pipeline.usecases.weigh_copies import ProofPolicy, ProofServices, StoredPaper, weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseQuestion:
    """What is asked for."""

    owner: Identifier
    procedure: ProcedureCode
    day: dt.date
    """whose edition of the procedure holds, and on which papers have to be valid"""
    scopes: Sequence[str] = ()
    """scopes of validity, as papers state them, that cover the case"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusePolicy:
    """What is asked of stored papers."""

    proofs: ProofPolicy = field(default_factory=ProofPolicy)
    agreed_types: Collection[TypeCode] = ()
    """papers that their owner has to have agreed to show, whatever the dossier"""
    signed: bool = True
    """only papers with a valid signature will do"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusableComponent:
    """A component, and the papers in the owner's depository that are of its types."""

    component: Component
    stored: tuple[StoredPaper, ...]
    """those that can be used first"""
    consent_needed: bool
    """papers of its types, if there are any, are shown when their owner agrees: says nothing of whether there are"""

    @property
    def usable(self) -> tuple[StoredPaper, ...]:
        """The papers against which nothing speaks."""
        return tuple(each for each in self.stored if not each.obstacles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reusable:
    """The answer."""

    procedure: Procedure
    day: dt.date
    owner: Owner | None
    """None: nobody with this number has a paper here"""
    components: tuple[ReusableComponent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseServices:
    """Everything outside the pipeline that asking once needs."""

    owners: Owners
    procedures: Procedures
    copies: StoredCopies
    depository: Depository
    access_book: AccessBook
    library: Library
    proofs: ProofServices
    looker: Looker
    new_id: Callable[[], str]


def find_reusable(question: ReuseQuestion, visit: Visit, *, policy: ReusePolicy, services: ReuseServices) -> Reusable:
    """Return, for each component, the stored papers that qualify, and why others do not.

    Raises:
        NotFound: no such procedure is in force on the day.
        AccessRefused: the dossier is somebody else's, or neither dossier nor law is named and the owner agreed to nothing.
        RecordsUnavailable: the look could not be written down, so there is no answer.
        StoreUnavailable, StoreRefused: a file that had to be read could not be.
    """
    procedure = services.procedures.find(question.procedure, question.day)
    if procedure is None:
        raise NotFound(what="procedure", id=question.procedure)
    owner = services.owners.find(question.owner)
    admission = _admission(visit, owner, policy, services)
    wanted = frozenset(type_ for each in procedure.components for type_ in each.types)
    open_types = frozenset(each for each in wanted if admission.basis(each) is not None)
    if wanted and not open_types and visit.dossier is None:
        raise refused(visit, owner)
    wish = wish_for(
        [owner] if owner else [], open_types, procedure, day=question.day, scopes=question.scopes, signed=policy.signed
    )
    papers = _papers(owner, wish, policy, services)
    looks = [admission.look(each.holding, id_=services.new_id()) for each in papers]
    details = {
        "part": "reusable",
        "procedure": question.procedure,
        "day": question.day.isoformat(),
        "documents": " ".join(each.holding.document for each in papers),
    }
    services.access_book.note(looks, beside=[look_deed(question.owner, owner, services.looker, details)])
    return Reusable(
        procedure=procedure,
        day=question.day,
        owner=owner,
        components=tuple(_component(each, papers, open_types) for each in procedure.components),
    )


def wish_for(
    owners: Collection[Owner],
    types: Collection[TypeCode],
    procedure: Procedure | None,
    *,
    day: dt.date,
    scopes: Sequence[str] = (),
    signed: bool = True,
) -> ReuseWish:
    """Return what a procedure asks of a stored paper: its own purpose, on a day."""
    return ReuseWish(
        owners=frozenset(each.id for each in owners),
        types=types,
        purpose=procedure.name if procedure else "",
        scopes=scopes,
        day=day,
        signed=signed,
    )


def _admission(visit: Visit, owner: Owner | None, policy: ReusePolicy, services: ReuseServices) -> Admission:
    return admitted(
        visit,
        owner,
        held=lambda: {each.document for each in services.depository.of(owner.id)} if owner else set(),
        library=services.library,
        access_book=services.access_book,
        at=services.proofs.clock.now(),
        agreed_types=policy.agreed_types,
    )


def _papers(
    owner: Owner | None, wish: ReuseWish, policy: ReusePolicy, services: ReuseServices
) -> tuple[StoredPaper, ...]:
    if owner is None or not wish.types:
        return ()
    copies = services.copies.of(owner.id, types=wish.types)
    return weighed(copies, wish, policy=policy.proofs, services=services.proofs)


def _component(
    component: Component, papers: Sequence[StoredPaper], open_types: Collection[TypeCode]
) -> ReusableComponent:
    return ReusableComponent(
        component=component,
        stored=tuple(each for each in papers if each.holding.type in component.types),
        consent_needed=any(each not in open_types for each in component.types),
    )


def look_deed(number: Identifier, owner: Owner | None, looker: Looker, details: Mapping[str, str]) -> Deed:
    """Return what the trail says of a question about an owner; a number that is nobody's is kept as its digest only."""
    told = {**looker.about, **details}
    if owner is not None:
        subject = Subject(SubjectKind.OWNER, owner.id)
        return Deed(action=Action.READ, subject=subject, reason=looker.purpose, details=told)
    told["numbers_sha256"] = content_hash(number.value.encode())
    return Deed(action=Action.SEARCHED, subject=Subject(SubjectKind.SEARCH, ""), reason=looker.purpose, details=told)
