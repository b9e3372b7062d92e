"""What goes with an entry of a list of disposal: sources that no other paper needs, and objects that nothing else names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from pipeline.domain.disposal import DisposalItem, KeepReason
from pipeline.domain.errors import SecretPaper
from pipeline.domain.ids import ContentHash
from pipeline.domain.page import PageState
from pipeline.ports import Area
from storage.disposal_tables import disposal_objects, disposed_sources, document_ended, source_ended
from storage.ledger_sql import forget_keys, keys_about
from storage.named_objects import namings
from storage.tables import copy_versions, documents, ledger, pages, sources

_AT_ONCE = 500
"""names in one question"""

_COPY, _TEXT, _SOURCE, _READING = "copy", "text", "source", "reading"


def take_along(connection: sa.Connection, item: str, entry: DisposalItem) -> bool:
    """Write down which sources and objects go with an entry that is being removed; say whether there are any new ones.

    A source stays while a paper that is not disposed of has a page in it, or while a page of it could not be read: nobody
    has decided about what stands there. Other entries that are being removed count as papers that are there, for each may
    still end kept; of two that share something, the one that ends last takes it along. What was written down before and
    is named by something else by now, stays.

    The ledger forgets what it knows of all sources of the entry, for it cannot tell their pages apart, and computes again
    what the others need.
    """
    names = _sources_of(connection, entry)
    own = set(connection.scalars(sa.select(disposed_sources.c.name).where(disposed_sources.c.item == item)))
    leaving = [name for name in names if name not in own and not _is_needed(connection, item, entry, name)]
    if leaving:
        connection.execute(
            sa.insert(disposed_sources), [{"batch": entry.batch, "name": name, "item": item} for name in leaving]
        )
    written = {(Area(each.area), each.sha256): each.what for each in entry.removed}
    found = written | dict(_papers_objects(connection, entry))
    found |= {(Area.ARCHIVE, sha256): _SOURCE for sha256 in _digests(connection, entry, [*own, *leaving])}
    told = {sha256 for area, sha256 in found if area is Area.ARCHIVE} | set(_digests(connection, entry, names))
    keys = keys_about(connection, told)
    found |= {(Area.DERIVED, result): _READING for result in keys.values()}
    forget_keys(connection, keys)
    leave = {each for area in Area for each in _unneeded(connection, item, area, found)}
    for area, sha256 in written.keys() - leave:
        columns = disposal_objects.c
        this = (columns.item == item, columns.area == area.value, columns.sha256 == sha256)
        connection.execute(sa.delete(disposal_objects).where(*this))
    new = sorted(leave - written.keys())
    if new:
        rows = [{"item": item, "area": each[0].value, "sha256": each[1], "what": found[each]} for each in new]
        connection.execute(sa.insert(disposal_objects), rows)
    return bool(new)


def source_in_the_way(connection: sa.Connection, item: str, entry: DisposalItem) -> str:
    """Return why the source of an entry without a paper may not be removed; nothing if it may."""
    names = _sources_of(connection, entry)
    gone = sa.select(disposed_sources.c.name).where(disposed_sources.c.batch == entry.batch)
    own = [name for name in names if connection.scalar(gone.where(disposed_sources.c.name == name)) is None]
    if not own:
        return KeepReason.GONE
    return KeepReason.NEEDED if _is_needed(connection, item, entry, own[0]) else ""


def _sources_of(connection: sa.Connection, entry: DisposalItem) -> list[str]:
    """Return the names of an entry's sources, and of the archives that they came in: members before their archive."""
    columns = sources.c
    in_batch = sa.select(columns.name).where(columns.batch == entry.batch)
    known = set(connection.scalars(in_batch))
    if entry.document is None:
        names = set(connection.scalars(in_batch.where(columns.position == entry.source)))
    else:
        # pages of a second source with the same bytes are linked to the paper too
        of_paper = sa.select(pages.c.source).where(pages.c.batch == entry.batch, pages.c.document == entry.document)
        names = set(connection.scalars(of_paper))
    archives = {name[:at] for name in names for at, letter in enumerate(name) if letter == "/" and name[:at] in known}
    return sorted(names | archives, key=lambda name: (-name.count("/"), name))


def _is_needed(connection: sa.Connection, item: str, entry: DisposalItem, name: str) -> bool:
    """Say whether anything besides the entry needs a source, or a member of it."""
    columns = pages.c
    mine = (columns.source == name) | columns.source.startswith(f"{name}/", autoescape=True)
    of_paper = columns.document.is_not(None) & ~document_ended(columns.document, or_by=item)
    unread = (columns.state == PageState.FAILED.value) & (
        columns.reason.is_(None) | (columns.reason != SecretPaper.code)
    )
    query = sa.select(columns.number).where(columns.batch == entry.batch, mine, of_paper | unread).limit(1)
    return connection.scalar(query) is not None


def _digests(connection: sa.Connection, entry: DisposalItem, names: Collection[str]) -> Sequence[ContentHash]:
    query = sa.select(sources.c.sha256).where(sources.c.batch == entry.batch, sources.c.name.in_(names))
    return [ContentHash(each) for each in connection.scalars(query)]


def _papers_objects(connection: sa.Connection, entry: DisposalItem) -> Iterator[tuple[tuple[Area, ContentHash], str]]:
    if entry.document is None:
        return
    versions = sa.select(copy_versions.c.sha256).where(copy_versions.c.document == entry.document)
    for sha256 in connection.scalars(versions):
        yield (Area.ARCHIVE, ContentHash(sha256)), _COPY
    text = connection.scalar(sa.select(documents.c.text_sha256).where(documents.c.id == entry.document))
    if text is not None:
        yield (Area.DERIVED, ContentHash(text)), _TEXT


def _unneeded(
    connection: sa.Connection, item: str, area: Area, found: Mapping[tuple[Area, ContentHash], str]
) -> Iterator[tuple[Area, ContentHash]]:
    """Yield those of an area's objects that no record names but the entry's own, nor any result that the ledger knows."""
    names = sorted(sha256 for of, sha256 in found if of is area)
    others = namings(paper_gone=partial(document_ended, or_by=item), source_gone=partial(source_ended, or_by=item))
    for start in range(0, len(names), _AT_ONCE):
        these = names[start : start + _AT_ONCE]
        needed: set[str] = set()
        for naming in others:
            if naming.area is area:
                query = sa.select(naming.column).where(naming.column.in_(these))
                needed |= set(connection.scalars(query if naming.when is None else query.where(naming.when)))
        if area is Area.DERIVED:
            needed |= set(connection.scalars(sa.select(ledger.c.result).where(ledger.c.result.in_(these))))
        yield from ((area, sha256) for sha256 in these if sha256 not in needed)
