"""`sohoa find WORDS`: where something stands, and how many papers of which kind hold it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.tables import type_title
from app.services import Services, open_services
from pipeline.domain.ids import BatchId, DossierCode, TypeCode
from pipeline.domain.search import FacetName, Hit, SearchQuery, SearchResult
from pipeline.usecases.look_up import search_documents

_FOUND = "bold reverse"
_MOST_VALUES = 6
"""values of a facet that are shown; all of them stand in the JSON"""


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Search text and fields."""
    query = _query(arguments)
    for since, until in ((query.issued_since, query.issued_until), (query.received_since, query.received_until)):
        if since is not None and until is not None and since > until:
            context.note("find.no_days", since=since, until=until)
            return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        result = search_documents(query, library=services.library, looker=services.looker(arguments.purpose))
        if result.is_empty_query:
            context.note("find.no_words")
            return ExitCode.USAGE
        if arguments.json:
            context.print_json(_json(result))
        elif result.hits:
            _show(result, context, services)
        elif query.words:
            context.note("find.nothing", query=query.words)
        else:
            context.note("find.nothing_so")
    return ExitCode.DONE


def _query(arguments: argparse.Namespace) -> SearchQuery:
    return SearchQuery(
        words=" ".join(arguments.words),
        as_typed=arguments.prefix,
        type=TypeCode(arguments.type) if arguments.type else None,
        dossier=DossierCode(arguments.dossier) if arguments.dossier else None,
        state=arguments.state,
        batch=BatchId(arguments.batch) if arguments.batch else None,
        agency=arguments.agency,
        issued_since=arguments.since,
        issued_until=arguments.until,
        received_since=arguments.received_since,
        received_until=arguments.received_until,
        limit=arguments.limit,
        after=arguments.after,
    )


def _json(result: SearchResult) -> dict[str, Any]:
    return {
        "total": result.total,
        "is_more": result.is_more,
        "facets": {name.value: dict(counts) for name, counts in result.facets.items()},
        "hits": [_hit_json(hit) for hit in result.hits],
        "next": result.next,
    }


def _hit_json(hit: Hit) -> dict[str, Any]:
    understood = hit.document.understood
    return {
        "document": understood.id,
        "batch": hit.batch,
        "dossier": understood.dossier,
        "type": understood.type,
        "agency": hit.agency,
        "snippet": hit.snippet.text,
        "marks": [list(mark) for mark in hit.snippet.marks],
        "score": round(hit.score, 4),
    }


def _show(result: SearchResult, context: Context, services: Services) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("document", "dossier", "paper", "snippet"):
        table.add_column(context.say(f"table.{key}"), no_wrap=key == "document", overflow="fold")
    for hit in result.hits:
        understood = hit.document.understood
        shown = Text(hit.snippet.text)
        for start, end in hit.snippet.marks:
            shown.stylize(_FOUND, start, end)
        table.add_row(understood.id, understood.dossier or "", type_title(services.catalogue, understood.type), shown)
    context.out.print(table)
    context.tell("find.total_more" if result.is_more else "find.total", count=result.total)
    for line in _facet_lines(result, context, services):
        context.out.print(line, soft_wrap=True)
    if result.next:
        context.note("find.more", after=result.next)


def _facet_lines(result: SearchResult, context: Context, services: Services) -> Iterator[str]:
    for name, counts in result.facets.items():
        shown = [f"{_value(name, value, context, services)} {count}" for value, count in counts.items()]
        if shown:
            rest = " …" if len(shown) > _MOST_VALUES else ""
            values = ", ".join(shown[:_MOST_VALUES]) + rest
            yield context.say("find.counts", name=context.say(f"find.by_{name.value}"), values=values)


def _value(name: FacetName, value: str, context: Context, services: Services) -> str:
    match name:
        case FacetName.TYPE:
            return type_title(services.catalogue, TypeCode(value))
        case FacetName.STATE:
            return context.say(f"document_state.{value}")
        case FacetName.AGENCY:
            return value or context.say("find.own_agency")
        case FacetName.YEAR:
            return value
