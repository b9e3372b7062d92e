"""`sohoa depository` and `sohoa publish`: papers in their owners' depositories."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.national import run_look_up
from app.cli.tables import type_title
from app.language import reason_words
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import BatchId, DocumentId, DossierCode
from pipeline.domain.owner import Access, Owner
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.usecases.depository_access import Visit
from pipeline.usecases.keep_depository import (
    depository_of,
    named_owner,
    revoke_holding,
    supersede_holding,
)
from pipeline.usecases.look_up import look_at_owner
from pipeline.usecases.publish_document import Publication, publish_document

_NEEDED = {
    "show": ("purpose",),
    "log": (),
    "revoke": ("reason",),
    "supersede": ("by", "reason"),
    "look-up": ("dossier",),
}
"""arguments without which an action makes no sense"""
_LOOKS = 200
"""newest entries of the access log that are shown"""


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show a depository or who looked into it, or take a paper out of force."""
    missing = next((name for name in _NEEDED[arguments.action] if not getattr(arguments, name)), None)
    if missing is not None:
        context.note("result.needs", action=arguments.action, argument=f"--{missing}")
        return ExitCode.USAGE
    if arguments.dossier is not None and find_dossier_codes(arguments.dossier) != (arguments.dossier,):
        context.note("digitize.bad_dossier", code=arguments.dossier)
        return ExitCode.USAGE
    if arguments.action == "look-up":
        return run_look_up(arguments, context)
    do = {"show": _show, "log": _log, "revoke": _end, "supersede": _end}[arguments.action]
    with open_services(context.settings, author=context.author) as services:
        return do(arguments, context, services)


def run_publish(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Publish documents, or all of batches; name the reason of each that stays."""
    with open_services(context.settings, author=context.author) as services:
        owner = named_owner(arguments.owner, owners=services.owners).id if arguments.owner else None
        codes = context.settings.codes.templates()
        published = [
            publish_document(each, services=services.publishing, codes=codes, owner=owner)
            for each in _documents(arguments.ids, services)
        ]
    if arguments.json:
        context.print_json([publication_json(each) for each in published])
    else:
        for each in published:
            say_publication(each, context)
    return ExitCode.SOME if any(each.withheld for each in published) else ExitCode.DONE


def say_publication(publication: Publication, context: Context) -> None:
    """Tell in lines what became of a paper: its codes on stdout, why it stays on stderr."""
    for holding in publication.holdings:
        context.tell("publish.done", document=publication.document, code=holding.code.text)
    for reason in publication.withheld:
        context.note("publish.withheld", document=publication.document, reason=context.say(f"withheld.{reason.value}"))


def publication_json(publication: Publication) -> dict[str, Any]:
    """Return what became of a paper, as `--json` gives it."""
    return {
        "document": publication.document,
        "holdings": [_holding_json(each) for each in publication.holdings],
        "withheld": [each.value for each in publication.withheld],
    }


def owner_json(owner: Owner) -> dict[str, Any]:
    """Return an owner as `--json` gives it."""
    return {
        "id": owner.id,
        "kind": owner.kind.value,
        "name": owner.name,
        "birth_date": owner.birth_date,
        "paper": owner.paper or None,
        "identifiers": [{"kind": each.kind.value, "value": each.value} for each in owner.identifiers],
    }


def say_owner(owner: Owner, context: Context) -> None:
    """Tell in a line who an owner is."""
    numbers = ", ".join(f"{context.say(f'identifier.{each.kind.value}')} {each.value}" for each in owner.identifiers)
    context.tell(
        "owner.line", id=owner.id, name=owner.name, born=owner.birth_date or "–", numbers=numbers or owner.paper
    )


def _documents(ids: Sequence[str], services: Services) -> Iterator[DocumentId]:
    for each in ids:
        if not each.startswith("b-"):
            yield DocumentId(each)
            continue
        batch = services.batches.load(BatchId(each))
        if batch is None:
            raise NotFound(what="batch", id=each)
        if isinstance(batch, DigitizedBatch):
            yield from (document.understood.id for document in batch.documents)


def _show(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    owner = named_owner(arguments.id, owners=services.owners)
    visit = Visit(
        who=services.author.name,
        agency=context.settings.own_agency,
        purpose=arguments.purpose,
        dossier=DossierCode(arguments.dossier) if arguments.dossier else None,
        by_law=arguments.by_law,
    )
    found = depository_of(
        owner.id,
        visit,
        owners=services.owners,
        depository=services.depository,
        access_book=services.access_book,
        library=services.library,
        clock=services.clock,
        new_id=services.new_id,
    )
    looker = services.looker(arguments.purpose or "")
    look_at_owner(owner.id, part="depository", owners=services.owners, looker=looker)
    consents = services.access_book.consents(owner.id)
    if arguments.json:
        given = [{"id": each.id, "agency": each.agency, "purpose": each.purpose} for each in consents]
        context.print_json(
            {**owner_json(found.owner), "consents": given, "holdings": [_holding_json(each) for each in found.holdings]}
        )
        return ExitCode.DONE
    say_owner(found.owner, context)
    today = services.clock.now().astimezone().date()
    table = _table(context, "document", "paper", "code", "valid", "state")
    for each in found.holdings:
        validity, state = each.validity, each.state_on(today)
        table.add_row(
            each.document,
            type_title(services.catalogue, each.type),
            each.result or each.code.text,
            f"{_day(validity.since)} – {_day(validity.until)}",
            Text(
                f"{context.say(f'holding_state.{state.value}')} {reason_words(each.reason, context.say)}".strip(),
                style="" if state is HoldingState.IN_FORCE else "yellow",
            ),
        )
    context.out.print(table)
    for consent in consents:
        key = "owner.consent_ended" if consent.withdrawn_at else "owner.consent"
        context.tell(key, id=consent.id, agency=consent.agency or "*", purpose=consent.purpose)
    return ExitCode.DONE


def _log(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    looker = services.looker(arguments.purpose or "")
    owner = look_at_owner(arguments.id, part="log", owners=services.owners, looker=looker)
    looks = services.access_book.accesses(owner.id, limit=_LOOKS)
    if arguments.json:
        context.print_json([_access_json(each) for each in looks])
        return ExitCode.DONE
    table = _table(context, "when", "who", "purpose", "basis", "dossier")
    for each in looks:
        who = f"{each.who} ({each.agency})"
        basis = context.say(f"basis.{each.basis.value}")
        table.add_row(f"{each.at.astimezone():%d/%m/%Y %H:%M}", who, each.purpose, basis, each.dossier or "")
    context.out.print(table)
    return ExitCode.DONE


def _end(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    document, reason = DocumentId(arguments.id), arguments.reason
    if arguments.action == "revoke":
        ended = revoke_holding(
            document, reason, depository=services.depository, results=services.results, clock=services.clock
        )
    else:
        ended = supersede_holding(
            document,
            DocumentId(arguments.by),
            reason,
            depository=services.depository,
            results=services.results,
            clock=services.clock,
        )
    if arguments.json:
        context.print_json([_holding_json(each) for each in ended])
        return ExitCode.DONE
    for each in ended:
        context.tell(
            "depository.ended",
            document=document,
            code=each.code.text,
            state=context.say(f"holding_state.{each.state.value}"),
        )
    return ExitCode.DONE


def _holding_json(holding: Holding) -> dict[str, Any]:
    validity = holding.validity
    return {
        "id": holding.id,
        "owner": holding.owner,
        "document": holding.document,
        "type": holding.type,
        "code": holding.code.text,
        "code_parts": {"owner": holding.code.owner, "type": holding.code.type, "serial": holding.code.serial},
        "result": holding.result,
        "published_at": holding.published_at.isoformat(timespec="seconds"),
        "valid_from": validity.since.isoformat() if validity.since else None,
        "valid_to": validity.until.isoformat() if validity.until else None,
        "valid_scope": validity.scope or None,
        "purpose": validity.purpose or None,
        "state": holding.state.value,
        "superseded_by": holding.superseded_by,
        "reason": holding.reason or None,
        "version": holding.version,
    }


def _access_json(access: Access) -> dict[str, Any]:
    return {
        "at": access.at.isoformat(timespec="seconds"),
        "who": access.who,
        "agency": access.agency,
        "purpose": access.purpose,
        "basis": access.basis.value,
        "dossier": access.dossier,
        "holding": access.holding,
    }


def _day(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "…"


def _table(context: Context, *keys: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in keys:
        table.add_column(context.say(f"table.{key}"), no_wrap=key == "document", overflow="fold")
    return table
