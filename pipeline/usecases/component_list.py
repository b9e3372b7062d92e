"""Hold the papers of a dossier against what its procedure asks for, and find stored ones for what is missing.

Nobody is asked again for what is kept already (NĐ 224/2026/NĐ-CP art. 18.4; Luật Dữ liệu 60/2024/QH15 art. 11), and no stored
paper is shown without its owner's log saying so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.domain.attachment import AttachedPaper
from pipeline.domain.document import StoredDocument
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.not_digitized import NotDigitized
from pipeline.domain.owner import Identifier, Owner, OwnerId
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.search import Scope
from pipeline.reuse_ports import StoredCopy
from pipeline.usecases.depository_access import Admission, Visit
from pipeline.usecases.find_reusable import wish_for
from pipeline.usecases.open_dossier import DossierServices, OpenDossier, open_dossier
from pipeline.usecases.publish_document import validity_of
from pipeline.usecases.weigh_copies import StoredPaper, weighed

_ENDED = frozenset({HoldingState.SUPERSEDED, HoldingState.REVOKED, HoldingState.DISPOSED})


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
    NOT_DIGITIZED = "not_digitized"
    """there is none, and somebody said why it is not digitized"""
    MISSING = "missing"
    BY_HAND = "by_hand"
    """no type of paper stands for it: somebody has to look"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStanding:
    """A component, and what there is for it."""

    component: Component
    standing: Standing
    papers: tuple[StoredDocument, ...] = ()
    """of the dossier"""
    attached: AttachedPaper | None = None
    not_digitized: NotDigitized | None = None
    stored: tuple[StoredPaper, ...] = ()
    """of the owners, those that can be used first; only where the dossier has none"""
    consent_needed: bool = False
    """stored papers of its types, if there are any, are shown when their owner agrees"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentList:
    """A dossier held against its procedure."""

    dossier: DossierCode
    procedure: Procedure | None
    code: ProcedureCode | None
    """of the procedure that is named, also where the catalogue does not have it"""
    is_chosen: bool
    """somebody said which procedure it is"""
    day: dt.date
    """on which the dossier was received: whose rules hold"""
    components: tuple[ComponentStanding, ...]
    others: tuple[StoredDocument, ...]
    """papers that no component asks for"""
    owners: tuple[Owner, ...]

    @property
    def counts(self) -> Mapping[Standing, int]:
        """How many components stand how; those that are not needed and not there are not counted."""
        idle = (Standing.MISSING, Standing.BY_HAND)
        counted = [each.standing for each in self.components if each.component.required or each.standing not in idle]
        return {standing: counted.count(standing) for standing in Standing}

    @property
    def is_complete(self) -> bool:
        """Whether nothing that is needed is missing, over, or still to be looked at or attached."""
        counts = self.counts
        return self.procedure is not None and all(not counts[each] for each in _OPEN)


_OPEN = (Standing.MISSING, Standing.EXPIRED, Standing.SUPERSEDED, Standing.REUSABLE, Standing.BY_HAND)
_SETTLED = (Standing.PRESENT, Standing.ATTACHED, Standing.NOT_DIGITIZED, Standing.BY_HAND)
"""nobody looks into depositories for these"""
_GOOD = (Standing.SUPERSEDED, Standing.EXPIRED, Standing.PRESENT)
"""of several papers for a component the best one counts"""


def component_list(
    dossier: DossierCode,
    *,
    who: str,
    agency: str,
    scope: Scope,
    today: dt.date,
    services: DossierServices,
    named: Sequence[Identifier] = (),
) -> ComponentList:
    """Return what a dossier has of what its procedure asks for, as far as `scope` reaches.

    Args:
        dossier: its code.
        who: account or client that looks.
        agency: for which they look.
        scope: whose papers they may see; stored papers of the dossier's own owners are shown to settle it, whoever has them.
        today: by which validity is judged.
        services: what is kept.
        named: numbers of whose it is, by the word of the system that asks: they count where no paper names anybody.

    Raises:
        NotFound: there is no paper of that dossier within `scope`, and nobody within it has spoken of it.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    opened = open_dossier(dossier, scope=scope, today=today, services=services, named=named)
    telling = _Telling(opened=opened, who=who, agency=agency, today=today, services=services)
    components, others = telling.components()
    return ComponentList(
        dossier=dossier,
        procedure=opened.procedure,
        code=opened.procedure_code,
        is_chosen=opened.is_chosen,
        day=opened.day,
        components=components,
        others=others,
        owners=opened.owners,
    )


def visit_for(opened: OpenDossier, *, who: str, agency: str) -> Visit:
    """Return how somebody who settles a dossier looks into its owners' depositories."""
    return Visit(who=who, agency=agency, purpose=purpose_of(opened.procedure), dossier=opened.code)


def purpose_of(procedure: Procedure | None) -> str:
    """Return for what papers of a dossier are used: its procedure."""
    return f"{procedure.name} ({procedure.code})" if procedure else "–"


def admission_to(owner: Owner, visit: Visit, procedure: Procedure | None, services: DossierServices) -> Admission:
    """Return what whoever settles an owner's dossier may see; consents name the procedure alone."""
    agreed = services.policy.agreed_types
    consents = services.access_book.consents(owner.id) if agreed else ()
    asked = replace(visit, purpose=procedure.name if procedure else visit.purpose)
    return Admission(visit=asked, consents=consents, at=services.clock.now(), agreed_types=agreed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    opened: OpenDossier
    who: str
    agency: str
    today: dt.date
    services: DossierServices

    def components(self) -> tuple[tuple[ComponentStanding, ...], tuple[StoredDocument, ...]]:
        """Return how each component stands, and the papers that none asks for. A paper stands for one component."""
        left = list(self.opened.papers)
        found = []
        for component in self.opened.procedure.components if self.opened.procedure else ():
            mine = [each for each in left if each.understood.type in component.types]
            left = [each for each in left if each not in mine]
            found.append(self._standing(component, mine))
        return tuple(self._with_stored(found)), tuple(left)

    def _standing(self, component: Component, papers: Sequence[StoredDocument]) -> ComponentStanding:
        """Return how a component stands by what the dossier itself has."""
        attached = next((each for each in self.opened.attached if each.component == component.code), None)
        mark = next((each for each in self.opened.marks if each.component == component.code), None)
        here = max((self._of_paper(each) for each in papers), key=_GOOD.index, default=None)
        if attached is not None:
            standing = self._of_attached(attached)
        elif here is Standing.PRESENT:
            standing = here
        elif mark is not None:
            standing = Standing.NOT_DIGITIZED
        else:
            standing = here or (Standing.MISSING if component.types else Standing.BY_HAND)
        return ComponentStanding(
            component=component, standing=standing, papers=tuple(papers), attached=attached, not_digitized=mark
        )

    def _with_stored(self, found: Sequence[ComponentStanding]) -> list[ComponentStanding]:
        """Return components with the stored papers that could stand for those that are open; the owners' logs say so."""
        open_ = [each for each in found if each.standing not in _SETTLED and each.attached is None]
        wanted = frozenset(type_ for each in open_ for type_ in each.component.types)
        stored, closed = self._stored(wanted)
        self._note(stored)
        told = []
        for each in found:
            types = each.component.types if each in open_ else ()
            # a paper of two of the owners lies with both, and is one paper
            mine = tuple({paper.holding.document: paper for paper in stored if paper.holding.type in types}.values())
            usable = any(not paper.obstacles for paper in mine)
            needed = any(type_ in closed for type_ in types)
            standing = Standing.REUSABLE if usable else each.standing
            told.append(replace(each, stored=mine, standing=standing, consent_needed=needed))
        return told

    def _stored(self, types: frozenset[TypeCode]) -> tuple[tuple[StoredPaper, ...], frozenset[TypeCode]]:
        """Return stored papers of the dossier's owners, and the types for which somebody has to agree first."""
        opened, services = self.opened, self.services
        own = {each.understood.id for each in opened.papers}
        visit = visit_for(opened, who=self.who, agency=self.agency)
        wish = wish_for(opened.owners, types, opened.procedure, day=self.today, signed=services.policy.signed)
        found: list[StoredCopy] = []
        closed: set[TypeCode] = set()
        for owner in opened.owners if types else ():
            admission = admission_to(owner, visit, opened.procedure, services)
            free = frozenset(each for each in types if admission.basis(each) is not None)
            closed |= types - free
            found += [each for each in services.copies.of(owner.id, types=free) if each.holding.document not in own]
        return weighed(found, wish, policy=services.policy.proofs, services=services.proofs), frozenset(closed)

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

    def _note(self, stored: Sequence[StoredPaper]) -> None:
        """Write into the owners' logs who was shown what, before it is; a look that is still the same one is not written again."""
        services, now = self.services, self.services.clock.now()
        visit = visit_for(self.opened, who=self.who, agency=self.agency)
        admission = Admission(visit=visit, consents=(), at=now)
        recent: dict[OwnerId, set[str]] = {}
        new = []
        for each in stored:
            owner = each.holding.owner
            if owner not in recent and services.one_look:
                looks = services.access_book.accesses(owner, limit=200)
                mine = (one for one in looks if one.who == self.who and one.dossier == self.opened.code)
                recent[owner] = {one.holding for one in mine if now - one.at < services.one_look}
            if each.holding.id not in recent.get(owner, ()):
                new.append(admission.look(each.holding, id_=services.new_id()))
        services.access_book.note(new)
