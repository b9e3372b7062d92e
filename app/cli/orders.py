"""`sohoa orders`: what is being signed and what waits; stop, veto, and hand out the manifest."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from app.cli.context import Context, ExitCode
from app.language import reason_words
from app.services import Services, open_services
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.signing_order import KeptOrder, OrderId
from pipeline.ports import Area
from pipeline.usecases.export_batch import write_object
from pipeline.usecases.sign_documents import stop_order, veto_document


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List pending orders, or show one, stop it, take a document out of it, or write its manifest."""
    if arguments.id is None and (arguments.stop or arguments.veto or arguments.out):
        context.note("orders.name_order")
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        if arguments.id is None:
            orders = list(services.orders.pending())
            if not orders:
                context.note("orders.none")
        else:
            order = OrderId(arguments.id)
            _change(order, arguments, services)
            found = services.orders.load(order)
            if found is None:
                raise NotFound(what="order", id=order)
            orders = [found]
            if arguments.out is not None and not _write_manifest(found, arguments.out, context, services):
                return ExitCode.NOTHING
    if arguments.json:
        context.print_json([_order_json(each) for each in orders])
        return ExitCode.DONE
    for each in orders:
        counts = Counter(item.state for item in each.items)
        states = ", ".join(f"{context.say(f'item_state.{state.value}')} {count}" for state, count in counts.items())
        context.tell(
            "orders.line",
            order=each.id,
            state=context.say(f"order_state.{each.state.value}"),
            role=each.role.value,
            level=each.level.value,
            states=states,
        )
        for item in each.items if arguments.id else ():
            said = context.say(f"item_state.{item.state.value}")
            reason = reason_words(item.reason, context.say)
            context.out.print(f"  {item.document} {said} {reason}".rstrip(), soft_wrap=True)
    return ExitCode.DONE


def _change(order: OrderId, arguments: argparse.Namespace, services: Services) -> None:
    if arguments.stop:
        stop_order(order, arguments.stop, orders=services.orders)
    if arguments.veto:
        document, reason = arguments.veto
        veto_document(order, DocumentId(document), reason, orders=services.orders, clock=services.clock)


def _write_manifest(order: KeptOrder, folder: Path, context: Context, services: Services) -> bool:
    if order.manifest is None or order.manifest_signature is None:
        context.note("orders.no_manifest", order=order.id)
        return False
    for sha256, name in ((order.manifest, "manifest.json"), (order.manifest_signature, "manifest.p7s")):
        write_object(services.objects, Area.ARCHIVE, sha256, folder / name)
    return True


def _order_json(order: KeptOrder) -> dict[str, Any]:
    return {
        "id": order.id,
        "created_at": order.created_at.isoformat(timespec="seconds"),
        "role": order.role.value,
        "level": order.level.value,
        "signer": order.signer,
        "state": order.state.value,
        "reason": order.reason or None,
        "manifest": order.manifest,
        "documents": [
            {
                "document": item.document,
                "state": item.state.value,
                "shown": item.shown,
                "signed": item.signed,
                "level": item.level.value if item.level else None,
                "reason": item.reason or None,
            }
            for item in order.items
        ],
    }
