"""What people are told about a store, and that nothing starts on one that lacks what is required."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from storage.s3_client import S3Access, s3_client
from tests.e2e.office import ROOT, Office
from tests.servers.process import ServersMissing, free_port
from tests.servers.rados_gateway import S3Server
from tests.servers.rclone import rclone_s3
from tests.servers.required import give_up

LOCKS = {"governance", "compliance", "fixed_retention", "legal_hold"}


@pytest.fixture
def lying_server() -> Iterator[S3Server]:
    try:
        with rclone_s3() as server:
            yield server
    except ServersMissing as error:
        give_up(str(error))


def _office(home: Path, server: S3Server, *, require: str = "") -> Office:
    settings = {
        "SOHOA_STORE__KIND": "s3",
        "SOHOA_STORE__ENDPOINT": server.endpoint,
        "SOHOA_STORE__BUCKET": "giay-to",
        "SOHOA_STORE__REGION": server.region,
        "SOHOA_STORE__ACCESS_KEY": server.access_key,
        "SOHOA_STORE__SECRET_KEY": server.secret_key,
        "SOHOA_STORE__SECURE": "false",
        "SOHOA_STORE__REQUIRE": require,
        "SOHOA_LANGUAGE": "vi",
    }
    return Office(home=home, settings=settings)


def test_a_folder_locks_nothing_and_says_so(tmp_path: Path) -> None:
    office = Office(home=tmp_path / "home", settings={"SOHOA_STORE__REQUIRE": "checksum compliance"})
    refused = office.run("list")
    assert refused.returncode == 3
    assert "store.lacks" in refused.stderr
    seen = office.json("doctor", "--storage")
    assert {name for name, each in seen["capabilities"].items() if each["answer"] == "absent"} >= LOCKS
    assert seen["lacking"] == ["compliance"]
    refused = office.run("list")
    assert "compliance" in refused.stderr
    assert "checksum" not in refused.stderr


def test_a_machine_that_only_backs_up_looks_at_the_store_by_itself(tmp_path: Path) -> None:
    office = Office(home=tmp_path / "home", settings={"SOHOA_STORE__REQUIRE": "checksum"})
    assert office.run("list").returncode == 3  # nobody looked from here
    assert office.json("backup", tmp_path / "backups")["failed"] == []
    lacking = Office(home=tmp_path / "home", settings={"SOHOA_STORE__REQUIRE": "checksum compliance"})
    refused = lacking.run("backup", tmp_path / "backups")
    assert (refused.returncode, "store.lacks" in refused.stderr) == (3, True)
    assert "checksum" not in refused.stderr


@pytest.mark.services
@pytest.mark.long
@pytest.mark.enable_socket
def test_pages_look_at_the_store_by_themselves(tmp_path: Path) -> None:
    office = Office(home=tmp_path / "home", settings={"SOHOA_STORE__REQUIRE": "checksum"})
    with office.served() as pages:
        assert httpx.get(f"{pages}/ready", timeout=30, trust_env=False).json()["ready"]
    lacking = Office(home=tmp_path / "other", settings={"SOHOA_STORE__REQUIRE": "checksum compliance"})
    ended = subprocess.run(
        [sys.executable, "-m", "web.main"],
        cwd=ROOT,
        env=lacking.environment | {"SOHOA_WEB__PORT": str(free_port())},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode != 0
    assert "compliance" in ended.stderr


@pytest.mark.services
@pytest.mark.long  # a lock is waited for until it ends, as in storage/test_probe.py
@pytest.mark.enable_socket
def test_a_server_that_locks_gets_a_bucket_with_locks(tmp_path: Path, s3_server: S3Server) -> None:
    office = _office(tmp_path / "home", s3_server, require="compliance legal_hold versioning")
    state = office.json("storage", "init")
    assert state == {
        "store": f"s3://{s3_server.endpoint}/giay-to",
        "made": True,
        "object_lock": True,
        "versioning": True,
        "incoming_days": 7,
    }
    assert office.json("storage", "init") == {**state, "made": False}
    assert office.run("list").returncode == 0


@pytest.mark.services
@pytest.mark.enable_socket
def test_nothing_starts_on_a_server_that_overwrites_what_it_should_hold(tmp_path: Path, lying_server: S3Server) -> None:
    office = _office(tmp_path / "home", lying_server, require="legal_hold")
    looked = office.run("doctor", "--storage")
    assert looked.returncode == 1
    assert "nói có mà không làm" in looked.stdout
    assert "đối tượng bị ghi đè" in looked.stdout
    for command in (["digitize", str(tmp_path)], ["list"], ["run"]):
        refused = office.run(*command, seconds=60)
        assert refused.returncode == 3, command
        assert "phong toả pháp lý" in refused.stderr or "legal_hold" in refused.stderr


@pytest.mark.services
@pytest.mark.long
@pytest.mark.enable_socket
def test_a_bucket_without_locks_is_named(tmp_path: Path, s3_server: S3Server) -> None:
    access = S3Access(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket="khong-khoa",
        region=s3_server.region,
        secure=False,
    )
    s3_client(access).make_bucket("khong-khoa")
    office = _office(tmp_path / "home", s3_server, require="compliance")
    office = Office(home=office.home, settings={**office.settings, "SOHOA_STORE__BUCKET": "khong-khoa"})
    told = office.run("storage", "init")
    assert told.returncode == 1
    assert "khong-khoa" in told.stderr
    assert office.run("list").returncode == 3
