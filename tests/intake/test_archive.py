"""Archives: what is in them, and what they must not do."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.domain.errors import DamagedSource, EncryptedSource, SourceTooLarge
from pipeline.intake.archive import extract_members, members
from pipeline.intake.limits import IntakeLimits
from tests.servers.required import give_up

LIMITS = IntakeLimits()


def _zip(path: Path, files: Mapping[str, bytes], *, packed: bool = True) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_members_come_out_whole_and_in_natural_order(tmp_path: Path) -> None:
    content = {
        "Hồ sơ/scan10.pdf": b"ten",
        "Hồ sơ/scan2.pdf": b"two",
        "Hồ sơ/": b"",
        "__MACOSX/._a": b"x",
        ".DS_Store": b"x",
    }
    archive = _zip(tmp_path / "a.zip", content)
    out = tmp_path / "out"
    out.mkdir()
    assert [member.label for member in members(archive, limits=LIMITS)] == ["Hồ sơ/scan2.pdf", "Hồ sơ/scan10.pdf"]
    extracted = extract_members(archive, out, limits=LIMITS)
    assert [(each.label, each.file.read_bytes()) for each in extracted] == [
        ("Hồ sơ/scan2.pdf", b"two"),
        ("Hồ sơ/scan10.pdf", b"ten"),
    ]


def test_names_that_lead_out_of_the_folder_are_labels_only(tmp_path: Path) -> None:
    names = ["../../etc/passwd", "/abs.pdf", "..\\..\\win.pdf", "C:\\x\\y.pdf", "a/../b.pdf"]
    archive = _zip(tmp_path / "a.zip", dict.fromkeys(names, b"x"))
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    extracted = extract_members(archive, out, limits=LIMITS)
    assert {each.label for each in extracted} == {"etc/passwd", "abs.pdf", "win.pdf", "x/y.pdf", "a/b.pdf"}
    assert all(each.file.parent == out for each in extracted)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "deep"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("x\x1b[2J\x07.pdf", "x_[2J_.pdf"),
        ("dòng 1\nLỗi giả: dòng 2.pdf", "dòng 1_Lỗi giả: dòng 2.pdf"),
        ("a\u2028b\x85c.pdf", "a_b_c.pdf"),
        ("\u200eảnh\u202efdp.exe", "ảnhfdp.exe"),
        ("\u200b", "_"),
    ],
)
def test_names_steer_no_terminal_and_part_no_line(tmp_path: Path, name: str, label: str) -> None:
    archive = _zip(tmp_path / "a.zip", {name: b"x"})
    assert [each.label for each in members(archive, limits=LIMITS)] == [label]


@pytest.mark.parametrize("sign", ["a", "ệ", "\U0001f600"])
def test_a_name_that_no_index_takes_is_shortened_in_its_middle(tmp_path: Path, sign: str) -> None:
    names = [f"Hồ sơ/{sign * 15_000}{end}.pdf" for end in ("1", "2")]
    labels = [each.label for each in members(_zip(tmp_path / "a.zip", dict.fromkeys(names, b"x")), limits=LIMITS)]
    assert [label[:7] + label[-5:] for label in labels] == [f"Hồ sơ/{sign}{end}.pdf" for end in ("1", "2")]
    assert all(len(label.encode()) <= 1_000 for label in labels)


def test_names_without_the_utf8_flag_are_understood(tmp_path: Path) -> None:
    # Packers under Windows and macOS write UTF-8 and do not say so: the same bytes, bit 11 taken off.
    archive = _zip(tmp_path / "a.zip", {"Đơn đề nghị.pdf": b"x"})
    data = bytearray(archive.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(signature) + at
        (flags,) = struct.unpack_from("<H", data, place)
        struct.pack_into("<H", data, place, flags & ~0x800)
    archive.write_bytes(data)
    assert [member.label for member in members(archive, limits=LIMITS)] == ["Đơn đề nghị.pdf"]


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"x/scan.pdf": b"1", "../x/scan.pdf": b"2"})
    assert {member.label for member in members(archive, limits=LIMITS)} == {"x/scan.pdf", "x/scan (2).pdf"}


def test_links_in_an_archive_are_not_followed(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.pdf")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("scan.pdf", b"x")
    assert [member.label for member in members(tmp_path / "a.zip", limits=LIMITS)] == ["scan.pdf"]


def test_too_many_members_and_too_many_bytes_are_refused(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {f"{number}.pdf": b"x" * 100 for number in range(20)})
    with pytest.raises(SourceTooLarge) as caught:
        members(archive, limits=IntakeLimits(members=10))
    assert caught.value.details == {"limit": "members", "value": 20, "allowed": 10}
    with pytest.raises(SourceTooLarge) as caught:
        members(archive, limits=IntakeLimits(unpacked_bytes=1_000))
    assert caught.value.details["limit"] == "unpacked_bytes"


def _lying(path: Path, *, real: int, claimed: int) -> Path:
    """Write an archive whose one member unpacks to more bytes than its headers say."""
    _zip(path, {"scan.pdf": bytes(real)})
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + at, claimed)
    path.write_bytes(data)
    return path


def test_what_an_archive_claims_about_sizes_does_not_let_it_write_more(tmp_path: Path) -> None:
    archive = _lying(tmp_path / "a.zip", real=50_000_000, claimed=1_000)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises((SourceTooLarge, DamagedSource)):
        extract_members(archive, out, limits=IntakeLimits(unpacked_bytes=2_000_000))
    assert sum(file.stat().st_size for file in out.iterdir()) <= 2_000_000


def test_a_flat_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"scan.pdf": bytes(60_000_000)})
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(SourceTooLarge) as caught:
        extract_members(archive, out, limits=LIMITS)
    assert caught.value.details["limit"] == "unpacked_ratio"
    assert sum(file.stat().st_size for file in out.iterdir()) < 15_000_000


def test_an_archive_is_not_opened_where_the_depth_is_used_up(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "inner.zip", {"scan.pdf": b"x"})
    with pytest.raises(SourceTooLarge) as caught:
        members(archive, limits=IntakeLimits(depth=0))
    assert caught.value.details["limit"] == "depth"


def test_an_archive_in_an_archive_comes_out_as_a_file(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("scan.pdf", b"x")
    (tmp_path / "out").mkdir()
    (extracted,) = extract_members(
        _zip(tmp_path / "a.zip", {"inner.zip": inner.getvalue()}), tmp_path / "out", limits=LIMITS
    )
    assert extracted.file.read_bytes() == inner.getvalue()


def test_a_member_with_a_password_refuses_the_archive(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"open.pdf": b"x", "locked.pdf": b"y"})
    data = bytearray(archive.read_bytes())
    place = data.rindex(b"PK\x01\x02") + 8
    struct.pack_into("<H", data, place, struct.unpack_from("<H", data, place)[0] | 1)
    archive.write_bytes(data)
    with pytest.raises(EncryptedSource) as caught:
        members(archive, limits=LIMITS)
    assert caught.value.details["member"] == "locked.pdf"


@pytest.mark.parametrize("cut", [10, 60, -10])
def test_a_cut_off_archive_is_damaged(cut: int, tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"scan.pdf": bytes(range(256)) * 4}, packed=False)
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(DamagedSource):
        members(archive, limits=LIMITS)


def test_a_member_whose_bytes_changed_is_damaged(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", {"scan.pdf": b"content" * 100}, packed=False)
    archive.write_bytes(archive.read_bytes().replace(b"content", b"CONTENT", 1))
    (tmp_path / "out").mkdir()
    with pytest.raises(DamagedSource):
        extract_members(archive, tmp_path / "out", limits=LIMITS)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_cannot_be_unpacked_is_damaged_however_it_was_packed(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("scan.pdf", bytes(range(256)) * 400)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    data[90:110] = bytes(20)
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "out").mkdir()
    with pytest.raises(DamagedSource):
        extract_members(tmp_path / "a.zip", tmp_path / "out", limits=LIMITS)


@pytest.mark.parametrize(
    ("local", "central", "value"),
    [
        pytest.param(8, 10, 9, id="Deflate64"),  # APPNOTE.TXT 4.4.5, what Windows packs files over 2 GB with
        pytest.param(4, 6, 99, id="a later version of the format"),  # APPNOTE.TXT 4.4.3
        pytest.param(6, 8, 1 << 5, id="patch data"),  # APPNOTE.TXT 4.4.4
    ],
)
def test_an_archive_of_a_kind_that_is_not_known_is_damaged(
    local: int, central: int, value: int, tmp_path: Path
) -> None:
    archive = _zip(tmp_path / "a.zip", {"scan.pdf": b"x" * 100})
    data = bytearray(archive.read_bytes())
    for signature, at in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        struct.pack_into("<H", data, data.index(signature) + at, value)
    archive.write_bytes(data)
    (tmp_path / "out").mkdir()
    with pytest.raises(DamagedSource):
        extract_members(archive, tmp_path / "out", limits=LIMITS)


def test_an_archive_with_nothing_in_it_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedSource):
        members(_zip(tmp_path / "a.zip", {"folder/": b"", ".DS_Store": b"x"}), limits=LIMITS)


def test_an_archive_by_the_zip_program_with_a_password_is_refused(tmp_path: Path) -> None:
    if shutil.which("zip") is None:
        give_up("the zip program is not installed")
    (tmp_path / "scan.pdf").write_bytes(b"x" * 100)
    subprocess.run(["zip", "-q", "-P", "secret", "a.zip", "scan.pdf"], cwd=tmp_path, check=True)
    with pytest.raises(EncryptedSource):
        members(tmp_path / "a.zip", limits=LIMITS)
