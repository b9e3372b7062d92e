"""Where somebody may go: the places in the head of every page, by role."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.account import Role
from web.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """A page that people go to by itself."""

    path: str
    key: str
    """of its name: `place.<key>`, and of what it is for: `place.<key>_about`"""
    roles: frozenset[Role]


_CLERK, _OFFICIAL, _RECORDS, _ADMIN = Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER, Role.ADMINISTRATOR

PLACES = (
    Place("/intake", "intake", frozenset({_CLERK})),
    Place("/batches", "batches", frozenset({_CLERK})),
    Place("/review", "review", frozenset({_CLERK})),
    Place("/dossiers", "dossiers", frozenset({_CLERK})),
    Place("/desk", "desk", frozenset({_OFFICIAL})),
    Place("/search", "search", frozenset({_CLERK, _OFFICIAL, _RECORDS})),
    Place("/documents", "documents", frozenset({_CLERK, _OFFICIAL, _RECORDS})),
    Place("/verify", "verify", frozenset({_CLERK, _OFFICIAL, _RECORDS})),
    Place("/retention", "retention", frozenset({_RECORDS})),
    Place("/audit", "audit", frozenset({_RECORDS, _ADMIN})),
    Place("/indices", "indices", frozenset({_RECORDS, _ADMIN})),
    Place("/people", "people", frozenset({_ADMIN})),
    Place("/system", "system", frozenset({_ADMIN})),
)
"""in the order in which a paper passes them"""


def place_of(path: str) -> str:
    """Return the key of the place that a page belongs to; empty for one that belongs to none."""
    if path.endswith("/review"):  # a paper that is reviewed is reached from there
        return "review"
    return next((each.key for each in PLACES if path == each.path or path.startswith(f"{each.path}/")), "")


def places_for(visit: Visit) -> tuple[Place, ...]:
    """Return the places that a visitor may open; none where something has to be done first."""
    if visit.step is not None:
        return ()
    return tuple(place for place in PLACES if place.roles & visit.roles)
