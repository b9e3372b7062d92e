"""The file of master keys: who may read it, what is wrong in it, and that nothing is lost when a key is added."""

from __future__ import annotations

import base64
import datetime as dt
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from pipeline.domain.errors import BadKeyFile, CannotWrite
from storage.master_keys import MASTER_SIZE, add_master_key, key_id, read_master_keys

NOW = dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.UTC)
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))


def line(key: bytes, *, mark: str = "") -> str:
    return f"{key_id(key)}  {base64.b64encode(key).decode()}  {mark}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.txt"


def written(file: Path, text: str, *, mode: int = 0o600) -> Path:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(mode)
    return file


def test_the_first_key_is_current_and_for_its_owner_only(file: Path) -> None:
    made = add_master_key(file, random_bytes=random.Random(1).randbytes, at=NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    read = read_master_keys(file)
    assert (read.keys, read.current) == (made.keys, made.current)
    assert [len(key) for key in read.keys.values()] == [MASTER_SIZE]
    assert [path.name for path in file.parent.iterdir()] == ["master.txt"]


def test_a_further_key_becomes_current_and_the_others_stay_with_their_notes(file: Path) -> None:
    written(file, f"# from the safe\n{line(FIRST)}{line(SECOND, mark='current # the current one of 2025')}")
    made = add_master_key(file, random_bytes=random.Random(1).randbytes, at=NOW)
    read = read_master_keys(file)
    assert len(read.keys) == 3
    assert read.keys[key_id(FIRST)] == FIRST
    assert read.keys[key_id(SECOND)] == SECOND
    assert read.current == made.current not in (key_id(FIRST), key_id(SECOND))
    assert "# from the safe" in file.read_text()
    assert "# the current one of 2025" in file.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    with pytest.raises(BadKeyFile) as raised:
        read_master_keys(written(file, line(FIRST, mark="current"), mode=mode))
    assert f"{mode:04o}" in str(raised.value.details["problem"])


@pytest.mark.parametrize(
    ("text", "wrong_line"),
    [
        (line(FIRST, mark="current") + "k-1 abc def ghi\n", 2),
        (line(FIRST, mark="Current"), 1),
        (f"{key_id(FIRST)} !!!! current", 1),
        (f"{key_id(FIRST)} {base64.b64encode(b'short').decode()} current", 1),
        (line(FIRST, mark="current").replace("AAEC", "AAED"), 1),
        (f"{key_id(FIRST)} {base64.b64encode(SECOND).decode()} current", 1),
        (f"{key_id(FIRST)}", 1),
    ],
    ids=["four-words", "no-mark", "no-base64", "short", "mistyped", "names-mixed-up", "no-key"],
)
def test_a_wrong_line_is_named_and_no_key_with_it(file: Path, text: str, wrong_line: int) -> None:
    with pytest.raises(BadKeyFile) as raised:
        read_master_keys(written(file, text))
    assert raised.value.details["line"] == wrong_line
    assert base64.b64encode(FIRST).decode() not in str(raised.value)


@pytest.mark.parametrize("text", ["", line(FIRST), line(FIRST, mark="current") + line(SECOND, mark="current")])
def test_exactly_one_key_is_current(file: Path, text: str) -> None:
    with pytest.raises(BadKeyFile, match="current"):
        read_master_keys(written(file, text))


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(BadKeyFile) as raised:
        read_master_keys(file)
    assert raised.value.details["file"] == str(file)


def test_a_wrong_file_is_not_added_to(file: Path) -> None:
    written(file, "nonsense\n")
    with pytest.raises(BadKeyFile):
        add_master_key(file, random_bytes=random.Random(1).randbytes, at=NOW)
    assert file.read_text() == "nonsense\n"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        add_master_key(tmp_path / "file" / "keys", random_bytes=random.Random(1).randbytes, at=NOW)


def test_a_data_key_comes_back_from_its_master_key_only(file: Path) -> None:
    keys = read_master_keys(written(file, line(FIRST, mark="current") + line(SECOND)))
    name, wrapped = keys.wrap(data := bytes(32))
    assert name == key_id(FIRST)
    assert keys.unwrap(name, wrapped) == data
    with pytest.raises(InvalidUnwrap):
        keys.unwrap(key_id(SECOND), wrapped)
    with pytest.raises(InvalidUnwrap):
        keys.unwrap(key_id(b"another"), wrapped)


def test_keys_are_never_printed(file: Path) -> None:
    keys = read_master_keys(written(file, line(FIRST, mark="current")))
    assert FIRST.hex() not in repr(keys)
    assert repr(FIRST) not in repr(keys)
    assert key_id(FIRST) in repr(keys)
