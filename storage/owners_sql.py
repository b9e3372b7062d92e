"""Owners and their numbers in SQL: a number names one owner, whichever processes ask at the same moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.desk_errors import OwnerConflict
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.owner import (
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.text.fold import fold_tone_place
from storage.contended import again_while_taken
from storage.database import insert_if_new, reading
from storage.owner_tables import owner_identifiers, owner_links, owners
from storage.recorded import Book, recorded

_FOR_LIFE = IdentifierKind.CCCD


class SqlOwners:
    """Implements `pipeline.depository_ports.Owners`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def register(self, owner: Owner) -> Owner:
        """Keep a new owner, or return the one that has one of its numbers, or the same whole description.

        Raises:
            OwnerConflict: the numbers belong to different owners.
            RecordsUnavailable: too many others ask at the same moment.
        """
        subject = Subject(SubjectKind.OWNER, owner.id)

        def write() -> Owner:
            with recorded(self._book, Action.OWNER_REGISTERED, subject) as connection:
                known = _known(connection, owner)
                if known is not None:
                    return known
                now = self._book.clock.now()
                connection.execute(sa.insert(owners).values(_owner_row(owner, now)))
                _add_numbers(connection, owner.id, owner.identifiers, now)
                return owner

        return again_while_taken(write, what="owner_number")

    def find(self, identifier: Identifier) -> Owner | None:
        """Return the owner of a number."""
        with reading(self._engine) as connection:
            return _owner(connection, _BY_NUMBER, kind=identifier.kind.value, value=identifier.value)

    def get(self, owner: OwnerId) -> Owner | None:
        """Return an owner; one that was found to be another answers with that one's record."""
        with reading(self._engine) as connection:
            return _owner(connection, _BY_ID, owner=owner)

    def link(self, link: IdentifierLink, *, at: dt.datetime) -> Owner:
        """Write that two numbers are one person's, and return that person.

        Nothing is moved: papers and numbers stay with the owner they came to, which points at the other one from now on.

        Raises:
            NotFound: neither number is known.
            OwnerConflict: the two have different personal numbers.
        """

        def write() -> Owner | None:
            with reading(self._engine) as connection:
                seen = _members(connection, link)
            if not seen:
                raise NotFound(what="owner", id=link.new.value)
            subjects = [Subject(SubjectKind.OWNER, each) for each in seen]
            with recorded(self._book, Action.OWNER_LINKED, *subjects, reason=link.reason) as connection:
                # whom it concerns is looked at before they are held: somebody else may have linked them meanwhile
                return _linked(connection, link, at) if _members(connection, link) == seen else None

        return again_while_taken(write, what="owner_number")

    def links(self, owner: OwnerId) -> Sequence[IdentifierLink]:
        """Return what is known of an owner's old numbers, oldest first."""
        with reading(self._engine) as connection:
            these = owner_links.c.owner.in_(family(connection, owner))
            rows = connection.execute(sa.select(owner_links).where(these).order_by(owner_links.c.linked_at))
            return tuple(_link(row) for row in rows)


def _whole(head: sa.ScalarSelect[str]) -> sa.Select[Any]:
    """Select the owner that others point at, and those, with a row for each of their numbers."""
    numbers = owner_identifiers.c
    return (
        sa.select(owners, numbers.kind.label("number_kind"), numbers.value.label("number"))
        .outerjoin(owner_identifiers, numbers.owner == owners.c.id)
        .where((owners.c.id == head) | (owners.c.same_as == head))
        .order_by(numbers.added_at, numbers.kind)
    )


_this, _number = owners.alias("this"), owner_identifiers.alias("number")
_HEAD = sa.func.coalesce(_this.c.same_as, _this.c.id)
_head = sa.select(_HEAD).where(_this.c.id == sa.bindparam("owner")).scalar_subquery()
_HEAD_OF_NUMBER = (
    sa.select(_HEAD)
    .join_from(_this, _number, _number.c.owner == _this.c.id)
    .where(_number.c.kind == sa.bindparam("kind"), _number.c.value == sa.bindparam("value"))
)
_BY_ID, _BY_NUMBER = _whole(_head), _whole(_HEAD_OF_NUMBER.scalar_subquery())
_FAMILY = sa.select(owners.c.id, owners.c.same_as).where((owners.c.id == _head) | (owners.c.same_as == _head))
"""questions that are asked with every look: put together once"""


def family(connection: sa.Connection, owner: str) -> tuple[str, ...]:
    """Return the ids of all owners that are one person with this one, the one that the others point at first."""
    rows = connection.execute(_FAMILY, {"owner": owner}).all()
    return tuple(row.id for row in sorted(rows, key=lambda row: (row.same_as is not None, row.id)))


def _members(connection: sa.Connection, link: IdentifierLink) -> tuple[str, ...]:
    """Return the ids of all owners that a link concerns."""
    heads = {_owner_of(connection, each) for each in (link.old, link.new)} - {None}
    return tuple(sorted(member for head in heads if head for member in family(connection, head)))


def _linked(connection: sa.Connection, link: IdentifierLink, at: dt.datetime) -> Owner:
    """Write a link: the owner of the old number points at that of the new one; a number that is new comes to the other's owner."""
    old, new = _owner_of(connection, link.old), _owner_of(connection, link.new)
    _refuse_two_lives([_certain(connection, each) for each in (old, new) if each], link)
    head = new or old
    if head is None:
        raise NotFound(what="owner", id=link.new.value)
    for identifier, owner in ((link.old, old), (link.new, new)):
        if owner is None:
            _add_numbers(connection, head, (identifier,), at)
    if old is not None and old != head:
        mine = (owners.c.id == old) | (owners.c.same_as == old)
        connection.execute(sa.update(owners).where(mine).values(same_as=head))
    insert_if_new(connection, owner_links, _link_row(link, head, at))
    return _certain(connection, head)


def _known(connection: sa.Connection, owner: Owner) -> Owner | None:
    """Return the owner that has one of these numbers, or this description."""
    ids = {id_ for each in owner.identifiers if (id_ := _owner_of(connection, each)) is not None}
    if len(ids) > 1:
        raise OwnerConflict(numbers=", ".join(each.value for each in owner.identifiers), reason="several_owners")
    if not ids and not owner.identifiers:
        described = sa.select(owners.c.id).where(owners.c.description == _description(owner))
        ids = {OwnerId(each) for each in connection.scalars(described)}
    return _certain(connection, ids.pop()) if ids else None


def _owner_of(connection: sa.Connection, identifier: Identifier) -> OwnerId | None:
    named = {"kind": identifier.kind.value, "value": identifier.value}
    id_ = connection.scalar(_HEAD_OF_NUMBER, named)
    return None if id_ is None else OwnerId(id_)


def _owner(connection: sa.Connection, query: sa.Select[Any], **named: str) -> Owner | None:
    """Return the owner that others point at, with the numbers of all of them."""
    rows = connection.execute(query, named).all()
    row = next((each for each in rows if each.same_as is None), None)
    if row is None:
        return None
    return Owner(
        id=OwnerId(row.id),
        kind=OwnerKind(row.kind),
        name=row.name,
        birth_date=row.birth_date,
        paper=row.paper,
        identifiers=tuple(
            Identifier(IdentifierKind(each.number_kind), each.number) for each in rows if each.number is not None
        ),
    )


def _certain(connection: sa.Connection, id_: str) -> Owner:
    """Return an owner that is there."""
    owner = _owner(connection, _BY_ID, owner=id_)
    if owner is None:
        raise NotFound(what="owner", id=id_)
    return owner


def _refuse_two_lives(both: Collection[Owner], link: IdentifierLink) -> None:
    """Refuse to make one person of two who have each a personal number (Luật Căn cước 26/2023 art. 12: one for life)."""
    mine = {each for owner in both for each in owner.identifiers} | {link.old, link.new}
    lives = sorted(each.value for each in mine if each.kind is _FOR_LIFE)
    if len(lives) > 1:
        raise OwnerConflict(old=link.old.value, new=link.new.value, numbers=", ".join(lives), reason="two_persons")


def _add_numbers(
    connection: sa.Connection, owner: OwnerId, identifiers: Collection[Identifier], at: dt.datetime
) -> None:
    rows = [{"kind": each.kind.value, "value": each.value, "owner": owner, "added_at": at} for each in identifiers]
    if rows:
        connection.execute(sa.insert(owner_identifiers), rows)


def _owner_row(owner: Owner, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": owner.id,
        "kind": owner.kind.value,
        "name": owner.name,
        "birth_date": owner.birth_date,
        "paper": owner.paper,
        "description": None if owner.identifiers else _description(owner),
        "created_at": at,
    }


def _description(owner: Owner) -> str:
    """Return what two owners without a number have in common if they are one (TT 01/2023/TT-VPCP art. 9.2.b)."""
    parts = (owner.kind.value, owner.name, owner.birth_date or "", owner.paper)
    return "\n".join(" ".join(fold_tone_place(part).split()) for part in parts)


def _link_row(link: IdentifierLink, owner: OwnerId, at: dt.datetime) -> dict[str, Any]:
    return {
        "old_kind": link.old.kind.value,
        "old_value": link.old.value,
        "new_kind": link.new.kind.value,
        "new_value": link.new.value,
        "owner": owner,
        "evidence": link.evidence.value,
        "document": link.document,
        "reason": link.reason,
        "linked_at": at,
    }


def _link(row: sa.Row[Any]) -> IdentifierLink:
    return IdentifierLink(
        old=Identifier(IdentifierKind(row.old_kind), row.old_value),
        new=Identifier(IdentifierKind(row.new_kind), row.new_value),
        evidence=LinkEvidence(row.evidence),
        document=None if row.document is None else DocumentId(row.document),
        reason=row.reason,
    )
