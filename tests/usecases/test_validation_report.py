"""Reports of judgements that are kept: made once, made anew where that is asked for."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import Coverage, FileVerdict, SignatureVerdict, Verdict
from pipeline.ports import Area
from pipeline.usecases.judge_files import judge_files
from pipeline.usecases.validation_report import JudgingServices, validation_report
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers
from tests.usecases.test_page_previews import Book

SIGNATURE = SignatureVerdict(
    verdict=Verdict.VALID,
    reason="TOTAL_PASSED",
    signer="Nguyễn Văn An",
    time=dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=7))),
    time_proven=True,
    digest="sha256",
    coverage=Coverage.ENTIRE_FILE,
    intact=True,
    changes="none",
)


@dataclass
class Judge:
    """Finds what it is told, and counts."""

    found: FileVerdict
    asked: int = 0

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        assert file.read_bytes() == b"signed"
        self.asked += 1
        return self.found


@dataclass
class Verdicts:
    """Implements `pipeline.desk_ports.Verdicts`."""

    kept: list[KeptVerdict] = field(default_factory=list)

    def keep(self, verdicts: Mapping[ContentHash, FileVerdict], *, as_of: dt.datetime) -> None:
        for sha256, each in verdicts.items():
            self.kept.append(
                KeptVerdict(
                    sha256=sha256,
                    at=as_of,
                    by="test",
                    as_of=as_of,
                    verdict=each.verdict,
                    reason=each.reason,
                    signatures=len(each.signatures),
                )
            )

    def of(self, sha256: ContentHash) -> Sequence[KeptVerdict]:
        return [each for each in self.kept if each.sha256 == sha256]


class Clock:
    def __init__(self) -> None:
        self.minutes = iter(range(1000))

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 2, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=next(self.minutes))


@pytest.fixture
def judge() -> Judge:
    return Judge(FileVerdict(verdict=Verdict.VALID, reason="TOTAL_PASSED", signatures=(SIGNATURE,)))


@pytest.fixture
def services(judge: Judge) -> JudgingServices:
    return JudgingServices(
        objects=MemoryObjects(),
        ledger=Book(),
        verdicts=Verdicts(),
        workers=InlineWorkers(),
        validator=judge,
        clock=Clock(),
        seconds=5,
    )


def put(services: JudgingServices) -> ContentHash:
    return services.objects.put(Area.ARCHIVE, io.BytesIO(b"signed")).sha256


def test_a_file_is_judged_once_and_the_report_stays(services: JudgingServices, judge: Judge) -> None:
    sha256 = put(services)
    first = validation_report(sha256, services=services)
    judge.found = FileVerdict(verdict=Verdict.INVALID, reason="REVOKED", signatures=())
    assert validation_report(sha256, services=services) == first
    assert (judge.asked, first.verdict.signatures) == (1, (SIGNATURE,))


def test_it_is_judged_anew_where_that_is_asked_for_and_then_that_stays(services: JudgingServices, judge: Judge) -> None:
    sha256 = put(services)
    first = validation_report(sha256, services=services)
    judge.found = FileVerdict(verdict=Verdict.INVALID, reason="REVOKED", signatures=(SIGNATURE,))
    fresh = validation_report(sha256, fresh=True, services=services)
    assert (fresh.verdict.verdict, fresh.judged_at > first.judged_at) == (Verdict.INVALID, True)
    assert validation_report(sha256, services=services) == fresh
    assert [each.verdict for each in services.verdicts.of(sha256)] == [Verdict.VALID, Verdict.INVALID]


def test_what_others_had_judged_is_not_judged_again(services: JudgingServices, judge: Judge) -> None:
    sha256, at = put(services), services.clock.now()
    judge_files(
        [sha256],
        at=at,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        validator=judge,
        verdict_book=services.verdicts,
        seconds=5,
    )
    report = validation_report(sha256, services=services)
    assert (judge.asked, report.as_of, report.verdict) == (1, at, judge.found)


def test_a_verdict_of_which_nothing_more_was_kept_is_no_report(services: JudgingServices, judge: Judge) -> None:
    sha256 = put(services)
    services.verdicts.keep({sha256: judge.found}, as_of=services.clock.now())
    assert validation_report(sha256, services=services).verdict == judge.found
    assert judge.asked == 1


def test_a_file_that_was_altered_gets_no_verdict(services: JudgingServices, judge: Judge) -> None:
    sha256 = put(services)
    assert isinstance(services.objects, MemoryObjects)
    services.objects.kept[Area.ARCHIVE, sha256] = b"forged"
    with pytest.raises(ObjectAltered):
        validation_report(sha256, services=services)
    assert (judge.asked, services.verdicts.of(sha256)) == (0, [])
