"""`sohoa owner`: owners whom no paper names, links between their numbers, and what they consent to."""

from __future__ import annotations

import argparse
import datetime as dt

from app.cli.context import Context, ExitCode
from app.cli.depositories import owner_json, say_owner
from app.services import Services, open_services
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import TypeCode
from pipeline.domain.owner import Consent, ConsentId, Identifier, Owner, OwnerId
from pipeline.text.identifiers import find_identifier
from pipeline.usecases.keep_depository import link_identifiers, named_owner, record_consent

_NEEDED = {"add": ("name",), "link": ("reason",), "consent": ("purpose",), "withdraw": ()}
"""arguments without which an action makes no sense"""
_IDS = {"add": None, "link": 2, "consent": 1, "withdraw": 1}
"""how many ids an action takes; None: any number"""


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Add an owner, link two numbers, or keep or withdraw a consent."""
    missing = next((f"--{name}" for name in _NEEDED[arguments.action] if not getattr(arguments, name)), None)
    wanted = _IDS[arguments.action]
    if missing is None and wanted is not None and len(arguments.ids) != wanted:
        missing = " ".join(["ID"] * wanted)
    unnamed = arguments.action == "add" and not arguments.ids and not (arguments.birth_date and arguments.paper)
    if missing is None and unnamed:
        missing = "ID | --birth-date --paper"
    if missing is not None:
        context.note("result.needs", action=arguments.action, argument=missing)
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        if arguments.action in {"add", "link"}:
            owner = (_add if arguments.action == "add" else _link)(arguments, services)
            if arguments.json:
                context.print_json(owner_json(owner))
            else:
                say_owner(owner, context)
            return ExitCode.DONE
        consent = (_consent if arguments.action == "consent" else _withdraw)(arguments, services)
    if arguments.json:
        context.print_json({"id": consent.id, "owner": consent.owner, "withdrawn": consent.withdrawn_at is not None})
    else:
        key = "owner.consent_ended" if consent.withdrawn_at else "owner.consent"
        context.tell(key, id=consent.id, agency=consent.agency or "*", purpose=consent.purpose)
    return ExitCode.DONE


def _add(arguments: argparse.Namespace, services: Services) -> Owner:
    return services.owners.register(
        Owner(
            id=OwnerId(services.new_id()),
            kind=arguments.kind,
            name=arguments.name,
            birth_date=arguments.birth_date.isoformat() if arguments.birth_date else None,
            paper=arguments.paper,
            identifiers=tuple(_number(typed, arguments) for typed in arguments.ids),
        )
    )


def _number(typed: str, arguments: argparse.Namespace) -> Identifier:
    found = find_identifier(typed, arguments.kind)
    if found is None:
        raise NotFound(what="identifier", id=typed)
    return found


def _link(arguments: argparse.Namespace, services: Services) -> Owner:
    old, new = arguments.ids
    return link_identifiers(old, new, arguments.reason, owners=services.owners, clock=services.clock)


def _consent(arguments: argparse.Namespace, services: Services) -> Consent:
    until = dt.datetime.combine(arguments.until, dt.time()).astimezone() if arguments.until else None
    return record_consent(
        named_owner(arguments.ids[0], owners=services.owners).id,
        agency=arguments.agency,
        purpose=arguments.purpose,
        types=tuple(TypeCode(each) for each in arguments.type),
        until=until + dt.timedelta(days=1) if until else None,  # the day named is the last one
        owners=services.owners,
        access_book=services.access_book,
        clock=services.clock,
        new_id=services.new_id,
    )


def _withdraw(arguments: argparse.Namespace, services: Services) -> Consent:
    return services.access_book.withdraw(ConsentId(arguments.ids[0]), at=services.clock.now())
