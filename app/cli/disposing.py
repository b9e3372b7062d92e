"""`sohoa disposal …`: lists of papers whose time is over; one person proposes, another approves, then they are removed."""

from __future__ import annotations

import argparse

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.cli.writing import writing
from app.disposal_words import certificate_lines, item_end
from app.services import Services, open_services, rules_of
from pipeline.assemble.text_sheets import write_text_sheets
from pipeline.domain.batch import Stage
from pipeline.domain.disposal import Disposal, DisposalId, ItemState
from pipeline.domain.errors import DisposalRefused, NotFound
from pipeline.ports import Area
from pipeline.specimens.fonts import Face, face_file
from pipeline.usecases.carry_out_disposal import carry_out_disposal
from pipeline.usecases.disposal_certificate import certificate_json
from pipeline.usecases.propose_disposal import propose_disposal, propose_secret

_PDF, _JSON = ".pdf", ".json"


def run_lists(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show the newest lists."""
    with open_services(context.settings, author=context.author) as services:
        lists = services.disposing.disposals.all()
    if arguments.json:
        context.print_json([disposal_json(each) for each in lists])
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("list", "created_at", "proposed_by", "state", "decided_by", "reason"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in lists:
        created, state = (
            f"{each.created_at.astimezone():%d/%m/%Y %H:%M}",
            context.say(f"disposal_state.{each.state.value}"),
        )
        table.add_row(each.id, created, each.proposed_by, state, each.decided_by or "", each.reason)
    context.out.print(table)
    return ExitCode.DONE


def run_propose(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Propose what is due, or sources that hold secrets."""
    with open_services(context.settings, author=context.author) as services:
        needs = services.disposing
        if arguments.secret:
            disposal = propose_secret(
                by=services.author,
                reason=arguments.reason,
                limit=arguments.limit,
                papers=needs.papers,
                disposals=needs.disposals,
                clock=services.clock,
            )
        else:
            disposal = propose_disposal(
                by=services.author,
                reason=arguments.reason,
                limit=arguments.limit,
                papers=needs.papers,
                holds=services.holds,
                disposals=needs.disposals,
                rules=rules_of(context.settings, services.catalogue),
                clock=services.clock,
            )
    return _told(disposal, arguments, context)


def run_show(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show a list with its entries."""
    with open_services(context.settings, author=context.author) as services:
        disposal = _load(arguments.id, services)
    return _told(disposal, arguments, context)


def run_approve(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Approve a list in the name of whoever runs the command."""
    return _decide(arguments, context, approved=True)


def run_reject(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Reject a list; its proposer may withdraw it so."""
    return _decide(arguments, context, approved=False)


def run_carry_out(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Remove what is on an approved list."""
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listen:
        done = carry_out_disposal(
            DisposalId(arguments.id),
            services=services.disposing,
            rules=rules_of(context.settings, services.catalogue),
            on_item=counting(Stage.DISPOSE, listen),
        )
    _told(done, arguments, context)
    return ExitCode.SOME if any(each.state is ItemState.KEPT for each in done.items) else ExitCode.DONE


def run_certificate(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show the certificate of a list that is carried out, or write it as text, PDF, or the very JSON that is kept."""
    with open_services(context.settings, author=context.author) as services:
        disposal = _load(arguments.id, services)
        if disposal.certificate is None:
            raise DisposalRefused(disposal=disposal.id, reason="disposal_unfinished")
        with services.objects.open(Area.ARCHIVE, disposal.certificate) as stream:
            kept = stream.read()
    lines = certificate_lines(disposal, context.say)
    if arguments.out is None:
        if arguments.json:
            context.out.file.write(kept.decode() + "\n")
        else:
            context.out.print("\n".join(lines), soft_wrap=True)
        return ExitCode.DONE
    with writing(arguments.out):
        if arguments.out.suffix == _JSON:
            arguments.out.write_bytes(kept)
        elif arguments.out.suffix == _PDF:
            write_text_sheets(lines, arguments.out, font=face_file(Face.SANS))
        else:
            arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    context.note("get.written", file=arguments.out)
    return ExitCode.DONE


def disposal_json(disposal: Disposal) -> dict[str, object]:
    """Return a list as `--json` gives it: what its certificate says, and where that is kept."""
    return {**certificate_json(disposal), "certificate": disposal.certificate}


def _decide(arguments: argparse.Namespace, context: Context, *, approved: bool) -> ExitCode:
    with open_services(context.settings, author=context.author) as services:
        disposal = services.disposing.disposals.decide(
            DisposalId(arguments.id), approved=approved, at=services.clock.now(), reason=arguments.reason
        )
    return _told(disposal, arguments, context)


def _load(named: str, services: Services) -> Disposal:
    disposal = services.disposing.disposals.load(DisposalId(named))
    if disposal is None:
        raise NotFound(what="disposal", id=named)
    return disposal


def _told(disposal: Disposal, arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.json:
        context.print_json(disposal_json(disposal))
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("number", "paper", "type", "dossier", "rule", "began", "may_go", "state"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in disposal.items:
        began, due = f"{each.began:%d/%m/%Y}", f"{each.due:%d/%m/%Y}"
        named = each.document or f"{each.batch} {each.source}"
        end = item_end(each, context.say)
        table.add_row(str(each.position), named, each.type or "", each.dossier or "", each.rule, began, due, end)
    context.out.print(table)
    state = "endorsed" if disposal.endorsed_by and not disposal.decided_by else disposal.state.value
    context.tell(
        f"disposal.{state}",
        id=disposal.id,
        count=len(disposal.items),
        removed=sum(each.state is ItemState.DISPOSED for each in disposal.items),
        certificate=disposal.certificate or "",
    )
    return ExitCode.DONE
