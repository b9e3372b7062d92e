"""Hold the papers of a dossier against what its procedure asks for, and find stored ones for what is missing.

Nobody is asked again for what is kept already (NĐ 224/2026/NĐ-CP art. 18.4; Luật Dữ liệu 60/2024/QH15 art. 11), and no stored
paper is shown without its owner's log saying so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.arrangement_ports import DossierBook
from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import Procedures, Verdicts
from pipeline.domain.attachment import AttachedPaper
from pipeline.domain.document import DocumentState, FieldState, StoredDocument
from pipeline.domain.errors import NotFound, ObjectAltered, ObjectMissing
from pipeline.domain.file_verdict import judged_file
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import ContentHash, DossierCode, FieldName
from pipeline.domain.owner import Access, AccessBasis, Owner, OwnerId
from pipeline.domain.procedure import Component, Procedure, ProcedureCode, procedure_core
from pipeline.domain.reuse import Integrity, ReuseObstacle, ReuseWish, reuse_obstacles
from pipeline.domain.search import Scope
from pipeline.domain.signature import Verdict
from pipeline.ports import Area, Clock, CopyVersions, DocumentFilter, Library, ObjectStore
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.keep_depository import numbers_in
from pipeline.usecases.look_up import Looker, list_documents
from pipeline.usecases.publish_document import validity_of

_PROCEDURE, _RECEIVED = FieldName("procedure_code"), FieldName("received_at")
_NUMBERS = frozenset({FieldName("personal_id"), FieldName("tax_code"), FieldName("old_id")})
"""fields that name whose dossier it is, beside those that a type declares"""
_MOST_PAPERS = 1000
_ONE_LOOK = dt.timedelta(minutes=30)
"""looks of one person at one paper for one dossier within this time are one"""
_ENDED = frozenset({HoldingState.SUPERSEDED, HoldingState.REVOKED, HoldingState.DISPOSED})
_CHUNK = 1 << 20


class Standing(StrEnum):
    """How a component of a dossier stands."""

    PRESENT = "present"
    ATTACHED = "attached"
    """a stored paper stands for it"""
    EXPIRED = "expired"
    """there is a paper, and its last day of validity is over"""
    SUPERSEDED = "superseded"
    """there is a paper, and it is no longer in force"""
    REUSABLE = "reusable"
    """there is none, and a stored one can be attached"""
    MISSING = "missing"
    BY_HAND = "by_hand"
    """no type of paper stands for it: somebody has to look"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A paper in a depository that may stand for a component, or why it may not."""

    holding: Holding
    document: StoredDocument
    obstacles: tuple[ReuseObstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStanding:
    """A component, and what there is for it."""

    component: Component
    standing: Standing
    papers: tuple[StoredDocument, ...] = ()
    """of the dossier"""
    attached: AttachedPaper | None = None
    stored: tuple[StoredPaper, ...] = ()
    """of the owners, those that can be used first; only where the dossier has none"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentList:
    """A dossier held against its procedure."""

    dossier: DossierCode
    procedure: Procedure | None
    code: ProcedureCode | None
    """of the procedure that is named, also where the catalogue does not have it"""
    is_chosen: bool
    """a person said which procedure it is"""
    day: dt.date
    """on which the dossier was received: whose rules hold"""
    components: tuple[ComponentStanding, ...]
    others: tuple[StoredDocument, ...]
    """papers that no component asks for"""
    owners: tuple[Owner, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierServices:
    """Everything outside the pipeline that holding dossiers against procedures needs."""

    library: Library
    procedures: Procedures
    dossiers: DossierBook
    owners: Owners
    depository: Depository
    access_book: AccessBook
    versions: CopyVersions
    verdicts: Verdicts
    objects: ObjectStore
    catalogue: TypeCatalogue
    looker: Looker
    clock: Clock
    new_id: Callable[[], str]
    judge: Callable[[ContentHash], Verdict]
    """judges a file's signatures now, and keeps what comes of it"""


def component_list(
    dossier: DossierCode, *, who: str, agency: str, scope: Scope, today: dt.date, services: DossierServices
) -> ComponentList:
    """Return what a dossier has of what its procedure asks for, as far as `scope` reaches.

    Args:
        dossier: its code.
        who: account that looks.
        agency: for which they look.
        scope: whose papers they may see; stored papers of the dossier's own owners are shown to settle it, whoever has them.
        today: by which validity is judged.
        services: what is kept.

    Raises:
        NotFound: there is no paper of that dossier within `scope`.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    wanted = DocumentFilter(dossier=dossier, limit=_MOST_PAPERS)
    listed = list_documents(wanted, library=services.library, looker=services.looker, scope=scope)
    papers = [each for each in listed if each.understood.state is not DocumentState.DISPOSED]
    if not papers:
        raise NotFound(what="dossier", id=dossier)
    chosen = services.dossiers.procedure(dossier)
    code = chosen or _named_procedure(papers)
    day = _received(papers) or today
    procedure = services.procedures.find(code, day) if code else None
    owners = tuple(_owners(papers, services))
    told = _Telling(who=who, agency=agency, today=today, owners=owners, procedure=procedure, services=services)
    components, others = told.components(dossier, papers)
    return ComponentList(
        dossier=dossier,
        procedure=procedure,
        code=code,
        is_chosen=chosen is not None,
        day=day,
        components=components,
        others=others,
        owners=owners,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    who: str
    agency: str
    today: dt.date
    owners: Sequence[Owner]
    procedure: Procedure | None
    services: DossierServices

    def components(
        self, dossier: DossierCode, papers: Sequence[StoredDocument]
    ) -> tuple[tuple[ComponentStanding, ...], tuple[StoredDocument, ...]]:
        """Return how each component stands, and the papers that none asks for. A paper stands for one component."""
        left = list(papers)
        attached = {each.component: each for each in self.services.dossiers.attached(dossier) if each.stands}
        held = [each for owner in self.owners for each in self.services.depository.of(owner.id)]
        own = {each.understood.id for each in papers}
        candidates = [each for each in {one.id: one for one in held}.values() if each.document not in own]
        found = []
        for component in self.procedure.components if self.procedure else ():
            mine = [each for each in left if each.understood.type in component.types]
            left = [each for each in left if each not in mine]
            found.append(self._component(component, mine, attached.get(component.code), candidates, dossier))
        return tuple(found), tuple(left)

    def _component(
        self,
        component: Component,
        papers: Sequence[StoredDocument],
        attached: AttachedPaper | None,
        candidates: Sequence[Holding],
        dossier: DossierCode,
    ) -> ComponentStanding:
        if attached is not None:
            return ComponentStanding(
                component=component, standing=self._of_attached(attached), papers=tuple(papers), attached=attached
            )
        here = max((self._of_paper(each) for each in papers), key=_GOOD.index, default=None)
        if here is Standing.PRESENT or not component.types:
            return ComponentStanding(component=component, standing=here or Standing.BY_HAND, papers=tuple(papers))
        stored = tuple(self._stored(component, candidates))
        self._note(stored, dossier)
        usable = any(not each.obstacles for each in stored)
        standing = Standing.REUSABLE if usable else here or Standing.MISSING
        return ComponentStanding(component=component, standing=standing, papers=tuple(papers), stored=stored)

    def _of_attached(self, attached: AttachedPaper) -> Standing:
        """Say whether a stored paper that was attached may still be used."""
        held = self.services.depository.holdings(attached.document)
        state = next((each.state_on(self.today) for each in held if each.id == attached.holding), HoldingState.DISPOSED)
        if state is HoldingState.IN_FORCE:
            return Standing.ATTACHED
        return Standing.EXPIRED if state is HoldingState.EXPIRED else Standing.SUPERSEDED

    def _of_paper(self, paper: StoredDocument) -> Standing:
        held = self.services.depository.holdings(paper.understood.id)
        if held and all(each.state in _ENDED for each in held):
            return Standing.SUPERSEDED
        declared = self.services.catalogue.types.get(paper.understood.type)
        validity = validity_of(paper, declared.keeping) if declared else None
        return Standing.EXPIRED if validity is not None and validity.expired(self.today) else Standing.PRESENT

    def _stored(self, component: Component, candidates: Sequence[Holding]) -> Iterator[StoredPaper]:
        """Yield stored papers of the component's types, those without an obstacle first."""
        wish = ReuseWish(
            owners=frozenset(_family(self.owners, candidates)),
            types=component.types,
            purpose=self.procedure.name if self.procedure else "",
            day=self.today,
        )
        found = []
        for holding in candidates:
            if holding.type not in component.types:
                continue
            known = self.services.library.document(holding.document)
            if known is None or known[1].understood.state is DocumentState.DISPOSED:
                continue
            obstacles = reuse_obstacles(holding, wish, integrity=integrity_of(known[1], self.services))
            found.append(StoredPaper(holding=holding, document=known[1], obstacles=obstacles))
        yield from sorted(found, key=lambda each: (len(each.obstacles), -each.holding.published_at.timestamp()))

    def _note(self, stored: Sequence[StoredPaper], dossier: DossierCode) -> None:
        """Write into the owners' logs who was shown what, before it is; the same look is written once in half an hour."""
        now, services = self.services.clock.now(), self.services
        recent: dict[OwnerId, set[str]] = {}
        new = []
        for each in stored:
            owner = each.holding.owner
            if owner not in recent:
                looks = services.access_book.accesses(owner, limit=200)
                mine = (one for one in looks if one.who == self.who and one.dossier == dossier)
                recent[owner] = {one.holding for one in mine if now - one.at < _ONE_LOOK}
            if each.holding.id not in recent[owner]:
                new.append(
                    look_for(
                        each.holding, dossier, who=self.who, agency=self.agency, list_=self.procedure, services=services
                    )
                )
        if new:
            services.access_book.note(new)


_GOOD = (Standing.SUPERSEDED, Standing.EXPIRED, Standing.PRESENT)
"""of several papers for a component the best one counts"""


def look_for(
    holding: Holding,
    dossier: DossierCode,
    *,
    who: str,
    agency: str,
    list_: Procedure | None,
    services: DossierServices,
) -> Access:
    """Return the line in an owner's log that says for which dossier a paper was looked at."""
    return Access(
        id=services.new_id(),
        at=services.clock.now(),
        owner=holding.owner,
        holding=holding.id,
        who=who,
        agency=agency,
        purpose=purpose_of(list_),
        basis=AccessBasis.DOSSIER,
        dossier=dossier,
    )


def purpose_of(procedure: Procedure | None) -> str:
    """Return for what papers of a dossier are used: its procedure."""
    return f"{procedure.name} ({procedure.code})" if procedure else "–"


def integrity_of(document: StoredDocument, services: DossierServices) -> Integrity:
    """Return whether the newest version of a copy has the bytes that the records name, and what is to be said of its signatures.

    What was said of them last counts; where nobody has looked yet, they are looked at now.
    """
    newest = services.versions.versions(document.understood.id)[-1]
    intact = all(_is_intact(each, services.objects) for each in {newest.sha256, document.signed_source} if each)
    file = judged_file(newest, document.signed_source)
    if file is None or not intact:
        return Integrity(intact=intact, verdict=None if file is None else Verdict.INDETERMINATE)
    kept = services.verdicts.of(file)
    return Integrity(intact=intact, verdict=kept[-1].verdict if kept else services.judge(file))


def _is_intact(sha256: ContentHash, objects: ObjectStore) -> bool:
    try:
        with objects.open(Area.ARCHIVE, sha256) as stream:
            while stream.read(_CHUNK):
                pass
    except (ObjectMissing, ObjectAltered):
        return False
    return True


def _family(owners: Sequence[Owner], candidates: Sequence[Holding]) -> Iterator[OwnerId]:
    """Yield the dossier's owners, and those found to be the same: the depository answers for all of them."""
    yield from (each.id for each in owners)
    yield from (each.owner for each in candidates)


def _named_procedure(papers: Sequence[StoredDocument]) -> ProcedureCode | None:
    """Return the procedure that a paper of the dossier names, one that a person has confirmed first."""
    named = [each.understood.fields[_PROCEDURE] for each in papers if _PROCEDURE in each.understood.fields]
    for field in sorted(named, key=lambda each: each.state is not FieldState.CONFIRMED):
        core = procedure_core(str(field.value))
        if core is not None:
            return core
    return None


def _received(papers: Sequence[StoredDocument]) -> dt.date | None:
    for each in papers:
        field = each.understood.fields.get(_RECEIVED)
        if field is not None and field.state is not FieldState.NEEDS_REVIEW:
            try:
                return dt.date.fromisoformat(str(field.value)[:10])
            except ValueError:
                continue
    return None


def _owners(papers: Sequence[StoredDocument], services: DossierServices) -> Iterator[Owner]:
    """Yield who is named by number on the dossier's papers, each once; a number that nobody is sure of names nobody."""
    found: dict[OwnerId, Owner] = {}
    for paper in papers:
        declared = services.catalogue.types.get(paper.understood.type)
        numbers = _NUMBERS | {each.number for each in (declared.keeping.owners if declared else ())}
        for name, field in paper.understood.fields.items():
            if name in numbers and field.state is not FieldState.NEEDS_REVIEW:
                for number in numbers_in(str(field.value)):
                    owner = services.owners.find(number)
                    if owner is not None:
                        found.setdefault(owner.id, owner)
    yield from found.values()


def counts_of(told: ComponentList) -> Mapping[Standing, int]:
    """Return how many components stand how; those that are not needed and not there are not counted."""
    counted = [
        each.standing
        for each in told.components
        if each.component.required or each.standing not in (Standing.MISSING, Standing.BY_HAND)
    ]
    return {standing: counted.count(standing) for standing in Standing}
