"""Propose a list of papers whose time is over. Nothing is removed by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from pipeline.disposal_ports import Disposals, Holds, KeptPapers
from pipeline.domain.audit import Author
from pipeline.domain.audit_seal import day_of
from pipeline.domain.disposal import Disposal, DisposalItem, ItemKind, proposed
from pipeline.domain.errors import DisposalRefused
from pipeline.domain.retention import KeptPaper, Retention, RetentionRule, retention_of
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.ports import Clock

_AT_ONCE = 500
"""papers looked at together"""


def propose_disposal(
    *,
    by: Author,
    reason: str,
    limit: int,
    papers: KeptPapers,
    holds: Holds,
    disposals: Disposals,
    rules: Collection[RetentionRule],
    clock: Clock,
    scope: Scope = EVERYTHING,
) -> Disposal:
    """Propose at most `limit` papers that are due today and not held, and return the list.

    Raises:
        DisposalRefused: there is none, or somebody else has just listed one of them.
    """
    now = clock.now()
    items = []
    for paper, retention in due_papers(papers=papers, holds=holds, rules=rules, clock=clock, scope=scope):
        items.append(_item(paper, retention))
        if len(items) == limit:
            break
    return _proposed(items, disposals, by=by, reason=reason, now=now)


def propose_secret(
    *,
    by: Author,
    reason: str,
    limit: int,
    papers: KeptPapers,
    disposals: Disposals,
    clock: Clock,
    scope: Scope = EVERYTHING,
) -> Disposal:
    """Propose the sources that hold state secrets, which should never have come in, and return the list.

    Raises:
        DisposalRefused: there is none.
    """
    items = list(papers.secret_sources(limit=limit, scope=scope))
    return _proposed(items, disposals, by=by, reason=reason, now=clock.now())


def due_papers(
    *,
    papers: KeptPapers,
    holds: Holds,
    rules: Collection[RetentionRule],
    clock: Clock,
    scope: Scope = EVERYTHING,
) -> Iterator[tuple[KeptPaper, Retention]]:
    """Yield the papers that are due today, not held and on no list that is under way, by id."""
    today = day_of(clock.now())
    if not any(rule.years is not None for rule in rules):
        return  # everything is kept for ever
    after = None
    while portion := papers.papers(limit=_AT_ONCE, after=after, scope=scope):
        after = portion[-1].document
        due = [(each, found) for each in portion if (found := retention_of(each, rules)).is_due(today)]
        held = holds.on([paper.document for paper, _ in due])
        yield from ((paper, found) for paper, found in due if paper.document not in held)


def _item(paper: KeptPaper, retention: Retention) -> DisposalItem:
    if retention.began is None or retention.due is None:
        raise ValueError("a paper that is not due is not listed")
    return DisposalItem(
        position=0,
        kind=ItemKind.DOCUMENT,
        batch=paper.batch,
        document=paper.document,
        sha256=paper.newest,
        dossier=paper.dossier,
        type=paper.type,
        rule=retention.rule.id,
        rule_source=retention.rule.source,
        code=retention.rule.code,
        began=retention.began,
        due=retention.due,
    )


def _proposed(
    items: Sequence[DisposalItem], disposals: Disposals, *, by: Author, reason: str, now: dt.datetime
) -> Disposal:
    if not items:
        raise DisposalRefused(disposal="", reason="disposal_nothing_due")
    disposal = proposed(items, by=by, at=now, reason=reason)
    disposals.propose(disposal)
    return disposal
