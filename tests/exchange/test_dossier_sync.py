"""Dossiers for the national portal, held against the list of properties that provinces' systems send."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.dossier_course import Channel, DossierStatus, Fee, PaidOnline, SubmittedAt, Supplement
from pipeline.domain.exchange import Reception, SyncAnswer
from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.dossier_sync import (
    ApplicantKind,
    ApplicantNumber,
    AskedDatabase,
    OtherAttachment,
    ProcessStep,
    ResultPaper,
    Reuse,
    SubmittedPaper,
    SyncedDossier,
    dossiers_schema,
    read_dossiers,
    read_steps,
    write_dossiers,
    write_steps,
)
from pipeline.exchange.result_descriptor import (
    ResultDescriptor,
    descriptors_schema,
    read_descriptors,
    write_descriptors,
)
from pipeline.exchange.sync_answer import read_answer, write_answer

plain = st.text('aăâbcdđeêghiklmnoôơpqrstuưvxy ẨẲỮ"\\\n\t<>&0123456789', max_size=30)
needed = plain.filter(bool)
moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2999, 12, 31)).map(  # noqa: DTZ001 - put into a zone
    lambda at: at.replace(microsecond=0, tzinfo=OFFICE_TIME)
)
perhaps = st.none() | moments


def paper(reuse: Reuse, replaced_by: str) -> st.SearchStrategy[SubmittedPaper]:
    return st.builds(
        SubmittedPaper,
        name=needed,
        address=plain,
        file_id=plain,
        is_deleted=st.booleans(),
        component=plain,
        is_digitized=st.booleans(),
        reuse=st.just(reuse),
        from_depository=st.booleans(),
        replaced_by=st.just(replaced_by),
    )


papers = paper(Reuse.NO, "") | paper(Reuse.REUSED, "") | paper(Reuse.REPLACED, "H42-KQ2")
dossiers = st.builds(
    SyncedDossier,
    code=needed,
    procedure=needed,
    procedure_name=needed,
    received_at=moments,
    status=st.sampled_from(DossierStatus),
    applicant=plain,
    applicant_kind=st.none() | st.sampled_from(ApplicantKind),
    applicant_number=plain,
    applicant_id=plain,
    applicant_numbers=st.lists(st.builds(ApplicantNumber, kind=plain, number=plain), max_size=2).map(tuple),
    email=plain,
    fax=plain,
    phone=plain,
    more=plain,
    field=plain,
    field_name=plain,
    channel=st.none() | st.sampled_from(Channel),
    subject=plain,
    submitted_at=perhaps,
    due_at=perhaps,
    returned_at=perhaps,
    refused_at=perhaps,
    ended_at=perhaps,
    return_form=plain,
    return_note=plain,
    unit=plain,
    note=plain,
    submitted_to=st.none() | st.sampled_from(SubmittedAt),
    has_digitized=st.booleans(),
    verified_account=st.none() | st.booleans(),
    paid=st.none() | st.sampled_from(PaidOnline),
    papers=st.lists(papers, max_size=3).map(tuple),
    results=st.lists(st.builds(ResultPaper, name=needed, address=plain, code=plain), max_size=2).map(tuple),
    fees=st.lists(st.builds(Fee, name=plain, amount=plain), max_size=2).map(tuple),
    supplements=st.lists(
        st.builds(Supplement, id=plain, asked_at=perhaps, received_at=perhaps, status=plain, due_after=perhaps),
        max_size=2,
    ).map(tuple),
    others=st.lists(st.builds(OtherAttachment, name=plain, count=plain), max_size=2).map(tuple),
    databases=st.lists(st.builds(AskedDatabase, code=plain), max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(dossiers, max_size=2))
def test_dossiers_come_back_as_they_were(some: list[SyncedDossier]) -> None:
    written = write_dossiers(some)
    jsonschema.validate(json.loads(written), dossiers_schema())
    assert read_dossiers(written) == tuple(some)


DOSSIER = SyncedDossier(
    code="H42.12-220801-0001",
    procedure="1.000894",
    procedure_name="Đăng ký kết hôn",
    received_at=dt.datetime(2026, 1, 31, 17, 30, 5, tzinfo=dt.UTC),
    status=DossierStatus.DONE,
    channel=Channel.ONLINE,
    has_digitized=True,
    papers=(
        SubmittedPaper(name="Tờ khai.pdf", address="https://so.example.vn/1", is_digitized=True, reuse=Reuse.REUSED),
    ),
    results=(ResultPaper(name="Giấy chứng nhận kết hôn", address="https://so.example.vn/2", code="X-KQ1"),),
)

# as provinces' systems send them (public integration code)
DOSSIER_PROPERTIES = [
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "KenhThucHien",
    "TrichYeuHoSo",
    "NgayNopHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayTra",
    "NgayTuChoi",
    "NgayKetThucXuLy",
    "TrangThaiHoSo",
    "HinhThuc",
    "ThongTinTra",
    "DonViXuLy",
    "GhiChu",
    "NoiNopHoSo",
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
    "ChuHoSo",
    "SoGiayToChuHoSo",
    "LoaiDoiTuong",
    "MaDoiTuong",
    "Email",
    "Fax",
    "SoDienThoai",
    "ThongTinKhac",
    "DinhDanhCHS",
    "TaiLieuNop",
    "DanhSachGiayToKetQua",
    "DanhSachLePhi",
    "DanhSachTepDinhKemKhac",
    "DanhSachHoSoBoSung",
    "DSKetNoiCSDL",
]
PAPER_PROPERTIES = [
    "TepDinhKemId",
    "TenTepDinhKem",
    "IsDeleted",
    "MaThanhPhanHoSo",
    "DuongDanTaiTepTin",
    "DuocSoHoa",
    "DuocTaiSuDung",
    "DuocLayTuKhoDMQG",
    "MaKetQuaThayThe",
]
RESULT_PROPERTIES = ["TenGiayTo", "MaThanhPhanHoSo", "GiayToId", "DuongDanTepTinKetQua", "MaGiayToKetQua"]
STEP_PROPERTIES = [
    "MaHoSo",
    "NguoiXuLy",
    "ChucDanh",
    "ThoiDiemXuLy",
    "PhongBanXuLy",
    "NoiDungXuLy",
    "TrangThai",
    "NgayBatDau",
    "NgayKetThucTheoQuyDinh",
]


def sent(*dossiers: SyncedDossier) -> Any:  # noqa: ANN401 - JSON
    return json.loads(write_dossiers(dossiers))


def test_properties_are_those_that_the_portal_knows() -> None:
    (record,) = sent(DOSSIER)
    assert sorted(record) == sorted(DOSSIER_PROPERTIES)
    assert sorted(record["TaiLieuNop"][0]) == sorted(PAPER_PROPERTIES)
    assert sorted(record["DanhSachGiayToKetQua"][0]) == sorted(RESULT_PROPERTIES)
    assert all(isinstance(value, str | list) for value in record.values())


def test_moments_are_vietnamese_and_without_signs() -> None:
    (record,) = sent(DOSSIER)
    # 31 January 17:30:05 UTC is 1 February 00:30:05 in Vietnam
    assert (record["NgayTiepNhan"], record["NgayTra"]) == ("20260201003005", "")


def test_flags_and_states_are_texts_of_digits() -> None:
    (record,) = sent(DOSSIER)
    assert (record["TrangThaiHoSo"], record["KenhThucHien"], record["HoSoCoThanhPhanSoHoa"]) == ("9", "2", "1")
    (own,) = record["TaiLieuNop"]
    assert (own["DuocSoHoa"], own["DuocTaiSuDung"], own["DuocLayTuKhoDMQG"]) == ("1", "1", "0")


@pytest.mark.parametrize(("letters", "fits"), [(1000, True), (1001, False)])
def test_a_subject_has_at_most_1000_letters(letters: int, fits: bool) -> None:  # noqa: FBT001 - a case
    long = replace(DOSSIER, subject="ệ" * letters)
    if fits:
        assert read_dossiers(write_dossiers([long]))[0].subject == "ệ" * 1000
        return
    with pytest.raises(ExchangeMalformed) as refusal:
        write_dossiers([long])
    assert refusal.value.details["place"] == "TrichYeuHoSo"


def test_the_name_of_a_file_has_at_most_4000_letters() -> None:
    with pytest.raises(ExchangeMalformed):
        write_dossiers([replace(DOSSIER, papers=(SubmittedPaper(name="x" * 4001, address=""),))])


def test_a_paper_that_is_replaced_names_the_result_in_its_place() -> None:
    with pytest.raises(ValueError, match="replaced"):
        SubmittedPaper(name="a", address="", reuse=Reuse.REPLACED)
    (record,) = sent(DOSSIER)
    record["TaiLieuNop"][0]["DuocTaiSuDung"] = "2"
    with pytest.raises(ExchangeMalformed):
        read_dossiers(json.dumps([record]).encode())


def test_numbers_and_truths_of_other_systems_are_read_as_texts() -> None:
    (record,) = sent(DOSSIER)
    record |= {"TrangThaiHoSo": 9, "HoSoCoThanhPhanSoHoa": True, "Fax": None, "DanhSachLePhi": None, "Unknown": {}}
    assert read_dossiers(json.dumps([record]).encode()) == (replace(DOSSIER, received_at=DOSSIER.received_at),)


@pytest.mark.parametrize(
    "change",
    [
        {"MaHoSo": ""},
        {"TrangThaiHoSo": "11"},
        {"NgayTiepNhan": "2026-02-01"},
        {"NgayTiepNhan": "20260230000000"},
        {"NgayHenTra": "٢٠٢٦٠٢٠١٠٠٣٠٠٥"},
        {"KenhThucHien": "9"},
        {"IsDeleted": "yes", "HoSoCoThanhPhanSoHoa": "yes"},
        {"Email": ["a"]},
        {"Email": 1.5},
        {"GhiChu": "\ud800"},
        {"TaiLieuNop": {}},
        {"TaiLieuNop": ["x"]},
    ],
)
def test_a_record_that_is_none_is_refused_by_its_place(change: dict[str, object]) -> None:
    (record,) = sent(DOSSIER)
    with pytest.raises(ExchangeMalformed):
        read_dossiers(json.dumps([record | change]).encode())


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "[" * 200_000, '[{"MaHoSo": NaN}]', "nonsense", "[" + "9" * 9000 + "]"]
)
def test_what_is_no_array_of_records_is_refused(text: str) -> None:
    with pytest.raises(ExchangeMalformed):
        read_dossiers(text.encode())


def test_the_process_log_goes_out_ten_entries_at_a_time() -> None:
    steps = [
        ProcessStep(dossier="H42", by=f"Nguyễn Văn {n}", at=DOSSIER.received_at, status=DossierStatus.IN_PROGRESS)
        for n in range(23)
    ]
    messages = write_steps(steps)
    assert [len(json.loads(message)) for message in messages] == [10, 10, 3]
    assert sorted(json.loads(messages[0])[0]) == sorted(STEP_PROPERTIES)
    assert [step for message in messages for step in read_steps(message)] == steps
    with pytest.raises(ExchangeMalformed):
        write_steps([replace(steps[0], by="x" * 51)])


@pytest.mark.parametrize(
    ("body", "reception"),
    [
        (b'{"error_code": "0", "message": "ok"}', Reception.TAKEN),
        (b'{"error_code": 0}', Reception.TAKEN),
        (b'{"error_code": "3"}', Reception.THERE_ALREADY),
        (b'{"error_code": "-3"}', Reception.THERE_ALREADY),
        (b'{"error_code": "-1", "message": "Sai"}', Reception.REFUSED),
        (b'{"error_code": "99"}', Reception.REFUSED),
    ],
)
def test_answers_mean_what_the_portal_means(body: bytes, reception: Reception) -> None:
    assert read_answer(body).reception is reception


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error_code": true}', b'{"error_code": null}', b"<html>"])
def test_what_is_no_answer_is_not_taken_for_a_good_one(body: bytes) -> None:
    with pytest.raises(ExchangeMalformed):
        read_answer(body)


def test_an_answer_comes_back() -> None:
    answer = SyncAnswer(code="-3", message="Hồ sơ đã tồn tại")
    assert read_answer(write_answer(answer)) == answer


descriptors = st.builds(
    ResultDescriptor,
    code=needed,
    name=needed,
    reference=plain,
    subject=plain,
    issued_at=perhaps,
    valid_until=perhaps,
    valid_scope=plain,
    owner=plain,
    owner_kind=plain,
    organ=plain,
    unit=plain,
    file_name=plain,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(descriptors, max_size=3))
def test_descriptors_come_back_as_they_were(some: list[ResultDescriptor]) -> None:
    written = write_descriptors(some)
    jsonschema.validate(json.loads(written), descriptors_schema())
    assert read_descriptors(written) == tuple(some)


def test_a_descriptor_has_the_names_of_the_provincial_store() -> None:
    (record,) = json.loads(write_descriptors([ResultDescriptor(code="KQ.G15.000031", name="Giấy khai sinh")]))
    assert sorted(record) == sorted(
        [
            "MaGiayToKetQua",
            "TenGiayToKetQua",
            "SoKyHieu",
            "TrichYeuNoiDung",
            "NgayCap",
            "ThoiHanHieuLuc",
            "PhamViHieuLuc",
            "MaChuGiayTo",
            "LoaiDinhDanhCHS",
            "MaCoQuan",
            "DonViXuLy",
            "TenFileGiayToKetQuaDinhKem",
        ]
    )
