"""What a certificate of disposal says to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from app.language import Say
from pipeline.domain.disposal import Disposal, DisposalItem, ItemState


def certificate_lines(disposal: Disposal, say: Say) -> list[str]:
    """Return the lines of a certificate: who, when, why, and what of each entry was removed."""
    return list(_lines(disposal, say))


def item_end(item: DisposalItem, say: Say) -> str:
    """Return how an entry stands, in words."""
    state = say(f"disposal_item.{item.state.value}")
    if item.state is not ItemState.KEPT:
        return state
    reason, _, what = item.reason.partition(":")
    return f"{state}: {say(f'keep_reason.{reason}', what=what)}"


def _lines(disposal: Disposal, say: Say) -> Iterator[str]:
    yield say("certificate.title")
    yield say("certificate.list", id=disposal.id, certificate=disposal.certificate or "")
    yield say("certificate.reason", reason=disposal.reason)
    for key, who, at in (
        ("proposed", disposal.proposed_by, disposal.created_at),
        ("endorsed", disposal.endorsed_by, disposal.endorsed_at),
        ("approved", disposal.decided_by, disposal.decided_at),
        ("begun", disposal.begun_by, disposal.begun_at),
    ):
        if who is not None:
            yield say(f"certificate.{key}", who=who, at=_moment(at))
    yield say("certificate.finished", at=_moment(disposal.finished_at))
    yield say("certificate.decision", reason=disposal.decision_reason)
    for item in disposal.items:
        yield ""
        yield from _item_lines(item, say)


def _item_lines(item: DisposalItem, say: Say) -> Iterator[str]:
    named = item.document or f"{item.batch} {item.source}"
    yield f"{item.position}. {named} · {item.type or '–'} · {item.dossier or '–'}"
    yield say(
        "certificate.rule",
        rule=item.rule,
        source=item.rule_source,
        code=item.code.value,
        began=f"{item.began:%d/%m/%Y}",
        due=f"{item.due:%d/%m/%Y}",
    )
    yield say("certificate.end", end=item_end(item, say), at=_moment(item.ended_at))
    for each in item.removed if item.state is ItemState.DISPOSED else ():
        yield f"   {say(f'removed.{each.what}')}: {each.sha256}"


def _moment(at: dt.datetime | None) -> str:
    return "–" if at is None else f"{at.astimezone():%d/%m/%Y %H:%M:%S}"
