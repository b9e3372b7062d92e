"""Renewal of kept copies, by the use case with a clock that is set, and by `sohoa renew` against real authorities on loopback."""

from __future__ import annotations

import datetime as dt
import json
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import Outlook, RenewalReason, SignatureLevel, Verdict
from pipeline.domain.signing_errors import TimestampUnavailable
from pipeline.ports import Area
from pipeline.usecases.renew_copies import Forecast, forecast_copies, named_copies, renew_copies, signed_copies
from signing.forecast import look_ahead
from signing.issuing import Identity, Usage, Validity, issue, rsa_key, subject
from signing.policy import open_renewer
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_server import open_authority, serve_timestamps
from signing.validate import Validator
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.office import Office as Installation
from tests.e2e.papers import home_with_papers, keep_papers
from tests.e2e.signed_once import kill_at
from tests.fakes.author import CLERK
from tests.long import further
from tests.servers.prefect_server import FlowServer
from tests.signing.pki import DAY, NOW, Pki, policy
from tests.signing.signing_office import Office, SetClock, order

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
YEAR, MARGIN = 365 * DAY, 180 * DAY
NOBODY = "http://127.0.0.1:9/"
LTA = SignatureLevel.B_LTA
PASSPHRASE = "mật khẩu thử"
Serve = Callable[[dt.datetime, Callable[[], dt.datetime]], str]


@pytest.fixture
def serve(pki: Pki, socket_enabled: None) -> Iterator[Serve]:
    """Give a function that starts an authority of time stamps whose certificate ends at a moment."""
    with ExitStack() as stack:

        def start(end: dt.datetime, now: Callable[[], dt.datetime]) -> str:
            validity = Validity(start=NOW - YEAR, end=end)
            name = subject("Dấu thời gian", "Thử nghiệm")
            own = issue(name, key=rsa_key(), issuer=pki.time_root, usage=Usage.TIME_STAMP, validity=validity)
            return stack.enter_context(serve_timestamps(open_authority(pki.key_file(own), b"", now=now)))

        yield start


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = SetClock()
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Office(records, FolderObjects(tmp_path / "archive"), clock)
    records.close()


def forecasts(office: Office, look: Callable[[Path], Outlook | None] = look_ahead) -> list[Forecast]:
    versions = office.records.versions
    return forecast_copies(signed_copies(versions), margin=MARGIN, look=look, objects=office.objects, versions=versions)


def sign(office: Office, pki: Pki, who: Identity, url: str | None, level: SignatureLevel, *which: DocumentId) -> None:
    with open_pkcs12(pki.key_file(who), b"", policy=policy(pki.trust(), url=url)) as signer:
        assert all(outcome.version for outcome in office.order(signer, order(which, level)))


def renew(office: Office, pki: Pki, url: str, wanted: list[Forecast]) -> list[DocumentId]:
    done: list[DocumentId] = []
    with open_renewer(policy(pki.trust(), url=url), now=office.clock.now) as renewer:
        renew_copies(
            wanted,
            renew=renewer,
            objects=office.objects,
            versions=office.records.versions,
            clock=office.clock,
            on_document=lambda outcome: done.append(outcome.document),
        )
    return done


def test_what_is_due_is_renewed_years_later_and_then_proves_itself_again(
    office: Office, pki: Pki, official: Identity, serve: Serve
) -> None:
    signed, unsigned = (documents := keep_papers(office.records, office.objects, 2))
    sign(office, pki, official, serve(NOW + 3 * YEAR, office.clock.now), LTA, signed)
    (found,) = forecasts(office)
    assert (found.document, found.outlook) == (
        signed, Outlook(until=NOW + 3 * YEAR, reason=RenewalReason.TIME_STAMP),
    )  # fmt: skip
    assert found.due == NOW + 3 * YEAR - MARGIN
    assert not found.is_due(NOW)
    office.clock.time = NOW + 3 * YEAR - 100 * DAY
    assert found.is_due(office.clock.time)

    assert renew(office, pki, serve(NOW + 9 * YEAR, office.clock.now), [found]) == [signed]

    newest = office.newest(signed)
    assert (newest.number, newest.level, newest.role, newest.signer) == (3, LTA, None, "Nguyễn Thị Ví Dụ")
    (found,) = forecasts(office)
    # its certificate would hold until 2035, its key of 2048 bits does not (NIST SP 800-57 part 1 rev. 5, table 4)
    assert found.outlook == Outlook(until=dt.datetime(2031, 1, 1, tzinfo=dt.UTC), reason=RenewalReason.ALGORITHM)
    assert not found.is_due(office.clock.time)
    office.clock.time = NOW + 4 * YEAR  # the first authority is over
    assert office.verdict(signed, pki) == (Verdict.VALID, True)
    assert office.newest(unsigned).number == 1
    assert len(documents) == 2


def test_each_file_is_read_once_in_its_life(office: Office, pki: Pki, official: Identity) -> None:
    documents = keep_papers(office.records, office.objects, 3)
    sign(office, pki, official, None, SignatureLevel.B_B, *documents)
    read: list[Path] = []

    def look(file: Path) -> Outlook | None:
        read.append(file)
        return look_ahead(file)

    first, second = forecasts(office, look), forecasts(office, look)
    assert len(read) == 3
    assert [(each.document, each.outlook) for each in first] == [(each.document, each.outlook) for each in second]
    assert {each.outlook.reason for each in first if each.outlook} == {RenewalReason.NO_TIME_STAMP}


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_foretold(
    office: Office, pki: Pki, official: Identity
) -> None:
    documents = keep_papers(office.records, office.objects, 2)
    sign(office, pki, official, None, SignatureLevel.B_B, *documents)
    with office.objects.local(Area.ARCHIVE, office.newest(documents[0]).sha256) as file:
        file.unlink()
    found = {each.document: each for each in forecasts(office)}
    assert found[documents[0]].error is not None
    assert not found[documents[0]].is_due(NOW + 99 * YEAR)
    assert found[documents[1]].outlook is not None


def test_without_an_authority_nothing_is_lost(office: Office, pki: Pki, official: Identity, serve: Serve) -> None:
    documents = keep_papers(office.records, office.objects, 2)
    sign(office, pki, official, serve(NOW + 3 * YEAR, office.clock.now), LTA, *documents)
    office.clock.time = NOW + 3 * YEAR - 100 * DAY
    with pytest.raises(TimestampUnavailable):
        renew(office, pki, NOBODY, forecasts(office))
    assert [office.newest(each).number for each in documents] == [2, 2]


def test_a_document_that_is_not_there(office: Office) -> None:
    with pytest.raises(NotFound):
        list(named_copies([DocumentId("d-?")], library=office.records.library, versions=office.records.versions))


@dataclass
class Home:
    """An installation with real keys, whose copies were signed while an authority was near its end."""

    office: Installation
    documents: list[str]
    fresh: str
    """an authority for many years"""

    def at(self, url: str) -> Installation:
        return Installation(
            home=self.office.home, settings={**self.office.settings, "SOHOA_SIGNING__TIMESTAMP_URL": url}
        )

    def versions(self) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.office.home / 'sohoa.db'}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT document, number, role, level FROM copy_versions").fetchall()


@pytest.fixture
def home(pki: Pki, official: Identity, serve: Serve, tmp_path: Path) -> Callable[[int], Home]:
    def make(number: int) -> Home:
        folder = tmp_path / "home"
        documents = home_with_papers(folder, number)
        trust = pki.trust()
        for name, ders, suffix in (
            ("roots", trust.roots, "cer"),
            ("timestamp", trust.timestamp_roots, "cer"),
            ("intermediates", trust.intermediates, "cer"),
            ("crls", trust.crls, "crl"),
        ):
            (folder / "trust" / name).mkdir(parents=True)
            for index, der in enumerate(ders):
                (folder / "trust" / name / f"{index}.{suffix}").write_bytes(der)
        (tmp_path / "secret").write_text(PASSPHRASE, encoding="utf-8")
        (tmp_path / "key.p12").write_bytes(
            pkcs12.serialize_key_and_certificates(
                None,
                official.key,
                official.certificate,
                official.above,
                BestAvailableEncryption(PASSPHRASE.encode()),
            )
        )
        settings = {
            "SOHOA_SIGNING__PRODUCTION": "true",
            "SOHOA_SIGNING__KEY_FILE": str(tmp_path / "key.p12"),
            "SOHOA_SIGNING__PASSPHRASE_FILE": str(tmp_path / "secret"),
            "SOHOA_SIGNING__TIMESTAMP_ROUNDS": "1",
            "SOHOA_LANGUAGE": "en",
        }

        def now() -> dt.datetime:
            return dt.datetime.now(dt.UTC)

        made = Home(Installation(home=folder, settings=settings), list(documents), serve(now() + 9 * YEAR, now))
        done = made.at(serve(now() + 100 * DAY, now)).run("sign", *documents, "--role", "official", "--level", "B-LTA")
        assert done.returncode == 0, done.stderr
        return made

    return make


def test_from_the_forecast_to_the_renewed_copy(home: Callable[[int], Home], pki: Pki) -> None:
    made = home(2)
    foretold = made.office.json("renew", "--all", "--forecast")
    assert [(each["document"], each["level"], each["reason"]) for each in foretold] == [
        (document, "B-LTA", "time_stamp") for document in sorted(made.documents)
    ]
    now = dt.datetime.now(dt.UTC)
    assert all(dt.datetime.fromisoformat(each["due"]) < now for each in foretold)

    down = made.at(NOBODY).run("renew", "--all")
    assert down.returncode == 3
    assert "signing.timestamp_unavailable" in down.stderr
    assert {number for _, number, *_ in made.versions()} == {1, 2}

    done = made.at(made.fresh).json("renew", "--all")
    assert {(each["version"], each["error"]) for each in done} == {(3, None)}
    assert sorted(each["document"] for each in done) == sorted(made.documents)

    again = made.at(made.fresh).run("renew", "--all")
    assert (again.returncode, len(made.versions())) == (0, 6)
    assert "due" in again.stderr
    assert "Foreseeing expiry: 2/2" in again.stderr
    assert "Signing" not in again.stderr + down.stderr
    shown = made.office.run("show", made.documents[0])
    assert "renewed, level B-LTA" in shown.stdout
    fetched = made.office.home.parent / "renewed.pdf"
    assert made.office.run("get", made.documents[0], "--out", fetched).returncode == 0
    verdict = Validator(trust=pki.trust()).validate(fetched, at=now + DAY)
    assert (verdict.verdict, len(verdict.signatures)) == (Verdict.VALID, 3)


def test_killed_in_the_middle_each_copy_is_renewed_once(home: Callable[[int], Home]) -> None:
    made = home(12)
    with made.at(made.fresh).start("renew", "--all") as process:
        kill_at(process, lambda: len(made.versions()), 24 + 3, after=0)
    assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    assert 24 < len(made.versions()) < 36
    assert made.at(made.fresh).run("renew", "--all").returncode == 0
    versions = made.versions()
    assert len(versions) == 36
    assert {number for _, number, *_ in versions} == {1, 2, 3}


@pytest.mark.services
@pytest.mark.parametrize("seed", [1, *further(2)])
def test_a_flow_that_is_killed_at_any_moment_renews_each_copy_once(
    seed: int, home: Callable[[int], Home], flow_server: FlowServer
) -> None:
    chance = random.Random(seed)
    made = home(12)
    office = made.at(made.fresh)
    for count in sorted(chance.sample(range(1, 8), 2)):
        with flow_server.start("flows.renew:renew_signatures", office) as process:
            kill_at(process, lambda: len(made.versions()), 24 + count, after=chance.uniform(0, 0.02))
        assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    assert 24 < (before := len(made.versions())) < 36

    with flow_server.start("flows.renew:renew_signatures", office) as process:
        out, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert json.loads(out) == {"signed": 12, "due": 36 - before, "renewed": 36 - before, "unreadable": 0}
    versions = made.versions()
    assert len(versions) == 36
    assert sorted(number for _, number, *_ in versions) == [1] * 12 + [2] * 12 + [3] * 12


def test_what_is_to_be_renewed_has_to_be_said(home: Callable[[int], Home]) -> None:
    made = home(1)
    assert made.office.run("renew").returncode == 2
    assert made.office.run("renew", "--all", made.documents[0]).returncode == 2
    unknown = made.office.run("renew", "d-000000000000000000000000")
    assert unknown.returncode == 3
    assert "Traceback" not in unknown.stderr
