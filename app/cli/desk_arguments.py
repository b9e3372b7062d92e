"""The arguments of the commands about owners, depositories, corrections, procedures and accounts."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from app.language import Say
from pipeline.domain.account import Role
from pipeline.domain.owner import OwnerKind
from pipeline.text.fold import nfc


def declare_depository(depository: argparse.ArgumentParser, say: Say) -> None:
    """Declare looking into a depository, and what may become of a paper in it."""
    actions = ("show", "log", "revoke", "supersede", "look-up")
    depository.add_argument("action", choices=actions, metavar="ACTION", help=say("help.depository_action"))
    depository.add_argument("id", type=nfc, metavar="OWNER|ID", help=say("help.depository_id"))
    depository.add_argument("--purpose", type=nfc, metavar="TEXT", help=say("help.depository_purpose"))
    depository.add_argument("--dossier", type=nfc, metavar="CODE", help=say("help.depository_dossier"))
    depository.add_argument("--by-law", action="store_true", help=say("help.depository_by_law"))
    depository.add_argument("--by", type=nfc, metavar="ID", help=say("help.depository_by"))
    depository.add_argument("--reason", type=nfc, metavar="TEXT", help=say("help.depository_reason"))
    depository.add_argument("--take", type=nfc, metavar="CODE", help=say("help.depository_take"))


def declare_publish(publish: argparse.ArgumentParser, say: Say) -> None:
    """Declare which papers, and whose they are where a person knows it."""
    publish.add_argument("ids", nargs="+", metavar="ID", help=say("help.publish_id"))
    publish.add_argument("--owner", type=nfc, metavar="OWNER", help=say("help.publish_owner"))


def declare_owner(owner: argparse.ArgumentParser, say: Say) -> None:
    """Declare adding owners, linking their numbers, and their consent."""
    actions = ("add", "link", "consent", "withdraw")
    owner.add_argument("action", choices=actions, metavar="ACTION", help=say("help.owner_action"))
    owner.add_argument("ids", nargs="*", type=nfc, metavar="ID", help=say("help.owner_id"))
    owner.add_argument("--name", type=nfc, metavar="NAME", help=say("help.owner_name"))
    owner.add_argument(
        "--kind",
        type=OwnerKind,
        choices=list(OwnerKind),
        default=OwnerKind.PERSON,
        metavar="KIND",
        help=say("help.owner_kind"),
    )
    owner.add_argument("--birth-date", type=_day, metavar="DATE", help=say("help.owner_birth_date"))
    owner.add_argument("--paper", type=nfc, default="", metavar="TEXT", help=say("help.owner_paper"))
    owner.add_argument("--reason", type=nfc, metavar="TEXT", help=say("help.owner_reason"))
    owner.add_argument("--agency", type=nfc, default="", metavar="NAME", help=say("help.owner_agency"))
    owner.add_argument("--purpose", type=nfc, metavar="TEXT", help=say("help.owner_purpose"))
    owner.add_argument("--type", action="append", default=[], metavar="TYPE", help=say("help.owner_type"))
    owner.add_argument("--until", type=_day, metavar="DATE", help=say("help.owner_until"))


def declare_correct(correct: argparse.ArgumentParser, say: Say) -> None:
    """Declare what a person says of a paper."""
    correct.add_argument("id", metavar="ID", help=say("help.document_id"))
    correct.add_argument("values", nargs="*", type=_named, metavar="NAME=VALUE", help=say("help.correct_value"))
    correct.add_argument("--confirm", action="store_true", help=say("help.correct_confirm"))
    correct.add_argument("--seen", type=int, metavar="VERSION", help=say("help.correct_seen"))
    correct.add_argument("--reason", type=nfc, default="", metavar="TEXT", help=say("help.correct_reason"))
    correct.add_argument("--history", action="store_true", help=say("help.correct_history"))


def declare_procedures(procedures: argparse.ArgumentParser, say: Say) -> None:
    """Declare listing, checking, comparing and taking over procedures."""
    actions = ("list", "check", "compare", "import", "refresh", "load")
    procedures.add_argument(
        "action", nargs="?", choices=actions, default="list", metavar="ACTION", help=say("help.procedures_action")
    )
    procedures.add_argument("files", nargs="*", type=Path, metavar="FILE", help=say("help.procedures_file"))
    procedures.add_argument("--on", type=_day, metavar="DATE", help=say("help.procedures_on"))
    procedures.add_argument("--dry-run", action="store_true", help=say("help.procedures_dry_run"))
    procedures.add_argument("--whole-on", type=_day, metavar="DATE", help=say("help.procedures_whole_on"))


def declare_account(account: argparse.ArgumentParser, say: Say) -> None:
    """Declare adding, listing, changing and disabling accounts."""
    actions = ("list", "first", "add", "password", "disable", "enable")
    account.add_argument(
        "action", nargs="?", choices=actions, default="list", metavar="ACTION", help=say("help.account_action")
    )
    account.add_argument("login", nargs="?", type=nfc, metavar="LOGIN", help=say("help.account_login"))
    account.add_argument("--name", type=nfc, metavar="NAME", help=say("help.account_name"))
    account.add_argument("--agency", type=nfc, default="", metavar="CODE", help=say("help.account_agency"))
    account.add_argument(
        "--role",
        type=Role,
        choices=list(Role),
        action="append",
        default=[],
        metavar="ROLE",
        help=say("help.account_role"),
    )
    account.add_argument("--password-file", type=Path, metavar="FILE", help=say("help.account_password_file"))


def _day(typed: str) -> dt.date:
    return dt.date.fromisoformat(typed)


def _named(typed: str) -> tuple[str, str]:
    """Return a field and what is said of it; nothing behind the sign: the paper has no such value."""
    name, sign, value = nfc(typed).partition("=")
    if not sign or not name.strip():
        raise argparse.ArgumentTypeError(f"{typed}: NAME=VALUE")
    return name.strip(), value.strip()
