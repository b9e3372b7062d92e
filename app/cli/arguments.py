"""The whole command line, declared without importing what its commands do: only the chosen one is loaded.

Each command names the function that runs it as `module:function`, as entry points do (tests/app/test_command_line.py
loads them all).
"""

from __future__ import annotations

import argparse
import datetime as dt
import unicodedata
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from app.cli.audit_arguments import declare_audit
from app.cli.client_arguments import declare_client
from app.cli.desk_arguments import (
    declare_account,
    declare_correct,
    declare_depository,
    declare_owner,
    declare_procedures,
    declare_publish,
)
from app.cli.disposal_arguments import declare_disposal, declare_hold, declare_retention
from app.cli.exchange_arguments import declare_exchange
from app.cli.find_arguments import declare_find
from app.cli.parser import parser_class
from app.cli.report_arguments import declare_report
from app.cli.storage_arguments import declare_storage
from app.cli.trust_arguments import declare_renew, declare_trust
from app.cli.webhook_arguments import declare_events, declare_webhook
from app.language import Say, speaker
from app.setting_groups import Language
from pipeline.domain.document import DocumentState
from pipeline.domain.signature import SignatureLevel, SignerRole

SEED = 2026
"""of the sample batch, unless another is asked for"""

_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives the type no public name


class Part(StrEnum):
    """What `get` may be asked for."""

    COPY = "copy"
    """the newest version of the searchable copy"""
    UNSIGNED = "unsigned"
    """the copy before its first signature"""
    COMPACT = "compact"
    """that, better packed: the same pixels and words, made when it is asked for"""
    ORIGINAL = "original"
    """the source file of the document's first page, as it came in"""
    TEXT = "text"
    """text in reading order"""
    FIELDS = "fields"
    """the document's entry of batch.json"""
    PREVIEW = "preview"
    """a page as a picture for a screen"""


class TypesAction(StrEnum):
    """What `types` does."""

    LIST = "list"
    """all types in force"""
    CHECK = "check"
    """what is wrong with the declarations of a folder"""
    TEST = "test"
    """what the declarations of a folder make of their samples"""


def build_parser(language: Language) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, speaking `language`."""
    say = speaker(language)
    parser = parser_class(say)(prog="sohoa", description=say("help.sohoa"), epilog=say("help.exit_codes"))
    version = f"sohoa {metadata.version('sohoa')}"
    parser.add_argument("--version", action="version", version=version, help=say("usage.version"))
    parser.add_argument("--language", type=Language, choices=list(Language), help=say("help.language"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title=say("help.commands"))
    for declare in (
        _digitize,
        _list,
        _show,
        _find,
        _get,
        _export,
        _sign,
        _orders,
        _result,
        _depositories,
        _desk,
        _quarantine,
        _exchange,
        _report,
        _import,
        _verify,
        _mirror,
        _backup,
        _restore,
        _audit,
        _disposal,
        _trust,
        _renew,
        _separators,
        _checks,
        _run,
        _work,
        _resume,
        _specimens,
        _demo,
    ):
        declare(commands, say)
    for name in ("list", "show", "find", "get", "export"):  # they show or hand out what is kept about people
        commands.choices[name].add_argument(
            "--purpose", type=_text, default="", metavar="TEXT", help=say("help.purpose")
        )
    for command in commands.choices.values():
        command.add_argument("--language", type=Language, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        command.add_argument("--json", action="store_true", help=say("help.json"))
    return parser


def _command(commands: _Commands[argparse.ArgumentParser], say: Say, name: str, *, run: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=say(f"help.{name}"), description=say(f"help.{name}"))
    command.set_defaults(run=run)
    return command


def _digitize(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    digitize = _command(commands, say, "digitize", run="app.cli.digitize:run")
    digitize.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=say("help.digitize_path"))
    digitize.add_argument("--dossier", metavar="CODE", help=say("help.digitize_dossier"))
    either = digitize.add_mutually_exclusive_group()
    either.add_argument("--out", type=Path, metavar="DIR", help=say("help.digitize_out"))
    either.add_argument("--detach", action="store_true", help=say("help.digitize_detach"))


def _list(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    listing = _command(commands, say, "list", run="app.cli.listing:run_list")
    listing.add_argument("--batch", metavar="ID", help=say("help.filter_batch"))
    listing.add_argument("--dossier", type=_text, metavar="CODE", help=say("help.filter_dossier"))
    listing.add_argument("--type", metavar="TYPE", help=say("help.filter_type"))
    listing.add_argument(
        "--state", type=DocumentState, choices=list(DocumentState), metavar="STATE", help=say("help.filter_state")
    )
    listing.add_argument("--limit", type=_count, default=100, metavar="N", help=say("help.limit"))
    listing.add_argument("--after", metavar="ID", help=say("help.after"))


def _show(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    show = _command(commands, say, "show", run="app.cli.listing:run_show")
    show.add_argument("id", metavar="ID", help=say("help.show_id"))


def _find(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    find = _command(commands, say, "find", run="app.cli.finding:run")
    find.add_argument("words", nargs="*", type=_text, metavar="WORD", help=say("help.find_words"))
    find.add_argument("--limit", type=_count, default=20, metavar="N", help=say("help.limit"))
    declare_find(find, say)


def _get(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    get = _command(commands, say, "get", run="app.cli.fetching:run_get")
    get.add_argument("id", metavar="ID", help=say("help.document_id"))
    get.add_argument("--part", type=Part, choices=list(Part), default=Part.COPY, help=say("help.get_part"))
    get.add_argument("--page", type=_count, default=1, metavar="N", help=say("help.get_page"))
    get.add_argument("--out", type=Path, metavar="FILE", help=say("help.get_out"))


def _export(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    export = _command(commands, say, "export", run="app.cli.fetching:run_export")
    export.add_argument("id", nargs="?", metavar="ID", help=say("help.batch_id"))
    export.add_argument("--all", action="store_true", help=say("help.export_all"))
    export.add_argument("--plain", action="store_true", help=say("help.export_plain"))
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help=say("help.export_out"))


def _sign(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    sign = _command(commands, say, "sign", run="app.cli.signing:run_sign")
    sign.add_argument("ids", nargs="*", metavar="ID", help=say("help.sign_id"))
    sign.add_argument(
        "--role", type=SignerRole, choices=list(SignerRole), default=SignerRole.COPY, help=say("help.sign_role")
    )
    sign.add_argument(
        "--level", type=_level, choices=list(SignatureLevel), metavar="LEVEL", help=say("help.sign_level")
    )
    sign.add_argument("--signer", metavar="NAME", help=say("help.sign_signer"))
    sign.add_argument("--organ", type=_text, metavar="NAME", help=say("help.sign_organ"))
    sign.add_argument(
        "--veto", type=_reasoned, action="append", default=[], metavar="ID=REASON", help=say("help.sign_veto")
    )
    sign.add_argument("--appendix-of", type=_text, default="", metavar="REFERENCE", help=say("help.sign_appendix"))
    sign.add_argument("--resume", action="store_true", help=say("help.sign_resume"))


def _orders(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    orders = _command(commands, say, "orders", run="app.cli.orders:run")
    orders.add_argument("id", nargs="?", metavar="ORDER", help=say("help.order_id"))
    either = orders.add_mutually_exclusive_group()
    either.add_argument("--stop", type=_text, metavar="REASON", help=say("help.order_stop"))
    either.add_argument("--veto", type=_reasoned, metavar="ID=REASON", help=say("help.sign_veto"))
    either.add_argument("--out", type=Path, metavar="DIR", help=say("help.order_out"))


def _result(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    result = _command(commands, say, "result", run="app.cli.results:run")
    actions = ("issue", "show", "revoke", "supersede", "print")
    result.add_argument("action", choices=actions, metavar="ACTION", help=say("help.result_action"))
    result.add_argument("id", type=_text, metavar="CODE|ID", help=say("help.result_id"))
    result.add_argument("--data", action="store_true", help=say("help.result_data"))
    result.add_argument("--dossier", type=_text, metavar="CODE", help=say("help.result_dossier"))
    result.add_argument("--anyway", action="store_true", help=say("help.result_anyway"))
    result.add_argument("--reason", type=_text, metavar="TEXT", help=say("help.result_reason"))
    result.add_argument("--by", type=_text, metavar="CODE", help=say("help.result_by"))
    result.add_argument("--converter", type=_text, metavar="NAME", help=say("help.result_converter"))
    result.add_argument("--out", type=Path, metavar="FILE", help=say("help.result_out"))


def _depositories(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_depository(_command(commands, say, "depository", run="app.cli.depositories:run"), say)
    declare_publish(_command(commands, say, "publish", run="app.cli.depositories:run_publish"), say)
    declare_owner(_command(commands, say, "owner", run="app.cli.owners:run"), say)


def _desk(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_correct(_command(commands, say, "correct", run="app.cli.correcting:run"), say)
    declare_procedures(_command(commands, say, "procedures", run="app.cli.procedures:run"), say)
    declare_account(_command(commands, say, "account", run="app.cli.accounts:run"), say)
    declare_client(_command(commands, say, "client", run="app.cli.clients:run"), say)
    declare_webhook(_command(commands, say, "webhook", run="app.cli.webhooks:run"), say)
    declare_events(_command(commands, say, "events", run="app.cli.events:run"), say)


def _quarantine(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    _command(commands, say, "quarantine", run="app.cli.quarantine:run")


def _verify(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    verify = _command(commands, say, "verify", run="app.cli.verifying:run")
    verify.add_argument("what", nargs="?", metavar="FILE|ID", help=say("help.verify_what"))
    verify.add_argument("--audit", action="store_true", help=say("help.verify_audit"))
    verify.add_argument("--all", action="store_true", help=say("help.verify_all"))
    verify.add_argument("--repair", action="store_true", help=say("help.verify_repair"))
    verify.add_argument("--since", metavar="TIME", type=_moment, help=say("help.verify_since"))
    verify.add_argument("--at", metavar="TIME", type=_moment, help=say("help.verify_at"))


def _disposal(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_retention(_command(commands, say, "retention", run="app.cli.holding:run_retention"), say)
    declare_hold(_command(commands, say, "hold", run="app.cli.holding:run_list"), say)
    declare_disposal(_command(commands, say, "disposal", run="app.cli.disposing:run_lists"), say)


def _mirror(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    _command(commands, say, "mirror", run="app.cli.caring:run_mirror")


def _import(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    taking = _command(commands, say, "import", run="app.cli.carrying:run_import")
    taking.add_argument("folder", type=Path, metavar="DIR", help=say("help.import_folder"))


def _backup(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    backup = _command(commands, say, "backup", run="app.cli.backing_up:run_backup")
    backup.add_argument("folder", type=Path, metavar="DIR", help=say("help.backup_folder"))


def _restore(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    restore = _command(commands, say, "restore", run="app.cli.backing_up:run_restore")
    restore.add_argument("folder", type=Path, metavar="DIR", help=say("help.restore_folder"))
    restore.add_argument("--verify", action="store_true", help=say("help.restore_verify"))


def _exchange(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_exchange(_command(commands, say, "exchange", run="app.cli.exchanging:run_list"), say)


def _report(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_report(_command(commands, say, "report", run="app.cli.reporting:run_indices"), say)


def _audit(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_audit(_command(commands, say, "audit", run="app.cli.auditing:run_verify"), say)


def _trust(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_trust(_command(commands, say, "trust", run="app.cli.trusting:run_list"), say)


def _renew(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    declare_renew(_command(commands, say, "renew", run="app.cli.renewing:run"), say)


def _checks(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    doctor = _command(commands, say, "doctor", run="app.cli.examining:run")
    doctor.add_argument("--storage", action="store_true", help=say("help.doctor_storage"))
    declare_storage(_command(commands, say, "storage", run="app.cli.storing:run_probe"), say)
    _command(commands, say, "settings", run="app.cli.checking:run_settings")
    types = _command(commands, say, "types", run="app.cli.declarations:run_types")
    types.add_argument(
        "action",
        nargs="?",
        type=TypesAction,
        choices=list(TypesAction),
        default=TypesAction.LIST,
        metavar="|".join(TypesAction),
        help=say("help.types_action"),
    )
    types.add_argument("--folder", type=Path, metavar="DIR", help=say("help.types_folder"))


def _separators(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    separators = _command(commands, say, "separators", run="app.cli.separators:run")
    separators.add_argument("codes", nargs="+", type=_text, metavar="CODE", help=say("help.separators_code"))
    separators.add_argument("--out", type=Path, metavar="FILE", required=True, help=say("help.separators_out"))


def _run(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    _command(commands, say, "run", run="app.cli.running:run_office")


def _work(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    work = _command(commands, say, "work", run="app.cli.working:run_work")
    work.add_argument("--limit", type=_count, default=1, metavar="N", help=say("help.work_limit"))


def _resume(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    _command(commands, say, "resume", run="app.cli.unfinished:run_resume_all")


def _specimens(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    specimens = _command(commands, say, "specimens", run="app.cli.running:run_specimens")
    specimens.add_argument("out", type=Path, metavar="DIR", help=say("help.specimens_out"))
    specimens.add_argument("--seed", type=int, default=SEED, metavar="N", help=say("help.seed"))
    specimens.add_argument("--dossiers", type=_count, default=3, metavar="N", help=say("help.dossiers"))


def _demo(commands: _Commands[argparse.ArgumentParser], say: Say) -> None:
    demo = _command(commands, say, "demo", run="app.cli.demo:run")
    demo.add_argument("--out", type=Path, default=Path(".demo"), metavar="DIR", help=say("help.demo_out"))


def _text(typed: str) -> str:
    """Return what was typed in NFC: some keyboards and shells on macOS give decomposed letters."""
    return unicodedata.normalize("NFC", typed)


def _reasoned(typed: str) -> tuple[str, str]:
    """Return what is named and why; a decision about a paper is never kept without its reason."""
    named, _, reason = _text(typed).partition("=")
    if not named.strip() or not reason.strip():
        raise argparse.ArgumentTypeError(f"{typed}: ID=REASON")
    return named.strip(), reason.strip()


def _level(typed: str) -> SignatureLevel:
    """Return a level; `LT` stands for `B-LT`, as people say it."""
    return SignatureLevel(typed if typed.startswith("B-") else f"B-{typed}")


def _count(typed: str) -> int:
    count = int(typed)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{typed} < 1")
    return count


def _moment(typed: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(typed)
    return moment if moment.tzinfo else moment.astimezone()
