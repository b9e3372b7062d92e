"""Small secrets are sealed with a key that is not in the database; passwords are compared as slowly whoever asks."""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Thread

import pytest

from app.clock import SystemClock
from app.passwords import hash_password, password_fits
from app.secret_box import KeyedBox, secret_box
from app.settings import load_settings
from pipeline.domain.errors import BadKeyFile
from storage.master_keys import add_master_key


def box(home: Path, **settings: str) -> KeyedBox:
    home.mkdir(exist_ok=True)
    environment = {"SOHOA_HOME": str(home), **settings}
    return secret_box(load_settings(environment).settings, clock=SystemClock())


def test_what_is_sealed_is_opened_for_the_same_thing_only(tmp_path: Path) -> None:
    sealed = box(tmp_path).seal(b"secret", about="a-1")
    assert b"secret" not in sealed.encode()
    assert box(tmp_path).open(sealed, about="a-1") == b"secret"
    assert box(tmp_path).seal(b"secret", about="a-1") != sealed
    with pytest.raises(BadKeyFile):
        box(tmp_path).open(sealed, about="a-2")  # moved to another account's row
    for changed in (
        sealed[:-4] + "AAA=",
        "",
        "k-0000000000000000:" + sealed.partition(":")[2],
        sealed.partition(":")[0],
    ):
        with pytest.raises(BadKeyFile):
            box(tmp_path).open(changed, about="a-1")


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    sealed: list[str] = []
    threads = [Thread(target=lambda: sealed.append(box(tmp_path).seal(b"x", about="a"))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {box(tmp_path).open(each, about="a") for each in sealed} == {b"x"}
    assert (tmp_path / "secrets.keys").stat().st_mode & 0o777 == 0o600


def test_the_offices_own_master_keys_are_used_and_may_be_changed(tmp_path: Path) -> None:
    keys = tmp_path / "master.keys"
    add_master_key(keys, random_bytes=os.urandom, at=SystemClock().now())
    named = {"SOHOA_ENCRYPTION__KEY_FILE": str(keys)}
    sealed = box(tmp_path / "home", **named).seal(b"x", about="a")
    add_master_key(keys, random_bytes=os.urandom, at=SystemClock().now())
    assert box(tmp_path / "home", **named).open(sealed, about="a") == b"x"
    assert not (tmp_path / "home" / "secrets.keys").exists()
    with pytest.raises(BadKeyFile):
        box(tmp_path / "home").open(sealed, about="a")


def test_nobody_learns_from_the_time_which_logins_there_are() -> None:
    kept = hash_password("con mèo trèo cây cau")
    password_fits("warm up", "")

    def seconds(of: str) -> float:
        taken = []
        for _ in range(3):
            begun = time.process_time()
            assert not password_fits("wrong", of)
            taken.append(time.process_time() - begun)
        return min(taken)

    known, unknown = seconds(kept), seconds("")
    assert 0.3 < unknown / known < 3  # otherwise a hundred times less


def test_a_password_of_megabytes_and_an_empty_one_let_nobody_in() -> None:
    kept = hash_password("con mèo trèo cây cau")
    assert not password_fits("con mèo trèo cây cau" + "x" * 1_000_000, kept)
    assert not password_fits("", kept)
    assert not password_fits("nobody has this password", "")
    for wrong in ("short", "x" * 257):
        with pytest.raises(ValueError, match="a password has"):
            hash_password(wrong)
