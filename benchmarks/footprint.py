"""What a paper costs and leaves behind, counted: `python -m benchmarks.footprint`.

Papers of generated dossiers go the way that real ones go: they are digitized from scans, confirmed, signed for the long term, their
signatures renewed, looked at once, and all objects read again. After each step rows are counted table by table, and objects in the
store. On PostgreSQL everything is then multiplied (`benchmarks.multiplied`), so that bytes of a row, indexes included, can be told, and
the jobs of the night are done (`benchmarks.nights`). Processor seconds are those of this program and its children, so that other work on the
machine hardly touches them. `benchmarks/capacity.py` reads results/footprint.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from pydantic import SecretStr

from app.authors import system_at
from app.keeping import care_of, store_in_care
from app.services import Services, open_services
from app.setting_groups import ReadingSettings, RecordsSettings
from app.settings import Settings
from app.signers import open_renewer, open_signer
from app.workshop import open_workshop
from benchmarks.machine import describe_machine
from benchmarks.multiplied import multiply, sizes
from benchmarks.nights import nights
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.correction import Correction
from pipeline.domain.ids import DocumentId
from pipeline.domain.owner import OwnerId
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.ports import Area, silent
from pipeline.specimens.batch import write_batch
from pipeline.usecases.back_up import LIST, OBJECTS, back_up
from pipeline.usecases.correct_fields import correct_and_publish
from pipeline.usecases.depository_access import Visit
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.keep_depository import depository_of
from pipeline.usecases.look_up import look_at_document, look_at_owner
from pipeline.usecases.receive_batch import receive_batch
from pipeline.usecases.renew_copies import forecast_copies, renew_copies, signed_copies
from pipeline.usecases.sign_documents import SigningOrder, sign_documents
from pipeline.usecases.verify_objects import verify_objects
from signing.forecast import look_ahead
from storage.database_backup import database_backup
from storage.every_table import metadata
from storage.objects_folder import FolderObjects
from storage.owner_tables import holdings
from tests.servers.postgres import PostgresServer, postgres_server

RESULTS = Path(__file__).parent / "results" / "footprint.json"
TIMES = (8, 30, 60)
_WARM_SEED_AFTER = 1000
"""seeds between the batch that is measured and the small one before it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is there at a moment."""

    rows: Mapping[str, int]
    """by table"""
    objects: Mapping[str, int]
    """by area"""
    bytes: Mapping[str, int]
    """by area"""
    cpu: float
    """seconds until then"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of a step."""

    name: str
    units: int
    """what it was done to: pages, papers or objects"""
    cpu: float
    rows: Mapping[str, int]
    objects: Mapping[str, int]
    bytes: Mapping[str, int]


def main() -> None:
    """Run on both databases and write down what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument(
        "--times", type=int, nargs="+", default=TIMES, help="how often everything is there again (PostgreSQL)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-footprint-") as name:
        folder = Path(name)
        truth = write_batch(folder / "scans", seed=options.seed, dossiers=options.dossiers)
        write_batch(folder / "warm", seed=options.seed + _WARM_SEED_AFTER, dossiers=1)
        engines = {"sqlite": _sqlite(folder)}
        print(json.dumps(engines["sqlite"]["steps"], indent=1), flush=True)
        engines["postgresql"] = _postgresql(folder, options.times)
    machine = describe_machine()
    told = {
        "machine": {each: machine[each] for each in ("processor", "cores", "memory", "commit")},
        "seed": options.seed,
        "dossiers": len(truth.dossiers),
        "load": round(os.getloadavg()[0], 1),
        "engines": engines,
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _sqlite(folder: Path) -> dict[str, Any]:
    settings = _settings(folder / "sqlite", "")
    told = _worked(settings, folder)
    engine = sa.create_engine(f"sqlite:///{settings.home}/sohoa.db")
    with engine.connect() as connection:
        # what pages of the file hold, without what is free in them
        used = connection.exec_driver_sql("SELECT sum(pgsize - unused) FROM dbstat").scalar()
    engine.dispose()
    return told | {"used": used, "backup": _backup(settings, folder / "backup")}


def _postgresql(folder: Path, times: Sequence[int]) -> dict[str, Any]:
    with postgres_server("shared_buffers=512MB", "max_wal_size=4GB") as server:
        url = server.new_database()
        home = folder / "postgresql"
        told = _worked(_settings(home, url), folder)
        many = [_many(server, url, each, home) for each in times]
    return told | {"many": many}


def _many(server: PostgresServer, one: str, times: int, home: Path) -> dict[str, Any]:
    """Return how large a copy of a database is in which everything stands so many times more, and what its nights cost."""
    name = one.rpartition("/")[2]
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}_{times} TEMPLATE {name}".encode())
    url = server.url(f"{name}_{times}")
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    multiply(engine, times)
    found = sizes(engine)
    engine.dispose()
    with open_services(_settings(home, url), author=system_at("benchmark")) as services:
        jobs = nights(services, dump=home / "dump")
    return {
        "times": times + 1,
        "papers": found["documents"].rows,
        "tables": {each: asdict(size) for each, size in found.items()},
        "nights": [asdict(each) for each in jobs],
    }


def _settings(home: Path, url: str) -> Settings:
    return Settings(home=home, records=RecordsSettings(url=SecretStr(url)), reading=ReadingSettings(workers=2))


def _worked(settings: Settings, folder: Path) -> dict[str, Any]:
    """Go the way of a paper; return what was counted of each step."""
    with open_services(settings, author=system_at("benchmark")) as services:
        watch = _Watch(services, settings.archive_folder)
        small = _digitized(folder / "warm", services)
        watch.note("start", len(small.pages))
        batch = _digitized(folder / "scans", services)
        watch.note("digitize", len(batch.pages))
        papers = [each.understood.id for each in batch.documents]
        for name, do in _LATER.items():
            watch.note(name, do(papers, services))
    return {
        "pages": len(batch.pages),
        "papers": len(papers),
        "steps": [asdict(each) for each in watch.steps],
    }


class _Watch:
    """Counts what is there after each step."""

    def __init__(self, services: Services, archive: Path) -> None:
        self._services = services
        self._archive = archive
        self._before = self._kept()
        self.steps: list[Step] = []

    def note(self, name: str, units: int) -> None:
        """Note what a step that is over came to."""
        after, before = self._kept(), self._before
        self.steps.append(
            Step(
                name=name,
                units=units,
                cpu=round(after.cpu - before.cpu, 2),
                rows=_more(after.rows, before.rows),
                objects=_more(after.objects, before.objects),
                bytes=_more(after.bytes, before.bytes),
            )
        )
        self._before = self._kept()  # counting costs nobody anything

    def _kept(self) -> Kept:
        files = {area.value: [*self._files(area)] for area in (Area.ARCHIVE, Area.DERIVED)}
        with self._services.records.engine.connect() as connection:
            rows = {
                table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }
        times = os.times()
        return Kept(
            rows=rows,
            objects={area: len(sizes) for area, sizes in files.items()},
            bytes={area: sum(sizes) for area, sizes in files.items()},
            cpu=times.user + times.system + times.children_user + times.children_system,
        )

    def _files(self, area: Area) -> Iterator[int]:
        yield from (each.stat().st_size for each in (self._archive / area.value).rglob("*") if each.is_file())


def _more(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {name: more for name in after if (more := after[name] - before.get(name, 0))}


def _digitized(scans: Path, services: Services) -> DigitizedBatch:
    received = receive_batch(
        [scans], dossier=None, objects=services.objects, batches=services.batches, clock=services.clock
    )
    with open_workshop(services) as workshop:
        return digitize_batch(received, services=workshop.digitizing, policy=workshop.policy, on_progress=silent)


def _confirm(papers: Sequence[DocumentId], services: Services) -> int:
    """Have a person say that all is right, which publishes what can be published."""
    codes = services.settings.codes.templates()
    for each in papers:
        correct_and_publish(
            each,
            Correction(confirm=True),
            by=services.author.name,
            corrections=services.corrections,
            services=services.publishing,
            codes=codes,
        )
    return len(papers)


def _sign(papers: Sequence[DocumentId], services: Services) -> int:
    order = SigningOrder(
        documents=tuple(papers),
        role=SignerRole.COPY,
        level=SignatureLevel.B_LTA,
        organ=services.settings.signing.organ,
    )
    with open_signer(services.settings, role=order.role, clock=services.clock) as signer:
        outcomes = sign_documents(
            order,
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
        )
    assert all(each.version for each in outcomes), [each.error for each in outcomes]
    return len(papers)


def _renew(papers: Sequence[DocumentId], services: Services) -> int:
    """Renew all at once: in use that is due years later."""
    margin = dt.timedelta(days=services.settings.signing.renew_days)
    found = forecast_copies(
        signed_copies(services.versions),
        margin=margin,
        look=look_ahead,
        objects=services.objects,
        versions=services.versions,
    )
    with open_renewer(services.settings, clock=services.clock) as renew:
        done = renew_copies(
            found, renew=renew, objects=services.objects, versions=services.versions, clock=services.clock
        )
    assert all(each.version for each in done), [each.error for each in done]
    return len(papers)


def _look(papers: Sequence[DocumentId], services: Services) -> int:
    for each in papers:
        look_at_document(each, part="fields", library=services.library, looker=services.looker("benchmark"))
    return len(papers)


def _look_into(_: Sequence[DocumentId], services: Services) -> int:
    """Look once into every depository there is, by the law; return how many papers were shown."""
    with services.records.engine.connect() as connection:
        owners = connection.scalars(sa.select(holdings.c.owner).distinct()).all()
    visit = Visit(who=services.author.name, agency=services.settings.own_agency, purpose="benchmark", by_law=True)
    shown = 0
    for each in owners:
        looker = services.looker(visit.purpose)
        look_at_owner(OwnerId(each), part="depository", owners=services.owners, looker=looker)
        found = depository_of(
            OwnerId(each),
            visit,
            owners=services.owners,
            depository=services.depository,
            access_book=services.access_book,
            library=services.library,
            clock=services.clock,
            new_id=services.new_id,
        )
        shown += len(found.holdings)
    return shown


def _verify(_: Sequence[DocumentId], services: Services) -> int:
    check = verify_objects(care_of(services), before=services.clock.now())
    assert not check.findings, check.findings
    return sum(each.objects for each in check.stores)


_LATER: Mapping[str, Callable[[Sequence[DocumentId], Services], int]] = {
    "confirm": _confirm,
    "sign": _sign,
    "renew": _renew,
    "look": _look,
    "depository": _look_into,
    "verify": _verify,
}
"""what is done after a batch is digitized; each returns to how much"""


def _backup(settings: Settings, folder: Path) -> dict[str, int]:
    """Back up; return what the backup takes besides the database."""
    done = back_up(
        folder,
        database=database_backup(f"sqlite:///{settings.home}/sohoa.db", environment={}),
        store=store_in_care(settings).objects,
        target=lambda: FolderObjects(folder / OBJECTS),
        settings="{}",
        elsewhere="{}",
        program="benchmark",
        now=dt.datetime.now(dt.UTC),
    )
    return {"objects": done.objects, "bytes": done.bytes, "list_bytes": (done.point / LIST).stat().st_size}


if __name__ == "__main__":
    main()
