"""`sohoa account`: who may sign in to the web pages."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import replace
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.ids import new_password
from app.passwords import SHORTEST, hash_password
from app.services import Services, open_services
from pipeline.domain.account import Account, AccountId
from pipeline.domain.errors import NotFound, PathMissing
from pipeline.usecases.keep_accounts import add_first_account

_FIRST_LOGIN = "admin"


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List, add, disable or enable accounts, give one a new password, or make the first one."""
    if arguments.action == "first":
        return _first(arguments, context)
    needed = {"add": ("login", "name", "role"), "list": ()}.get(arguments.action, ("login",))
    missing = next((name for name in needed if not getattr(arguments, name)), None)
    if missing is not None:
        argument = "LOGIN" if missing == "login" else f"--{missing}"
        context.note("result.needs", action=arguments.action, argument=argument)
        return ExitCode.USAGE
    password = ""
    if arguments.action in {"add", "password"}:
        password = _password(arguments, context)
        if len(password) < SHORTEST:
            context.note("account.short", shortest=SHORTEST)
            return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        is_list = arguments.action == "list"
        found = list(services.accounts.all()) if is_list else [_do(arguments, services, password)]
    if arguments.json:
        context.print_json([_json(each) for each in found])
    elif found:
        context.out.print(_table(found, context))
    else:
        context.note("account.none")
    return ExitCode.DONE


def _first(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Make the first administrator's account, and print its password this once: it opens nothing but the choice of another."""
    password = new_password()
    with open_services(context.settings, author=context.author) as services:
        account = add_first_account(
            arguments.login or _FIRST_LOGIN,
            arguments.name or context.say("account.first_name"),
            password=password,
            accounts=services.accounts,
            hashes=hash_password,
            clock=services.clock,
            new_id=services.new_id,
        )
    if arguments.json:
        context.print_json([{**_json(account), "password": password}])
    else:
        context.tell("account.first", login=account.login, password=password)
    return ExitCode.DONE


def _do(arguments: argparse.Namespace, services: Services, password: str) -> Account:
    if arguments.action == "add":
        account = Account(
            id=AccountId(services.new_id()),
            login=arguments.login.strip().lower(),
            name=arguments.name,
            agency=arguments.agency,
            roles=frozenset(arguments.role),
            password_hash=hash_password(password),
            created_at=services.clock.now(),
        )
        services.accounts.add(account)
        return account
    known = services.accounts.find(arguments.login)
    if known is None:
        raise NotFound(what="account", id=arguments.login)
    if arguments.action == "password":
        changed = replace(known, password_hash=hash_password(password), password_given=False)
        services.sign_in_guard.release(known.login)
    else:
        changed = replace(known, disabled=arguments.action == "disable")
    services.sessions.end_all(known.id)
    return services.accounts.change(changed, version=known.version)


def _password(arguments: argparse.Namespace, context: Context) -> str:
    """Return a password from a file or from the terminal, twice; never from the command line, which others can read."""
    if arguments.password_file is not None:
        try:
            lines = arguments.password_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise PathMissing(path=str(arguments.password_file), problem=str(error)) from error
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        context.note("account.no_terminal")
        return ""
    first = getpass.getpass(context.say("account.ask") + " ")
    if first != getpass.getpass(context.say("account.ask_again") + " "):
        context.note("account.differ")
        return ""
    return first


def _table(found: list[Account], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("login", "name", "agency", "roles", "state"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in found:
        roles = ", ".join(context.say(f"role.{role.value}") for role in sorted(each.roles))
        state = context.say("account.disabled" if each.disabled else "account.open")
        table.add_row(each.login, each.name, each.agency or "–", roles, state)
    return table


def _json(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "agency": account.agency,
        "roles": sorted(role.value for role in account.roles),
        "disabled": account.disabled,
        "created_at": account.created_at.isoformat(timespec="seconds"),
        "version": account.version,
    }
