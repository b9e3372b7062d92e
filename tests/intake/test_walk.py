"""Finding and naming the files of a batch."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from pipeline.domain.errors import NothingToRead, PathMissing
from pipeline.intake.walk import find_files, natural_key


def _write(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_of_a_folder_come_in_the_order_people_count(tmp_path: Path) -> None:
    for name in ("scan10.pdf", "scan2.pdf", "Scan1.pdf", "b/1.tif", "a/2.tif"):
        _write(tmp_path / "lô 1" / name)
    names = [file.name for file in find_files([tmp_path / "lô 1"])]
    assert names == ["a/2.tif", "b/1.tif", "Scan1.pdf", "scan2.pdf", "scan10.pdf"]


def test_a_number_in_a_name_may_be_of_any_length() -> None:
    names = ["a" + "9" * 6000, "a2", "a10"]
    assert sorted(names, key=natural_key) == ["a2", "a10", "a" + "9" * 6000]


def test_a_file_is_named_by_its_last_part_and_knows_its_folder(tmp_path: Path) -> None:
    file = _write(tmp_path / "H42.12-220801-0001" / "don.pdf")
    (found,) = find_files([file])
    assert (found.name, found.path) == ("don.pdf", file)
    assert found.folder.endswith("H42.12-220801-0001")


def test_decomposed_names_are_composed_and_still_open(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Tờ khai khai sinh.pdf")
    _write(tmp_path / decomposed, b"content")
    (found,) = find_files([tmp_path])
    assert found.name == unicodedata.normalize("NFC", "Tờ khai khai sinh.pdf")
    assert found.path.read_bytes() == b"content"


def test_names_are_shown_without_what_steers_a_terminal(tmp_path: Path) -> None:
    written = [_write(tmp_path / "a\x1b[2J\n" / name) for name in ("\u202eb.pdf", "b.pdf", "c\x9b.pdf")]
    found = find_files([tmp_path])
    assert len({each.name for each in found}) == len(written)
    assert {each.name.partition("a_[2J_/")[2] for each in found} == {"b.pdf", "c_.pdf"}
    assert {each.path for each in found} == set(written)
    assert all(each.folder.endswith("a_[2J_") for each in found)


def test_a_name_of_many_folders_stays_a_key(tmp_path: Path) -> None:
    _write(tmp_path / "/".join("ệ" * 60 for _ in range(15)) / "scan.pdf")
    (found,) = find_files([tmp_path])
    assert len(found.name.encode()) <= 1_000
    assert found.name.endswith("/scan.pdf")


def test_what_systems_leave_behind_is_skipped_in_folders(tmp_path: Path) -> None:
    for name in (
        ".DS_Store",
        "Thumbs.db",
        "~$don.docx",
        "._scan.pdf",
        "desktop.ini",
        ".git/config",
        "__MACOSX/x",
        "scan.pdf",
    ):
        _write(tmp_path / name)
    assert [file.name for file in find_files([tmp_path])] == ["scan.pdf"]


def test_a_hidden_file_that_is_named_by_itself_is_taken(tmp_path: Path) -> None:
    assert [file.name for file in find_files([_write(tmp_path / ".scan.pdf")])] == [".scan.pdf"]


def test_names_are_unique_in_the_batch(tmp_path: Path) -> None:
    files = [_write(tmp_path / folder / "scan.pdf", folder.encode()) for folder in ("a", "b", "x/b", "y/b")]
    assert [file.name for file in find_files(files)] == ["scan.pdf", "b/scan.pdf", "scan (2).pdf", "scan (3).pdf"]


def test_names_that_differ_only_by_composition_are_kept_apart(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        _write(tmp_path / unicodedata.normalize(form, "đơn đề nghị.pdf"), form.encode())
    found = find_files([tmp_path])
    assert len({file.name for file in found}) == 2
    assert {file.path.read_bytes() for file in found} == {b"NFC", b"NFD"}


def test_a_file_given_twice_is_taken_once_and_hard_links_are_two(tmp_path: Path) -> None:
    file = _write(tmp_path / "a.pdf")
    assert len(find_files([file, tmp_path, file])) == 1
    (tmp_path / "b.pdf").hardlink_to(file)
    assert len(find_files([tmp_path])) == 2


def test_links_that_lead_back_up_do_not_hang(tmp_path: Path) -> None:
    _write(tmp_path / "in" / "scan.pdf")
    (tmp_path / "in" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "in" / "broken").symlink_to(tmp_path / "nowhere")
    assert [file.name for file in find_files([tmp_path])] == ["in/scan.pdf"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathMissing) as caught:
        find_files([tmp_path / "không có.pdf"])
    assert str(caught.value.details["path"]).endswith("không có.pdf")


def test_folders_without_files_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _write(tmp_path / ".hidden" / "x")
    with pytest.raises(NothingToRead):
        find_files([tmp_path])


def test_certificates_beside_signed_files_are_no_papers(tmp_path: Path) -> None:
    for name in ("quyết định.pdf", "root.pem", "CA.CRT"):
        (tmp_path / name).write_bytes(b"-")

    found = find_files([tmp_path])

    assert [each.name for each in found] == ["quyết định.pdf"]
    assert [each.name for each in find_files([tmp_path / "root.pem"])] == ["root.pem"]
