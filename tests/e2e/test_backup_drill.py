"""An installation is destroyed and comes back from its backup: on a folder, and on real servers; also where it is killed on the way."""

from __future__ import annotations

import hashlib
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from pipeline.specimens.batch import SpecimenBatch
from scripts.backup_drill import DrillFailed, drill, folder_digests
from storage.s3_client import S3Access, s3_client
from tests.e2e.office import NO_SERVER, Office
from tests.servers.rados_gateway import S3Server

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]

BUCKET = "luyen-tap"
KILLED_AFTER = (0.6, 1.0, 1.4, 1.8, 2.2)
"""seconds: from the start of the program to the checking of what was brought back"""


@pytest.fixture
def scan(specimens: SpecimenBatch, tmp_path: Path) -> Path:
    """One file, the smallest: what is compared is bytes."""
    smallest = min((each for each in specimens.folder.rglob("*.pdf")), key=lambda each: each.stat().st_size)
    return Path(shutil.copy(smallest, tmp_path / "quét.pdf"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def destroy(home: Path) -> None:
    shutil.rmtree(home / "archive")
    for file in home.glob("sohoa.db*"):
        file.unlink()


def fill(scan: Path) -> Sequence[str | Path]:
    return ("digitize", scan)


@pytest.mark.long  # `make backup-drill` does the same
def test_a_folder_comes_back(home: Path, scan: Path, tmp_path: Path) -> None:
    told = drill(
        home,
        tmp_path,
        fill=fill(scan),
        settings={"SOHOA_PREFECT__API_URL": NO_SERVER},
        digests=lambda: folder_digests(home / "archive"),
        destroy=lambda: destroy(home),
    )
    assert "objects with their digests" in told


@pytest.mark.long
def test_a_drill_sees_what_was_not_backed_up(home: Path, scan: Path, tmp_path: Path) -> None:
    def destroy_the_backup_too() -> None:
        destroy(home)
        next((tmp_path / "backup" / "objects" / "archive").glob("sha256/*/*/*")).unlink()

    with pytest.raises(DrillFailed, match=r"object\.missing"):
        drill(
            home,
            tmp_path,
            fill=fill(scan),
            settings={"SOHOA_PREFECT__API_URL": NO_SERVER},
            digests=lambda: folder_digests(home / "archive"),
            destroy=destroy_the_backup_too,
        )


@pytest.mark.services
def test_a_database_server_and_a_bucket_come_back(
    home: Path, scan: Path, tmp_path: Path, postgres_url: str, s3_server: S3Server
) -> None:
    access = S3Access(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket=BUCKET,
        region=s3_server.region,
        secure=s3_server.secure,
    )
    client = s3_client(access)

    def digests() -> dict[str, str]:
        found = {}
        for each in client.list_objects(BUCKET, recursive=True):
            answer = client.get_object(BUCKET, str(each.object_name))
            found[str(each.object_name)] = hashlib.sha256(answer.read()).hexdigest()
            answer.close()
        return found

    def destroy_servers() -> None:
        for each in client.list_objects(BUCKET, recursive=True):
            client.remove_object(BUCKET, str(each.object_name))
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    settings = {
        "SOHOA_PREFECT__API_URL": NO_SERVER,
        "SOHOA_RECORDS__URL": postgres_url,
        "SOHOA_STORE__KIND": "s3",
        "SOHOA_STORE__ENDPOINT": s3_server.endpoint,
        "SOHOA_STORE__BUCKET": BUCKET,
        "SOHOA_STORE__REGION": s3_server.region,
        "SOHOA_STORE__ACCESS_KEY": s3_server.access_key,
        "SOHOA_STORE__SECRET_KEY": s3_server.secret_key,
        "SOHOA_STORE__SECURE": "false",
    }
    drill(home, tmp_path, fill=fill(scan), settings=settings, digests=digests, destroy=destroy_servers)


@pytest.mark.long
def test_killed_on_the_way_it_goes_on(home: Path, scan: Path, tmp_path: Path) -> None:
    office = Office(home=home)
    assert office.run("digitize", scan).returncode in {0, 1}
    before = folder_digests(home / "archive")
    assert killed_often(office, "backup", tmp_path / "backup") > 0
    assert office.run("backup", tmp_path / "backup").returncode == 0
    destroy(home)
    assert killed_often(office, "restore", tmp_path / "backup", "--verify") > 0
    again = office.json("restore", tmp_path / "backup", "--verify")
    assert again["verified"]["sound"], again
    after = folder_digests(home / "archive")
    assert {each for each in before if each.startswith("archive/")} <= after.keys()
    assert after.items() <= before.items()
    refused = office.run("restore", tmp_path / "backup")
    assert (refused.returncode, "restore.not_empty" in refused.stderr) == (3, True)


def killed_often(office: Office, *command: str | Path) -> int:
    """Start a command and kill it, later each time, until it ends before that; return how often it was killed."""
    for times, seconds in enumerate(KILLED_AFTER):
        with office.start(*command) as process:
            time.sleep(seconds)
            process.kill()
        if process.returncode != -signal.SIGKILL:
            return times
    return len(KILLED_AFTER)
