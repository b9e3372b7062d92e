"""Carrying out a list of disposal, in SQL: what is claimed, what goes with it, and what is left in the records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.disposal import Disposal, DisposalId, DisposalItem, DisposalState, ItemState, KeepReason
from pipeline.domain.errors import DisposalRefused, NotFound
from pipeline.domain.ids import ContentHash
from storage.database import reading
from storage.disposal_approval import refuse_unproven
from storage.disposal_reach import source_in_the_way, take_along
from storage.disposal_scrub import leave_no_log, leave_no_words, scrub_document, scrub_sources
from storage.disposal_tables import (
    disposal_items,
    disposal_objects,
    disposals,
    disposed_sources,
    document_gone,
    hold_still,
)
from storage.disposals_sql import item_subject, read_disposal, read_item, refuse_altered
from storage.holds_sql import hold_on_batch, holds_on
from storage.rearrange_tables import replaced_pages
from storage.recorded import Book, recorded
from storage.tables import copy_versions, document_pages, documents


class SqlDisposalWork:
    """Implements `pipeline.disposal_ports.DisposalWork`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def begin(self, disposal: DisposalId, *, at: dt.datetime) -> Disposal:
        """Note who carries out an approved list, and since when; the first one counts."""
        who = self._book.author.name
        with recorded(self._book, Action.DISPOSAL_BEGUN, _subject(disposal)) as connection:
            found = read_disposal(connection, disposal, locked=True)
            if found is None:
                raise NotFound(what="disposal", id=disposal)
            refuse_altered(found)
            if found.state not in (DisposalState.APPROVED, DisposalState.CARRIED_OUT):
                raise DisposalRefused(disposal=disposal, reason="disposal_not_approved")
            refuse_unproven(connection, found)
            this = disposals.c.id == disposal
            first = sa.update(disposals).where(this, disposals.c.begun_by.is_(None))
            connection.execute(first.values(begun_by=who, begun_at=at))
            return read_disposal(connection, disposal) or found

    def claim(self, disposal: DisposalId, position: int, *, at: dt.datetime) -> DisposalItem:
        """Mark an entry as being removed and write down what goes with it, unless something is in the way."""
        subject = item_subject(disposal, position)
        with recorded(self._book, Action.REMOVAL_BEGUN, subject) as connection:
            hold_still(connection)
            item = read_item(connection, disposal, position)
            if item.state is ItemState.LISTED:
                in_the_way = _in_the_way(connection, subject.id, item)
                state = ItemState.KEPT if in_the_way else ItemState.REMOVING
                _set(connection, subject.id, state, in_the_way, at if in_the_way else None)
                item = replace(item, state=state)
            if item.state is ItemState.REMOVING:
                take_along(connection, subject.id, item)
            return read_item(connection, disposal, position)

    def keep(self, disposal: DisposalId, position: int, *, reason: str, at: dt.datetime) -> None:
        """End an entry of which nothing has been removed: it is kept, and everything counts on its objects again."""
        subject = item_subject(disposal, position)
        with recorded(self._book, Action.REMOVAL_REFUSED, subject, reason=reason) as connection:
            for table in (disposal_objects, disposed_sources):
                connection.execute(sa.delete(table).where(table.c.item == subject.id))
            _set(connection, subject.id, ItemState.KEPT, reason, at)

    def settle(self, disposal: DisposalId, position: int, *, at: dt.datetime) -> bool:
        """End an entry whose objects are removed, unless more goes with it by now; say whether it has ended."""
        subject = item_subject(disposal, position)
        touched = self._touched(disposal, position)
        with recorded(self._book, Action.DISPOSED, subject, *touched, details={"disposal": disposal}) as connection:
            hold_still(connection)
            item = read_item(connection, disposal, position)
            if item.state is not ItemState.REMOVING:
                return True
            if _takes_more(connection, subject.id, item):
                return False
            if item.document is not None:
                scrub_document(connection, item.batch, item.document)
            scrub_sources(connection, subject.id)
            _set(connection, subject.id, ItemState.DISPOSED, "", at)
            return True

    def finish(self, disposal: DisposalId, *, at: dt.datetime, certificate: ContentHash | None) -> Disposal:
        """Note when all entries had ended, and then the certificate that says so; the first words count."""
        this = disposals.c.id == disposal
        with recorded(self._book, Action.DISPOSAL_FINISHED, _subject(disposal)) as connection:
            first = sa.update(disposals).where(this, disposals.c.finished_at.is_(None))
            if connection.execute(first.values(finished_at=at)).rowcount:
                leave_no_words(connection)
            if certificate is not None:
                named = sa.update(disposals).where(this, disposals.c.certificate.is_(None))
                connection.execute(named.values(certificate=certificate, state=DisposalState.CARRIED_OUT.value))
            found = read_disposal(connection, disposal)
            if found is None:
                raise NotFound(what="disposal", id=disposal)
        leave_no_log(self._book.engine)
        return found

    def _touched(self, disposal: DisposalId, position: int) -> Sequence[Subject]:
        """Return the records that change when an entry ends; nobody else changes them in the same transaction."""
        with reading(self._book.engine) as connection:
            item = read_item(connection, disposal, position)
            papers = set(connection.scalars(_papers_of_sources(item_subject(disposal, position).id)))
        touched = {Subject(SubjectKind.DOCUMENT, each) for each in papers}
        if item.document is not None:
            kinds = (SubjectKind.DOCUMENT, SubjectKind.COPIES, SubjectKind.HOLDING)
            touched |= {Subject(kind, item.document) for kind in kinds}
        return (*sorted(touched, key=lambda each: (each.kind, each.id)), Subject(SubjectKind.BATCH, item.batch))


def _papers_of_sources(item: str) -> sa.CompoundSelect[str]:
    """Return the papers with pages of the sources that go with an entry: they name them, also where they ended before."""
    gone = disposed_sources.c

    def papers(table: sa.Table) -> sa.Select[str]:
        same = sa.and_(table.c.batch == gone.batch, table.c.source == gone.name)
        return sa.select(table.c.document).join(disposed_sources, same).where(gone.item == item)

    return sa.union(papers(document_pages), papers(replaced_pages))


def _subject(disposal: DisposalId) -> Subject:
    return Subject(SubjectKind.DISPOSAL, disposal)


def _in_the_way(connection: sa.Connection, this: str, item: DisposalItem) -> str:
    """Return why an entry may not be removed; nothing if it may."""
    if item.document is None:
        hold = hold_on_batch(connection, item.batch)
        return source_in_the_way(connection, this, item) if hold is None else f"{KeepReason.HELD}:{hold.id}"
    # whoever adds a version waits until this is decided, and is told that the paper goes
    connection.execute(sa.select(documents.c.id).where(documents.c.id == item.document).with_for_update())
    if connection.scalar(sa.select(document_gone(sa.literal(item.document)))):
        return KeepReason.GONE
    held = holds_on(connection, [item.document]).get(item.document, ())
    if held:
        return f"{KeepReason.HELD}:{held[0].id}"
    versions = sa.select(copy_versions.c.sha256).where(copy_versions.c.document == item.document)
    newest = connection.scalar(versions.order_by(copy_versions.c.number.desc()).limit(1))
    return "" if newest == item.sha256 else KeepReason.CHANGED


def _takes_more(connection: sa.Connection, this: str, item: DisposalItem) -> bool:
    """Say whether more goes with an entry by now: another one that shared something with it has ended meanwhile."""
    with connection.begin_nested() as trial:
        more = take_along(connection, this, item)
        if more:
            trial.rollback()  # it is claimed first, and the trail then says so
    return more


def _set(connection: sa.Connection, item: str, state: ItemState, reason: str, at: dt.datetime | None) -> None:
    change = sa.update(disposal_items).where(disposal_items.c.id == item)
    connection.execute(change.values(state=state.value, reason=reason, ended_at=at))
