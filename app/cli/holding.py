"""`sohoa retention`, `sohoa hold`: how long papers are kept, and what keeps them longer."""

from __future__ import annotations

import argparse
import os
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.services import open_services, rules_of, types_of
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.retention import PERMANENT, Hold, HoldId, Retention, RetentionRule, retention_of
from pipeline.usecases.place_hold import place_hold
from pipeline.usecases.retention_schedule import load_schedule


def run_retention(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show the schedule in force, how long one paper is kept, or what is wrong with a schedule."""
    if arguments.id is not None:
        return _show_paper(DocumentId(arguments.id), arguments, context)
    catalogue = types_of(context.settings)
    if arguments.check is not None:
        rules = load_schedule(arguments.check, types=frozenset(each.code for each in catalogue))
    else:
        rules = rules_of(context.settings, catalogue)
    if arguments.json:
        context.print_json([_rule_json(rule) for rule in (*rules, PERMANENT)])
    else:
        context.out.print(_rules_table((*rules, PERMANENT), context))
    return ExitCode.DONE


def _show_paper(document: DocumentId, arguments: argparse.Namespace, context: Context) -> ExitCode:
    with open_services(context.settings, author=context.author) as services:
        paper = services.disposing.papers.paper(document)
        if paper is None:
            if services.library.document(document) is None:
                raise NotFound(document=document)
            context.note("retention.not_sure", id=document)
            return ExitCode.SOME
        retention = retention_of(paper, rules_of(context.settings, services.catalogue))
        held = services.holds.on([document]).get(document, ())
    if arguments.json:
        context.print_json(_retention_json(retention) | {"holds": [hold_json(each) for each in held]})
        return ExitCode.DONE
    rule = retention.rule
    context.tell("retention.rule", rule=rule.id, period=_period(rule, context), source=rule.source)
    if retention.began is not None:
        context.tell("retention.began", day=f"{retention.began:%d/%m/%Y}")
    if retention.due is not None:
        context.tell("retention.due", day=f"{retention.due:%d/%m/%Y}")
    for each in held:
        context.tell("hold.in_force", id=each.id, by=each.placed_by, reason=each.reason)
    return ExitCode.DONE


def run_place(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Place a hold."""
    with open_services(context.settings, author=context.author) as services:
        hold = place_hold(
            arguments.kind,
            arguments.subject,
            by=services.author.name,
            reason=arguments.reason,
            holds=services.holds,
            clock=services.clock,
            random_bytes=os.urandom,
        )
    return _told(hold, arguments, context)


def run_lift(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Lift a hold."""
    with open_services(context.settings, author=context.author) as services:
        hold = services.holds.lift(
            HoldId(arguments.id), at=services.clock.now(), by=services.author.name, reason=arguments.reason
        )
    return _told(hold, arguments, context)


def run_list(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show the holds in force, and with `--lifted` those of before."""
    with open_services(context.settings, author=context.author) as services:
        holds = services.holds.all(lifted=getattr(arguments, "lifted", False))
    if arguments.json:
        context.print_json([hold_json(each) for each in holds])
        return ExitCode.DONE
    if not holds:
        context.note("hold.none")
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("hold", "kind", "on", "placed", "reason", "lifted"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in holds:
        lifted = (
            f"{each.lifted_at.astimezone():%d/%m/%Y} {each.lifted_by}: {each.lift_reason}" if each.lifted_at else ""
        )
        placed = f"{each.placed_at.astimezone():%d/%m/%Y} {each.placed_by}"
        kind = context.say(f"hold_kind.{each.kind.value}")
        table.add_row(each.id, kind, each.subject, placed, each.reason, lifted)
    context.out.print(table)
    return ExitCode.DONE


def _told(hold: Hold, arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.json:
        context.print_json(hold_json(hold))
    else:
        key = "hold.placed" if hold.lifted_at is None else "hold.lifted"
        context.tell(key, id=hold.id, kind=context.say(f"hold_kind.{hold.kind.value}"), subject=hold.subject)
    return ExitCode.DONE


def hold_json(hold: Hold) -> dict[str, Any]:
    """Return a hold as `--json` gives it."""
    return {
        "id": hold.id,
        "kind": hold.kind.value,
        "subject": hold.subject,
        "placed_at": hold.placed_at.isoformat(timespec="seconds"),
        "placed_by": hold.placed_by,
        "reason": hold.reason,
        "lifted_at": hold.lifted_at.isoformat(timespec="seconds") if hold.lifted_at else None,
        "lifted_by": hold.lifted_by,
        "lift_reason": hold.lift_reason or None,
    }


def _rules_table(rules: tuple[RetentionRule, ...], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("rule", "types", "procedures", "period", "since", "source_text"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for rule in rules:
        since = "" if rule is PERMANENT else f"{rule.since:%d/%m/%Y}"
        until = f" – {rule.until:%d/%m/%Y}" if rule.until else ""
        types, procedures = (", ".join(sorted(each)) or "*" for each in (rule.types, rule.procedures))
        table.add_row(rule.id, types, procedures, _period(rule, context), since + until, rule.source)
    return table


def _period(rule: RetentionRule, context: Context) -> str:
    if rule.years is None:
        return context.say("retention.for_ever")
    return context.say(f"retention.{rule.begins.value}", years=rule.years)


def _rule_json(rule: RetentionRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "procedures": sorted(rule.procedures),
        "types": sorted(rule.types),
        "retention": rule.code.value,
        "years": rule.years,
        "begins": rule.begins.value,
        "since": None if rule is PERMANENT else rule.since.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "source": rule.source,
    }


def _retention_json(retention: Retention) -> dict[str, Any]:
    return {
        "rule": _rule_json(retention.rule),
        "began": retention.began.isoformat() if retention.began else None,
        "due": retention.due.isoformat() if retention.due else None,
    }
