"""`sohoa client`: which other systems may ask."""

from __future__ import annotations

import argparse
import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.ids import new_secret
from app.services import Services, open_services
from pipeline.domain.client import ApiClient
from pipeline.domain.errors import NotFound, PathMissing
from pipeline.usecases.keep_clients import add_client, change_client, give_secret, reached_agencies

_NONE = "-"
_NEEDED = {"list": (), "add": ("id", "name", "scope")}


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List, show, add or change clients, give one a new secret, disable or enable it."""
    missing = next((each for each in _NEEDED.get(arguments.action, ("id",)) if not getattr(arguments, each)), None)
    if missing is not None:
        argument = "ID" if missing == "id" else f"--{missing}"
        context.note("result.needs", action=arguments.action, argument=argument)
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        if arguments.action == "list":
            return _show(services.clients.every(), "", arguments, context)
        client, secret = _do(arguments, services)
    return _show([client], secret, arguments, context)


def _do(arguments: argparse.Namespace, services: Services) -> tuple[ApiClient, str]:
    if arguments.action == "add":
        return add_client(
            _new(arguments, services),
            with_secret=not arguments.without_secret,
            clients=services.clients,
            secret=new_secret,
        )
    known = services.clients.find(arguments.id)
    if known is None:
        raise NotFound(what="client", id=arguments.id)
    if arguments.action == "show":
        return known, ""
    if arguments.action == "secret":
        return give_secret(
            known, clients=services.clients, tokens=services.access_tokens, trail=services.trail, secret=new_secret
        )
    changed = _changed(known, arguments, own=services.settings.office.agency)
    if changed == known:
        return known, ""
    kept = change_client(known, changed, clients=services.clients, tokens=services.access_tokens, trail=services.trail)
    return kept, ""


def _new(arguments: argparse.Namespace, services: Services) -> ApiClient:
    return ApiClient(
        id=arguments.id,
        name=arguments.name.strip(),
        agencies=reached_agencies(arguments.agency, own=services.settings.office.agency),
        scopes=frozenset(arguments.scope),
        certificate=_thumbprint(arguments.certificate or _NONE),
        subject=_subject(arguments.subject or _NONE),
        created_at=services.clock.now(),
    )


def _changed(client: ApiClient, arguments: argparse.Namespace, *, own: str) -> ApiClient:
    """Return a client with what was named; what was not stays."""
    if arguments.action in {"disable", "enable"}:
        return replace(client, disabled=arguments.action == "disable")
    given: dict[str, Any] = {}
    if arguments.name:
        given["name"] = arguments.name.strip()
    if arguments.scope:
        given["scopes"] = frozenset(arguments.scope)
    if arguments.agency:
        given["agencies"] = reached_agencies(arguments.agency, own=own)
    if arguments.certificate:
        given["certificate"] = _thumbprint(arguments.certificate)
    if arguments.subject:
        given["subject"] = _subject(arguments.subject)
    if arguments.without_secret:
        given["secret_hash"] = ""
    return replace(client, **given)


def _thumbprint(file: str) -> str:
    """Return the SHA-256 of a certificate's DER (RFC 8705 section 3.1), in hex.

    Raises:
        PathMissing: there is no certificate in the file.
    """
    if file == _NONE:
        return ""
    try:
        kept = Path(file).read_bytes()
        der = ssl.PEM_cert_to_DER_cert(kept.decode("ascii").strip()) if kept.startswith(b"-----") else kept
        x509.load_der_x509_certificate(der)
    except (OSError, ValueError) as error:
        raise PathMissing(path=file, problem=str(error)) from error
    return hashlib.sha256(der).hexdigest()


def _subject(named: str) -> str:
    return "" if named == _NONE else named.strip()


def _show(found: Sequence[ApiClient], secret: str, arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Print clients; a secret alone on stdout, with everything else beside it."""
    if arguments.json:
        context.print_json([_json(each, secret) for each in found])
    elif secret:
        context.err.print(_table(found, context))
        context.note("client.secret", client=found[0].id)
        context.out.print(secret, soft_wrap=True)
    elif found:
        context.out.print(_table(found, context))
    else:
        context.note("client.none")
    return ExitCode.DONE


def _table(found: Sequence[ApiClient], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("client", "client_name", "agencies", "scopes", "proof", "state"):
        table.add_column(context.say(f"table.{key}"), overflow="fold", no_wrap=key == "scopes")
    for each in found:
        means = (("secret", each.secret_hash), ("certificate", each.certificate), ("subject", each.subject))
        table.add_row(
            each.id,
            each.name,
            ", ".join(sorted(agency or "–" for agency in each.agencies)),
            "\n".join(sorted(each.scopes)),
            ", ".join(context.say(f"client.by_{name}") for name, given in means if given),
            context.say("client.disabled" if each.disabled else "client.open"),
        )
    return table


def _json(client: ApiClient, secret: str) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "agencies": sorted(client.agencies),
        "scopes": sorted(each.value for each in client.scopes),
        "secret": secret or bool(client.secret_hash),
        "certificate": client.certificate or None,
        "subject": client.subject or None,
        "disabled": client.disabled,
        "created_at": client.created_at.isoformat(timespec="seconds"),
        "version": client.version,
    }
