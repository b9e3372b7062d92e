"""The first entries of a trail that comes to records which were there before it."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from storage.proofs_sql import subject_ids
from storage.recorded import Book, append
from storage.row_digests import AT_ONCE, digests


def begin_trail(connection: sa.Connection, book: Book) -> None:
    """Write one entry for each record that is there, within the transaction that made the trail.

    Without them records of before could not be told from those that somebody has put in behind the trail's back. What
    was changed before the trail began, nobody knows.
    """
    for kind in SubjectKind:
        after = ""
        while ids := subject_ids(connection, kind, limit=AT_ONCE, after=after):
            found = digests(connection, [Subject(kind, each) for each in ids])
            deeds = [Deed(action=Action.TRAIL_BEGUN, subject=each, after=rows) for each, rows in found.items()]
            append(connection, deeds, book=book)
            after = ids[-1]
