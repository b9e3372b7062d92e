"""Many who write at the same moment are made durable together, and one who may not write harms nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, Author, Deed, Subject, SubjectKind
from pipeline.domain.audit_chain import ChainCheck
from pipeline.domain.errors import NotFound, RecordsUnavailable
from storage.database import connect
from storage.group_commit import GroupCommit
from storage.records import Records

CLIENTS = 24
_table = sa.Table("things", sa.MetaData(), sa.Column("name", sa.Text(), primary_key=True))


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    engine = connect(f"sqlite:///{tmp_path / 'group.db'}")
    _table.metadata.create_all(engine)
    return engine


def at_once(*works: Callable[[], None]) -> list[BaseException | None]:
    """Run all at the same moment; return what each raised."""
    raised: list[BaseException | None] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(number: int) -> None:
        start.wait()
        try:
            works[number]()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked at
            raised[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
        assert not each.is_alive()
    return raised


def test_what_comes_while_another_is_written_goes_with_the_next_turn(engine: sa.Engine) -> None:
    groups: list[int] = []
    first_is_writing, others_wait = threading.Event(), threading.Event()

    def write(connection: sa.Connection, names: Sequence[str]) -> None:
        groups.append(len(names))
        first_is_writing.set()
        others_wait.wait(10)
        connection.execute(sa.insert(_table), [{"name": each} for each in names])

    group = GroupCommit(engine, write)
    threads = [threading.Thread(target=group.commit, args=(f"thing {number}",)) for number in range(CLIENTS)]
    threads[0].start()
    first_is_writing.wait(10)
    for each in threads[1:]:
        each.start()
    while group.waiting < CLIENTS - 1:
        threading.Event().wait(0.01)
    others_wait.set()
    for each in threads:
        each.join(10)
    assert groups == [1, CLIENTS - 1]
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(_table.c.name))) == {f"thing {number}" for number in range(CLIENTS)}


def test_one_that_may_not_be_written_keeps_no_other_from_it(engine: sa.Engine) -> None:
    def write(connection: sa.Connection, names: Sequence[str]) -> None:
        connection.execute(sa.insert(_table), [{"name": each} for each in names])
        if "wrong" in names:
            raise NotFound(what="owner", id="wrong")

    group = GroupCommit(engine, write)
    names = [*(f"thing {number}" for number in range(CLIENTS)), "wrong"]
    raised = at_once(*(lambda name=name: group.commit(name) for name in names))
    assert [type(each) for each in raised] == [type(None)] * CLIENTS + [NotFound]
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(_table.c.name))) == set(names) - {"wrong"}


def test_without_a_database_everybody_is_told_and_the_next_may_try(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'missing' / 'group.db'}")
    group: GroupCommit[str] = GroupCommit(engine, lambda connection, names: None)
    assert {type(each) for each in at_once(*([lambda: group.commit("thing")] * 8))} == {RecordsUnavailable}
    (tmp_path / "missing").mkdir()
    group.commit("thing")


def test_looks_of_many_are_one_unbroken_trail_each_under_its_own_name(records: Records) -> None:
    before = records.trail.last().number

    def look(number: int) -> None:
        acting = records.acting(Author(name=f"client-{number}", role="client", origin="test"))
        for page in range(5):
            subject = Subject(SubjectKind.DOCUMENT, f"d-{number}")
            acting.trail.note([Deed(action=Action.READ, subject=subject, details={"part": f"page {page}"})])

    assert at_once(*(lambda number=number: look(number) for number in range(CLIENTS))) == [None] * CLIENTS
    check, all_ = ChainCheck(), records.trail.entries(limit=1000)
    assert not [finding for entry in all_ for finding in check.take(entry)]
    entries = [each for each in all_ if each.number > before]
    assert [each.number for each in entries] == list(range(before + 1, before + 1 + CLIENTS * 5))
    told = [(each.author.name, each.deed.subject.id, each.deed.details["part"]) for each in entries]  # type: ignore[union-attr]
    for number in range(CLIENTS):
        assert [part for name, subject, part in told if name == f"client-{number}" and subject == f"d-{number}"] == [
            f"page {page}" for page in range(5)
        ]
