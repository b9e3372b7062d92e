"""What was disposed of does not stand in the bytes of the database's files either."""

from __future__ import annotations

from pathlib import Path

from tests.storage.disposal_office import SECRETS, open_office


def bytes_of_records(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.glob("sohoa.db*")))


def test_nothing_of_a_paper_is_left_in_the_files_of_sqlite(tmp_path: Path) -> None:
    """Neither in rows, nor in the full-text index, nor on free pages, nor in the write-ahead log of an open database."""
    words = [each.encode() for each in SECRETS] + [b"nguyen"]
    with open_office(f"sqlite:///{tmp_path / 'sohoa.db'}", tmp_path / "archive") as office:
        office.keep(papers=3)
        before = bytes_of_records(tmp_path)
        assert [each for each in words if each not in before] == []
        disposal = office.propose()
        office.decide(disposal.id)
        office.carry_out(disposal.id)
        during = bytes_of_records(tmp_path)
        assert [each for each in words if each in during] == []
    after = bytes_of_records(tmp_path)
    assert [each for each in words if each in after] == []
