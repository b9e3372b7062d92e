"""Search: by words, person, number, days and kind.

What is typed is about people: it is sent in the body of a request, never in its address, so it stands in no log, no history of
a proxy and no Referer. An address to share carries it behind `#`, which browsers keep to themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict

from pipeline.domain.account import Role
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.search import FacetName, Hit, SearchQuery, SearchResult, Snippet
from pipeline.usecases.look_up import numbers_of_person, search_documents
from web.guard import allowed
from web.paper_words import Purpose, about, number_of, purpose_words, type_title, value_of
from web.show import show
from web.visit import Visit, VisitDep

router = APIRouter()

_HITS = 20
_MOST_VALUES = 8
"""values of a facet that are shown"""
_NARROWING = (FacetName.TYPE, FacetName.STATE, FacetName.AGENCY, FacetName.YEAR)


def _none_for_empty(typed: object) -> object:
    return None if isinstance(typed, str) and not typed.strip() else typed


_Text = Annotated[str | None, BeforeValidator(_none_for_empty)]
_Day = Annotated[dt.date | None, BeforeValidator(_none_for_empty)]
_State = Annotated[DocumentState | None, BeforeValidator(_none_for_empty)]
_Purpose = Annotated[Purpose | None, BeforeValidator(_none_for_empty)]


class SearchForm(BaseModel):
    """What was typed and chosen."""

    model_config = ConfigDict(extra="ignore", str_max_length=1000)

    words: str = ""
    person: str = ""
    """a number, or else a name"""
    type: _Text = None
    dossier: _Text = None
    state: _State = None
    agency: _Text = None
    issued_since: _Day = None
    issued_until: _Day = None
    received_since: _Day = None
    received_until: _Day = None
    purpose: _Purpose = None
    narrow: str = ""
    """a facet's value that was chosen, such as `type:quyet_dinh`"""
    as_typed: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class _ShownHit:
    id: str
    title: str
    number: str
    about: str
    issued: str
    dossier: str
    agency: str
    state: str
    snippet: tuple[tuple[str, bool], ...]
    """pieces of text, and whether each was looked for"""


@dataclass(frozen=True, slots=True)
class _ShownFacet:
    name: str
    values: tuple[tuple[str, str, int], ...]
    """what is sent, what is said, how many"""


@router.get("/search")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def search_page(visit: VisitDep) -> Response:
    """Show the form; what stands behind `#` of the address is filled in by the browser."""
    return _page(SearchForm(), None, visit)


@router.post("/search")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def search(form: Annotated[SearchForm, Form()], visit: VisitDep) -> Response:
    """Search; answer with the whole page, or for a script with what was found."""
    form = _narrowed(form)
    if _is_backwards(form):
        return _page(form, None, visit, problem=visit.say("search.no_days"))
    numbers = numbers_of_person(form.person, owners=visit.services.owners)
    result = search_documents(
        _query(form, numbers),
        library=visit.services.library,
        looker=visit.looker(purpose_words(form.purpose, visit)),
        scope=visit.scope,
    )
    return _page(form, result, visit)


def _query(form: SearchForm, numbers: tuple[str, ...]) -> SearchQuery:
    words = form.words
    if form.person.strip() and not numbers:  # a name stands side by side
        words = f'{words} "{form.person.replace(chr(34), " ").strip()}"'.strip()
    return SearchQuery(
        words=words,
        # the end of a name is not what is being typed
        as_typed=form.as_typed and words == form.words,
        numbers=numbers,
        type=TypeCode(form.type) if form.type else None,
        dossier=DossierCode(form.dossier) if form.dossier else None,
        state=form.state,
        agency=form.agency,
        issued_since=form.issued_since,
        issued_until=form.issued_until,
        received_since=form.received_since,
        received_until=form.received_until,
        limit=_HITS,
        after=form.after,
    )


def _narrowed(form: SearchForm) -> SearchForm:
    """Return the form with the facet's value that was chosen in its place."""
    name, _, value = form.narrow.partition(":")
    if name == FacetName.YEAR and value.isdecimal() and len(value) == 4:  # noqa: PLR2004 - digits of a year
        year = int(value)
        days = {"issued_since": dt.date(max(year, 1), 1, 1), "issued_until": dt.date(max(year, 1), 12, 31)}
        return form.model_copy(update=days | {"narrow": ""})
    if name in (FacetName.TYPE, FacetName.AGENCY):
        return form.model_copy(update={name: value, "narrow": ""})
    if name == FacetName.STATE and value in set(DocumentState):
        return form.model_copy(update={name: DocumentState(value), "narrow": ""})
    return form


def _is_backwards(form: SearchForm) -> bool:
    spans = ((form.issued_since, form.issued_until), (form.received_since, form.received_until))
    return any(since is not None and until is not None and since > until for since, until in spans)


def _page(form: SearchForm, result: SearchResult | None, visit: Visit, *, problem: str = "") -> Response:
    template = "search/page.html"
    if visit.is_fragment:
        template = "search/more.html" if form.after else "search/hits.html"
    return show(
        visit,
        template,
        form=form,
        types=[(each.code, each.title) for each in visit.services.catalogue],
        states=[DocumentState.NEEDS_REVIEW, DocumentState.DIGITIZED, DocumentState.CONFIRMED],
        agencies=[(each, each) for each in sorted(filter(None, visit.scope.agencies or ()))],
        purposes=list(Purpose),
        problem=problem,
        **_shown(result, visit),
    )


def _shown(result: SearchResult | None, visit: Visit) -> Mapping[str, Any]:
    if result is None:
        return {"is_empty": True, "hits": (), "facets": (), "total": 0, "is_more": False, "next": ""}
    return {
        "is_empty": result.is_empty_query,
        "hits": tuple(_hit(each, visit) for each in result.hits),
        "facets": tuple(_facets(result, visit)),
        "total": result.total,
        "is_more": result.is_more,
        "next": result.next,
    }


def _hit(hit: Hit, visit: Visit) -> _ShownHit:
    found = hit.document.understood
    return _ShownHit(
        id=found.id,
        title=type_title(found.type, visit.services),
        number=number_of(hit.document),
        about=about(hit.document),
        issued=value_of(found, "issued_date"),
        dossier=found.dossier or "",
        agency=hit.agency,
        state=found.state.value,
        snippet=tuple(pieces(hit.snippet)),
    )


def pieces(snippet: Snippet) -> Iterator[tuple[str, bool]]:
    """Yield the text of a snippet in pieces, each with whether it was looked for."""
    end = 0
    for start, stop in snippet.marks:
        if start > end:
            yield snippet.text[end:start], False
        yield snippet.text[start:stop], True
        end = stop
    if end < len(snippet.text):
        yield snippet.text[end:], False


def _facets(result: SearchResult, visit: Visit) -> Iterator[_ShownFacet]:
    for name in _NARROWING:
        counts = result.facets.get(name, {})
        if len(counts) < 2:  # noqa: PLR2004 - one value narrows nothing
            continue
        values = list(counts.items())[:_MOST_VALUES]
        yield _ShownFacet(name, tuple((f"{name}:{value}", _said(name, value, visit), count) for value, count in values))


def _said(name: FacetName, value: str, visit: Visit) -> str:
    if name is FacetName.TYPE:
        return type_title(value, visit.services)
    if name is FacetName.STATE:
        return visit.say(f"document_state.{value}")
    return value or visit.say("search.own_agency")
