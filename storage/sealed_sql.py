"""Which sealed object stands for which object, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.errors import MasterKeyMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.database import insert_if_new, reading, writing
from storage.master_keys import KeyId
from storage.recorded import Book, append
from storage.sealed_tables import sealed_objects

_AT_ONCE = 1000
"""data keys wrapped anew in one transaction: the others may write in between"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """An object that is kept sealed."""

    area: Area
    sha256: ContentHash
    """of the plain bytes"""
    sealed_sha256: ContentHash
    """its name in the store that keeps the sealed bytes"""
    size: int
    """plain bytes"""
    key: KeyId
    """the master key that wrapped its data key"""
    wrapped_key: bytes


class SealedNames:
    """Names and wrapped keys of sealed objects. Without them the sealed bytes say nothing to anybody."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def find(self, area: Area, sha256: ContentHash) -> SealedObject | None:
        """Return the sealed object that stands for an object."""
        columns = sealed_objects.c
        query = sa.select(sealed_objects).where(columns.area == area.value, columns.sha256 == sha256)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return SealedObject(
            area=Area(row.area),
            sha256=ContentHash(row.sha256),
            sealed_sha256=ContentHash(row.sealed_sha256),
            size=row.size,
            key=KeyId(row.key),
            wrapped_key=row.wrapped_key,
        )

    def add(self, new: SealedObject, *, instead_of: ContentHash | None = None) -> bool:
        """Keep a name unless the object has one; say whether it was kept.

        `instead_of` names a sealed object that cannot be read any more: if it is still the one, the new one takes its place.
        """
        columns = sealed_objects.c
        row = {
            "area": new.area.value,
            "sha256": new.sha256,
            "sealed_sha256": new.sealed_sha256,
            "size": new.size,
            "key": new.key,
            "wrapped_key": new.wrapped_key,
        }
        with writing(self._engine) as connection:
            if insert_if_new(connection, sealed_objects, row):
                return True
            if instead_of is None:
                return False
            mine = (columns.area == new.area.value, columns.sha256 == new.sha256, columns.sealed_sha256 == instead_of)
            return connection.execute(sa.update(sealed_objects).where(*mine).values(**row)).rowcount == 1

    def forget(self, area: Area, sha256: ContentHash) -> None:
        """Remove a name and its wrapped key: whoever has the sealed bytes cannot read them any more."""
        columns = sealed_objects.c
        with writing(self._engine) as connection:
            connection.execute(sa.delete(sealed_objects).where(columns.area == area.value, columns.sha256 == sha256))

    def known(self, area: Area, sealed: Collection[ContentHash]) -> Collection[ContentHash]:
        """Return those of these sealed objects that stand for something."""
        columns = sealed_objects.c
        query = sa.select(columns.sealed_sha256).where(columns.area == area.value, columns.sealed_sha256.in_(sealed))
        with reading(self._engine) as connection:
            return {ContentHash(each) for each in connection.scalars(query)}

    def all(self, area: Area, *, after: ContentHash | None = None) -> Iterator[ContentHash]:
        """Yield the names of an area's sealed objects in order, those behind `after`; asked for as they are taken."""
        columns = sealed_objects.c
        last = after or ContentHash("")
        while True:
            query = sa.select(columns.sha256).where(columns.area == area.value, columns.sha256 > last)
            with reading(self._engine) as connection:
                names = connection.scalars(query.order_by(columns.sha256).limit(_AT_ONCE)).all()
            if not names:
                return
            yield from (ContentHash(each) for each in names)
            last = ContentHash(names[-1])

    def any(self) -> bool:
        """Say whether anything is kept sealed."""
        with reading(self._engine) as connection:
            return connection.scalar(sa.select(sealed_objects.c.key).limit(1)) is not None

    def counts(self) -> Mapping[KeyId, int]:
        """Return how many objects each master key is needed for."""
        key = sealed_objects.c.key
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(key, sa.func.count()).group_by(key).order_by(key)).all()
        return {KeyId(name): count for name, count in rows}

    def rewrap(
        self,
        wrap: Callable[[KeyId, bytes], tuple[KeyId, bytes]],
        *,
        to: KeyId,
        on_keys: Callable[[int], object],
        lost: frozenset[KeyId] = frozenset(),
    ) -> int:
        """Wrap all data keys anew that are not wrapped by `to`, a portion a transaction; return how many.

        `wrap` takes the old master key's name and a wrapped key. Objects of `lost` master keys stay as they are. Whoever
        goes on after being killed, or beside another, finds only what is left to do. `on_keys` hears how many are done.

        Raises:
            MasterKeyMissing: a data key was not wrapped by the key that is named with it; the others of its portion wait.
        """
        done = 0
        while portion := self._rewrap_some(wrap, to=to, lost=lost):
            done += portion
            on_keys(done)
        return done

    def _rewrap_some(
        self, wrap: Callable[[KeyId, bytes], tuple[KeyId, bytes]], *, to: KeyId, lost: frozenset[KeyId]
    ) -> int:
        columns = sealed_objects.c
        others = sa.select(sealed_objects).where(columns.key != to, columns.key.not_in(lost)).limit(_AT_ONCE)
        change = (
            sa.update(sealed_objects)
            .where(columns.area == sa.bindparam("its_area"), columns.sha256 == sa.bindparam("its_sha256"))
            .values(key=sa.bindparam("new_key"), wrapped_key=sa.bindparam("new_wrapped"))
        )
        with writing(self._engine) as connection:
            rows = connection.execute(others.with_for_update(skip_locked=True)).all()
            changes = []
            for row in rows:
                try:
                    key, wrapped = wrap(KeyId(row.key), row.wrapped_key)
                except InvalidUnwrap as error:
                    raise MasterKeyMissing(area=row.area, sha256=row.sha256, key=row.key) from error
                changes.append({"its_area": row.area, "its_sha256": row.sha256, "new_key": key, "new_wrapped": wrapped})
            if changes:
                connection.execute(change, changes)
                deed = Deed(
                    action=Action.KEYS_ROTATED,
                    subject=Subject(SubjectKind.KEY, to),
                    details={"objects": str(len(changes)), "instead_of": " ".join(sorted({row.key for row in rows}))},
                )
                append(connection, [deed], book=self._book)
        return len(changes)
