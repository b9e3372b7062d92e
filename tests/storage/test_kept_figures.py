"""Figures that are kept say what counting everything says, whatever happened in between, on both databases."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.dossier_course import (
    Channel,
    DossierCourse,
    DossierStatus,
    Fee,
    PaidOnline,
    Supplement,
)
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash, DossierCode, TypeCode
from pipeline.domain.indices import FileWorth, Side
from pipeline.domain.procedure import Procedure
from pipeline.domain.result import ResultState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.ports import Area
from pipeline.usecases.compute_indices import (
    IndexQuestion,
    compute_indices,
    dossiers_behind,
    kept_indices,
)
from pipeline.usecases.count_dossiers import count_changed
from pipeline.usecases.index_definitions import load_indices
from storage.records import Records
from storage.report_tables import index_dossiers, index_groups
from tests.storage.conftest import SetClock
from tests.storage.planned_dossiers import BIRTH, SILENT, Plan, Registry

FIRST, LAST = dt.date(2026, 2, 1), dt.date(2026, 4, 30)
OURS, THEIRS, OTHERS = "", "H42.12", "H42.13"
SCOPES = (EVERYTHING, *(Scope(frozenset(each)) for each in ({OURS}, {THEIRS}, {OURS, THEIRS}, {OTHERS}, set())))
WORTHS = (FileWorth.SIGNED, FileWorth.SIGNED, FileWorth.UNSIGNED, FileWorth.UNJUDGED, FileWorth.NOT_VALID)


@dataclass
class Deeds:
    """What may happen to dossiers, by chance."""

    records: Records
    clock: SetClock
    chance: random.Random
    codes: list[str] = field(default_factory=list)

    def dossier_comes_in(self) -> None:
        code = f"H42.12-2603-{len(self.codes):04d}"
        self.codes.append(code)
        self._keep(code)

    def papers_of_another_agency_come_in(self) -> None:
        self._keep(self.chance.choice(self.codes))

    def file_is_judged(self) -> None:
        versions = sa.text("SELECT sha256 FROM copy_versions ORDER BY sha256")
        sha256 = ContentHash(self._any(versions))
        verdict = FileVerdict(verdict=self.chance.choice(list(Verdict)), reason="", signatures=())
        self.records.verdicts.keep({sha256: verdict}, as_of=self.clock.now())

    def file_is_read(self) -> None:
        sha256 = ContentHash(self._any(sa.text("SELECT sha256 FROM copy_versions ORDER BY sha256")))
        outcome = self.chance.choice([CheckOutcome.SOUND, CheckOutcome.MISSING, CheckOutcome.ALTERED])
        check = FixityCheck(area=Area.ARCHIVE, sha256=sha256, checked_at=self.clock.now(), outcome=outcome)
        self.records.fixity.note(StoreName.STORE, [check])

    def result_ends(self) -> None:
        code = self.chance.choice(self.codes)
        for result in self.records.results.of(DossierCode(code)):
            ended = replace(result, state=ResultState.REVOKED, reason="sai", changed_at=self.clock.now())
            self.records.results.end(ended)

    def procedure_is_chosen(self) -> None:
        code, procedure = DossierCode(self.chance.choice(self.codes)), self.chance.choice([BIRTH, SILENT])
        self.records.dossiers.choose(procedure=procedure, dossier=code, at=self.clock.now(), by="lan")

    def catalogue_changes(self) -> None:
        results = self.chance.choice([(), (TypeCode("giay_khai_sinh"),)])
        since = self.chance.choice([dt.date(2020, 1, 1), dt.date(2026, 3, 10)])
        edition = Procedure(code=BIRTH, name="Khai sinh", field="Hộ tịch", since=since, results=results)
        self.records.procedures.load([edition])

    def one_stop_tells(self) -> None:
        alone = f"H42.12-2603-9{self.chance.randrange(3):03d}"
        code = DossierCode(self.chance.choice([*self.codes, alone]))
        received = self._moment()
        course = DossierCourse(
            dossier=code,
            agency=self.chance.choice([OURS, THEIRS]),
            told_at=self.clock.now(),
            channel=self.chance.choice([None, *Channel]),
            status=self.chance.choice(list(DossierStatus)),
            paid=self.chance.choice([None, *PaidOnline]),
            received_at=received,
            due_at=received + dt.timedelta(days=self.chance.randrange(1, 20)),
            ended_at=self.chance.choice([None, received + dt.timedelta(days=self.chance.randrange(25))]),
            supplements=tuple(Supplement(id=str(each)) for each in range(self.chance.randrange(3))),
            fees=self.chance.choice([(), (Fee(name="Lệ phí"),)]),
            reused=self.chance.randrange(2),
            from_national=self.chance.randrange(2),
            asked_population=self.chance.random() < 0.3,
        )
        self.records.officer.courses.keep([course])

    def portal_takes(self) -> None:
        queue, code = self.records.sync_queue, DossierCode(self.chance.choice(self.codes))
        message = str(self.chance.randrange(3)).encode()
        queue.queue(OtherSystem.NATIONAL_PORTAL, code, message, at=self.clock.now(), results=self.chance.randrange(2))
        for claimed in queue.claim(OtherSystem.NATIONAL_PORTAL, at=self.clock.now(), seconds=60, limit=5):
            queue.settle(claimed.item, at=self.clock.now())

    def somebody_looks(self) -> None:
        self.records.library.document("d-nothing")  # type: ignore[arg-type]

    def _keep(self, code: str) -> None:
        taken = sa.text("SELECT agency FROM batches WHERE dossier = :code OR id LIKE :like")
        with self.records.engine.connect() as connection:
            known = set(connection.scalars(taken, {"code": code, "like": f"b-{code}-%"}))
        free = [each for each in (OURS, THEIRS, OTHERS) if each not in {name or "" for name in known}]
        if not free:
            return
        received = self._moment()
        Registry(self.records, self.clock).keep(
            Plan(
                code=code,
                agency=self.chance.choice(free),
                received=received,
                procedure=self.chance.choice((BIRTH, SILENT, None)),
                due=(received + dt.timedelta(days=self.chance.randrange(1, 12))).date()
                if self.chance.random() < 0.7
                else None,
                components=tuple(self.chance.choice(WORTHS) for _ in range(self.chance.randrange(1, 3))),
                result=self.chance.choice(WORTHS) if self.chance.random() < 0.5 else None,
                resulted=received + dt.timedelta(hours=self.chance.randrange(240)),
            )
        )

    def _moment(self) -> dt.datetime:
        return dt.datetime(2026, 1, 25, 1, tzinfo=dt.UTC) + dt.timedelta(hours=self.chance.randrange(24 * 80))

    def _any(self, query: sa.TextClause) -> str:
        with self.records.engine.connect() as connection:
            return str(self.chance.choice(list(connection.scalars(query))))


def questions(chance: random.Random) -> list[IndexQuestion]:
    asked = [IndexQuestion(since=FIRST, until=LAST, scope=each) for each in SCOPES]
    march = IndexQuestion(since=dt.date(2026, 3, 1), until=dt.date(2026, 3, 31), scope=chance.choice(SCOPES))
    return [*asked, march, replace(march, procedure=BIRTH), replace(march, procedure=""), replace(march, agency=THEIRS)]


def compare(records: Records, chance: random.Random) -> None:
    """Hold what is kept against what counting everything gives: figures, and the dossiers behind them."""
    officer, definitions = records.officer, load_indices()
    assert count_changed(officer.figures).dossiers == 0
    for question in questions(chance):
        whole = compute_indices(question, definitions=definitions, facts=officer.dossiers)
        kept = kept_indices(question, definitions=definitions, facts=officer.dossiers, kept=officer.figures)
        assert kept == whole
        definition, side = chance.choice(definitions), chance.choice(list(Side))
        one_by_one, out_of_kept = (
            dossiers_behind(
                question, definition, sides=frozenset({side}), facts=officer.dossiers, kept=kept_before, limit=7
            )
            for kept_before in (None, officer.figures)
        )
        assert out_of_kept == one_by_one


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_kept_is_what_counting_everything_gives(records: Records, clock: SetClock, seed: int) -> None:
    chance = random.Random(seed)
    deeds = Deeds(records, clock, chance)
    happens = (
        *(deeds.dossier_comes_in,) * 3,
        deeds.papers_of_another_agency_come_in,
        deeds.file_is_judged,
        deeds.file_is_read,
        deeds.result_ends,
        deeds.procedure_is_chosen,
        deeds.catalogue_changes,
        deeds.one_stop_tells,
        deeds.portal_takes,
        deeds.somebody_looks,
    )
    for _ in range(4):
        deeds.dossier_comes_in()
    for step in range(42):
        clock.time += dt.timedelta(minutes=7)
        chance.choice(happens)()
        if step % 7 == 6:
            compare(records, chance)
    groups = _groups(records)
    records.officer.figures.forget()
    compare(records, chance)
    assert _groups(records) == groups


def test_while_something_waits_nothing_is_told(records: Records, clock: SetClock) -> None:
    Registry(records, clock).keep(Plan(code="A-1"))
    figures = records.officer.figures
    question = IndexQuestion(since=FIRST, until=LAST)

    def kept() -> object:
        return kept_indices(question, definitions=load_indices(), facts=records.officer.dossiers, kept=figures)

    assert kept() is None
    assert figures.note_changes().dossiers == 1
    assert kept() is None
    assert figures.count_again(most=10).dossiers == 0
    assert kept() is not None


def test_it_is_enough_after_some_and_the_next_one_goes_on(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    for number in range(201):
        registry.keep(Plan(code=f"A-{number:03d}", components=()))
    figures = records.officer.figures
    heard: list[tuple[int, int]] = []
    left = count_changed(figures, enough=lambda: bool(heard), on_dossier=lambda done, of: heard.append((done, of)))
    assert (left.dossiers, heard) == (1, [(200, 201)])
    assert count_changed(figures).dossiers == 0


def test_days_are_not_kept(records: Records) -> None:
    question = IndexQuestion(since=FIRST, until=dt.date(2026, 4, 29))
    with pytest.raises(ValueError, match="months"):
        kept_indices(
            question,
            definitions=load_indices(),
            facts=records.officer.dossiers,
            kept=records.officer.figures,
        )


def _groups(records: Records) -> tuple[list[object], list[object]]:
    with records.engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            sorted(map(tuple, connection.execute(sa.select(table)))) for table in (index_groups, index_dossiers)
        )
