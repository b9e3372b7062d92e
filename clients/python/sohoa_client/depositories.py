"""What the interface answers about owners' depositories, components of dossiers and procedures; see `answers`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose depository it is."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Validity:
    """For how long and for what a paper is valid; None: no limit is named."""

    valid_from: dt.date | None
    valid_to: dt.date | None
    valid_scope: str | None
    purpose: str | None


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """The newest version of a paper's copy."""

    version: int
    sha256: str
    size: int
    level: str | None
    signer: str | None


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A paper in a depository: what it is, and whether it is in force."""

    holding: str
    """what it is attached and fetched by"""
    document: str
    type: str
    code: str
    result: str | None
    agency: str
    state: str
    published_at: dt.datetime
    validity: Validity
    description: Mapping[str, str]
    file: StoredFile


@dataclass(frozen=True, kw_only=True)
class StoredPaper(Holding):
    """A stored paper of a component's types, with what speaks against using it."""

    verdict: str | None
    obstacles: tuple[str, ...]
    """all of them; none: it may be used"""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A paper that a procedure asks for."""

    code: str
    name: str
    types: tuple[str, ...]
    required: bool
    condition: str | None
    copies: int


@dataclass(frozen=True, kw_only=True)
class ReusableComponent:
    """A component, and the owner's stored papers of its types."""

    component: Component
    usable: bool
    """one of the papers may be used: nobody has to be asked for it"""
    consent_needed: bool
    stored: tuple[StoredPaper, ...]


@dataclass(frozen=True, kw_only=True)
class Reusable:
    """For each component of a procedure, what its owner's depository holds, and why the rest will not do."""

    procedure: str
    name: str
    day: dt.date
    owner: Owner | None
    components: tuple[ReusableComponent, ...]


@dataclass(frozen=True, kw_only=True)
class Access:
    """A look at a paper, as its owner sees it."""

    id: str
    at: dt.datetime
    holding: str
    who: str
    agency: str
    purpose: str
    basis: str
    dossier: str | None


@dataclass(frozen=True, kw_only=True)
class PaperOfDossier:
    """A paper that a dossier has."""

    document: str
    type: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A stored paper that stands for a component, so that nobody was asked for it."""

    id: str
    dossier: str
    component: str
    document: str
    holding: str
    agency: str
    purpose: str
    attached_at: dt.datetime
    attached_by: str
    detached_at: dt.datetime | None
    detached_by: str | None


@dataclass(frozen=True, kw_only=True)
class NotDigitized:
    """Why a component is not digitized."""

    component: str
    reason: str
    note: str | None
    agency: str
    marked_at: dt.datetime
    marked_by: str
    ended_at: dt.datetime | None
    ended_by: str | None


@dataclass(frozen=True, kw_only=True)
class ComponentStanding:
    """A component of a dossier, and what there is for it."""

    component: Component
    standing: str
    """`present`, `attached`, `expired`, `superseded`, `reusable`, `missing`, `by_hand`, …"""
    papers: tuple[PaperOfDossier, ...]
    attached: Attached | None
    not_digitized: NotDigitized | None
    stored: tuple[StoredPaper, ...]
    consent_needed: bool


@dataclass(frozen=True, kw_only=True)
class Components:
    """A dossier held against its procedure."""

    dossier: str
    procedure: str | None
    name: str | None
    is_chosen: bool
    day: dt.date
    owners: tuple[Owner, ...]
    is_complete: bool
    counts: Mapping[str, int]
    components: tuple[ComponentStanding, ...]
    others: tuple[PaperOfDossier, ...]


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """An edition of a procedure."""

    code: str
    name: str
    field: str
    since: dt.date
    until: dt.date | None
    results: tuple[str, ...]
    source: str
    components: tuple[Component, ...]
