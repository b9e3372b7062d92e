"""Databases that fail in the middle: a step is there as a whole or not at all, and done again it is there once."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.errors import RecordsDamaged, RecordsUnavailable
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import AlreadySigned
from storage.batches_sql import SqlBatches
from storage.database import connect
from storage.recorded import Book, told_together
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.servers.postgres import PostgresServer
from tests.storage.conftest import SetClock
from tests.storage.every_row import all_rows
from tests.storage.kept_archive import AT, keep_batch
from tests.storage.samples import digest, digitized_batch, received_batch

Rows = dict[str, list[tuple[object, ...]]]
PAPER = DocumentId("b-1-letter")
VERSION = CopyVersion(
    number=3, sha256=digest("v3"), size=7, created_at=AT, role=SignerRole.OFFICIAL, level=SignatureLevel.B_B, signer="A"
)


def add_version(records: Records) -> None:
    with contextlib.suppress(AlreadySigned):  # the answer to a commit was lost: it counted
        records.versions.add(PAPER, VERSION)


def batch(name: str) -> DigitizedBatch:
    return digitized_batch(name)


def complete(records: Records) -> None:
    """Complete a batch whose texts need pages of their own, however much room those of the database have left."""
    papers = batch("b-2")
    records.batches.complete(papers, texts={each.understood.id: "Giấy tờ dài. " * 2000 for each in papers.documents})


STEPS: dict[str, Callable[[Records], object]] = {
    "receive a batch": lambda records: records.batches.open(received_batch("b-7")),
    "complete a batch": complete,
    "add a version": add_version,
}


def prepare(records: Records) -> None:
    keep_batch(records, MemoryObjects(), "b-1")
    records.batches.open(received_batch("b-2"))


@dataclass
class Watched:
    """Counts what a step asks of the database, and does harm before one of these questions."""

    engine: sa.Engine
    harm: Callable[[Any], None]
    at: int = -1
    asked: int = 0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        sa.event.listen(self.engine, "before_cursor_execute", self._statement)
        sa.event.listen(self.engine, "commit", self._commit)
        try:
            yield
        finally:
            sa.event.remove(self.engine, "before_cursor_execute", self._statement)
            sa.event.remove(self.engine, "commit", self._commit)

    def _statement(self, connection: sa.Connection, *_: object) -> None:
        self._count(connection)

    def _commit(self, connection: sa.Connection) -> None:
        self._count(connection)

    def _count(self, connection: sa.Connection) -> None:
        self.asked += 1
        if self.asked == self.at:
            self.harm(connection.connection.dbapi_connection)


def outcomes(url: str, clock: SetClock, step: Callable[[Records], object]) -> tuple[Rows, Rows, int]:
    """What stands in the database before the step and after it, and how much the step asks; the database is spent."""
    records = open_records(url, clock=clock, author=CLERK)
    prepare(records)
    before = all_rows(records.engine)
    watched = Watched(records.engine, harm=lambda _: None)
    with watched.watching():
        step(records)
    after = all_rows(records.engine)
    records.close()
    return before, after, watched.asked


# --- PostgreSQL: the connection is cut ----------------------------------------------------------------------------------------


def cut(connection: psycopg.Connection[Any]) -> None:
    """End this connection's process on the server, as a network or an administrator does."""
    dsn = connection.info.dsn
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])


def commit_and_lose(connection: psycopg.Connection[Any]) -> None:
    """The server commits, and its answer is lost."""
    connection.commit()
    cut(connection)
    raise sa.exc.OperationalError("COMMIT", None, psycopg.OperationalError("server closed the connection"))


# psycopg does not close a connection that broke in the middle of several statements, and says so when it is thrown away
broken_ones_are_thrown_away = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@broken_ones_are_thrown_away
@pytest.mark.services
@pytest.mark.enable_socket
@pytest.mark.parametrize("step", STEPS)
def test_a_connection_that_is_cut_leaves_the_whole_step_or_nothing(
    postgres: PostgresServer, clock: SetClock, step: str
) -> None:
    with postgres.lent_database() as url:
        before, after, asked = outcomes(url, clock, STEPS[step])
    with postgres.lent_database() as url:
        records = open_records(url, clock=clock, author=CLERK)
        prepare(records)
        for at in range(1, asked + 1):
            with Watched(records.engine, harm=cut, at=at).watching(), pytest.raises(RecordsUnavailable):
                STEPS[step](records)
            assert all_rows(records.engine) == before, at
        with Watched(records.engine, harm=commit_and_lose, at=asked).watching(), pytest.raises(RecordsUnavailable):
            STEPS[step](records)
        assert without_numbers(all_rows(records.engine)) == without_numbers(after)
        STEPS[step](records)
        assert without_numbers(all_rows(records.engine)) == without_numbers(after)
        records.close()
    gc.collect()  # it is thrown away here, not in another test


def without_numbers(rows: Rows) -> Rows:
    """Leave out the numbers that the database gives: a step that was undone has used some up."""
    return {
        table: [row[1:] for row in kept] if table in {"search_entries", "search_cards"} else kept
        for table, kept in rows.items()
    }


@broken_ones_are_thrown_away
@pytest.mark.services
@pytest.mark.enable_socket
def test_a_server_that_crashed_and_came_back_is_used_again(postgres_url: str, clock: SetClock) -> None:
    records = open_records(postgres_url, clock=clock, author=CLERK)
    prepare(records)
    before = all_rows(records.engine)
    with psycopg.connect(postgres_url) as doomed:
        os.kill(doomed.info.backend_pid, 9)  # the server then starts anew and recovers
        time.sleep(0.2)
    deadline = time.monotonic() + 60
    while True:
        try:
            records.batches.complete(batch("b-2"), texts={})
            break
        except RecordsUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert records.batches.load(batch("b-2").id) is not None
    now = all_rows(records.engine)
    assert [table for table, rows in before.items() if not set(map(repr, rows)) <= set(map(repr, now[table]))] == [
        "batches"
    ]
    records.close()
    gc.collect()


# --- SQLite: the disk is full, the file is not to be written --------------------------------------------------------------------


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other accounts reach."""
    folder = Path(tempfile.mkdtemp(prefix="sohoa-faults-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def room_for(wanted: int, file: Path) -> Iterator[None]:
    """Let no file grow further than `wanted` bytes over what the database's log has now."""
    log = file.with_name(f"{file.name}-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pages_for(wanted: int, records: Records) -> Callable[[sa.Connection], None]:
    """Let the database grow by so many pages (https://www.sqlite.org/pragma.html#pragma_max_page_count)."""

    def limit(connection: sa.Connection) -> None:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {used + wanted}")

    return limit


def try_step(records: Records, step: str) -> str:
    """Do a step; return why it was refused, empty if it was not."""
    try:
        STEPS[step](records)
    except RecordsUnavailable as error:
        return str(error.details["reason"])
    return ""


@pytest.mark.parametrize("step", STEPS)
def test_a_write_that_fails_leaves_the_whole_step_or_nothing(home: Path, clock: SetClock, step: str) -> None:
    before, after, _ = outcomes(f"sqlite:///{home / 'whole.db'}", clock, STEPS[step])
    file = home / "sohoa.db"
    records = open_records(f"sqlite:///{file}", clock=clock, author=CLERK)
    prepare(records)
    reasons = set()
    room = 0
    with records.engine.connect() as keeping:  # an open reader keeps the log from being written back and removed
        keeping.execute(sa.text("SELECT count(*) FROM batches"))
        while all_rows(records.engine) == before:
            with room_for(room, file):
                reasons.add(try_step(records, step))
            room += 3000
    assert all_rows(records.engine) == after
    assert "disk I/O error" in reasons
    records.close()


def test_a_full_database_leaves_the_whole_step_or_nothing(home: Path, clock: SetClock) -> None:
    step = "complete a batch"
    before, after, _ = outcomes(f"sqlite:///{home / 'whole.db'}", clock, STEPS[step])
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=clock, author=CLERK)
    prepare(records)
    reasons = set()
    room = 0
    while all_rows(records.engine) == before:
        limit = pages_for(room, records)
        sa.event.listen(records.engine, "begin", limit)
        reasons.add(try_step(records, step))
        sa.event.remove(records.engine, "begin", limit)
        room += 1
    assert all_rows(records.engine) == after
    assert reasons == {"database or disk is full", ""}
    records.close()


def _as_nobody(url: str, told: Any) -> None:  # noqa: ANN401 - a queue of another process
    if os.geteuid() == 0:
        os.setegid(65534)
        os.seteuid(65534)
    # not `open_records`: it reads the migrations, which this account need not be able to read
    engine = connect(url)
    book = Book(engine=engine, clock=SetClock(), author=CLERK, together=told_together(engine, clock=SetClock()))
    try:
        SqlBatches(book).open(received_batch("b-7"))
    except RecordsUnavailable as error:
        told.put(dict(error.details))
    else:
        told.put(None)


@pytest.mark.parametrize("what", ["file", "folder", "unreadable"])
def test_a_database_that_may_not_be_written_is_named(home: Path, clock: SetClock, what: str) -> None:
    folder = home / "records"
    folder.mkdir()
    file = folder / "sohoa.db"
    records = open_records(f"sqlite:///{file}", clock=clock, author=CLERK)
    records.close()
    before = file.read_bytes()
    file.chmod({"file": 0o444, "folder": 0o666, "unreadable": 0o000}[what])
    folder.chmod(0o755 if what == "folder" else 0o777)
    context = multiprocessing.get_context("fork")
    told: Any = context.Queue()
    process = context.Process(target=_as_nobody, args=(f"sqlite:///{file}", told))
    process.start()
    process.join(30)
    details = told.get(timeout=5)
    assert details is not None
    assert str(file) in details["database"]
    assert any(word in details["reason"] for word in ("readonly", "unable to open"))
    folder.chmod(0o755)
    assert file.read_bytes() == before


def test_a_database_that_is_none_is_named(home: Path, clock: SetClock) -> None:
    file = home / "sohoa.db"
    file.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(RecordsDamaged) as raised:
        open_records(f"sqlite:///{file}", clock=clock, author=CLERK)
    assert raised.value.details["reason"] == "file is not a database"
    assert file.read_bytes() == b"this is a letter, not a database" * 100


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_wrong_password_is_named_and_not_told(postgres: PostgresServer) -> None:
    with postgres.lent_database() as url:
        missing = url.rpartition("/")[0].replace("postgres@", "nobody:geheim@") + "/" + url.rpartition("/")[2]
        with pytest.raises(RecordsUnavailable) as raised:
            open_records(missing, clock=SetClock(), author=CLERK)
        assert 'role "nobody" does not exist' in str(raised.value.details["reason"])
        assert "geheim" not in str(raised.value)


def test_a_damaged_database_is_named(home: Path, clock: SetClock) -> None:
    file = home / "sohoa.db"
    records = open_records(f"sqlite:///{file}", clock=clock, author=CLERK)
    prepare(records)
    records.close()
    data = bytearray(file.read_bytes())
    data[4096:] = b"\x00" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(RecordsDamaged) as raised:
        open_records(f"sqlite:///{file}", clock=clock, author=CLERK).batches.load(batch("b-1").id)
    assert raised.value.details["reason"] == "database disk image is malformed"
