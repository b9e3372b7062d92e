"""Papers about land and building: land certificate (both sheets of today), building permit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.certificate import Certificate, Pairs, Signed
from pipeline.specimens.letter import Agency
from pipeline.specimens.paper import named
from pipeline.specimens.people import Person, Place, invent_address, pick
from pipeline.specimens.wording import people_committee

_USES = ("Đất ở tại nông thôn", "Đất trồng cây lâu năm", "Đất ở tại đô thị", "Đất trồng cây hàng năm khác")
_HOUSES = ("Nhà ở riêng lẻ", "Nhà ở gia đình", "Nhà ở kết hợp kinh doanh")


def land_certificate(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a land certificate, on the sheet of since August 2024 or on the one before it."""
    new = bool(rng.integers(2))
    who, day = case.applicant, decided_on(rng, case)
    parcel, sheet_number = int(rng.integers(10, 900)), int(rng.integers(2, 60))
    area = f"{int(rng.integers(60, 1400)):,}".replace(",", ".") + f",{int(rng.integers(1, 10))} m²"
    use, where = pick(rng, _USES), f"{case.place.commune}, {case.place.province_name}"
    term = "Lâu dài" if "ở" in use.split() else f"Đến ngày 15/10/{day.year + 40}"
    letters = "".join(pick(rng, "ABCD") for _ in range(2))
    serial = f"{letters} {int(rng.integers(0, 10**8)):08d}" if new else f"{letters} {int(rng.integers(0, 10**6)):06d}"
    book, origin = f"CN {int(rng.integers(1000, 99999)):05d}", "Nhà nước giao đất có thu tiền sử dụng đất"
    office = _land_office(case)
    plot = _Plot(parcel, sheet_number, area, use, term, where, origin, book)
    return Certificate(
        type=TypeCode("giay_chung_nhan_dat"),
        title=(
            "GIẤY CHỨNG NHẬN",
            "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU",
            f"{'' if new else 'NHÀ Ở VÀ '}TÀI SẢN {'' if new else 'KHÁC '}GẮN LIỀN VỚI ĐẤT",
        ),
        issued=day,
        dated_below=True,
        made_in=case.place.province.name,
        rows=_land_rows(who, plot, new=new),
        signed=Signed(above=("CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI", "GIÁM ĐỐC"), name=case.chairman, agency=office),
        foot=serial,
        size=12.5,
        fields=named(
            serial_number=serial,
            full_name=who.full_name,
            personal_id=who.number,
            address=who.address,
            parcel_number=str(parcel),
            map_sheet=str(sheet_number),
            parcel_address=where,
            area=area,
            land_use=use,
            use_form="Sử dụng riêng",
            land_term=term,
            land_origin=origin,
            book_number=book,
            signer_position="GIÁM ĐỐC",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Plot:
    """A parcel as a certificate describes it."""

    number: int
    sheet: int
    area: str
    use: str
    term: str
    where: str
    origin: str
    book: str


def _land_rows(who: Person, plot: _Plot, *, new: bool) -> tuple[Pairs | str, ...]:
    """Return the rows in the wording of TT 10/2024/TT-BTNMT (`new`) or of TT 23/2014/TT-BTNMT."""
    of_land = " đất" if new else ""
    return (
        "1. Người sử dụng đất, chủ sở hữu tài sản gắn liền với đất:"
        if new
        else "I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất",
        ((f"{who.title.capitalize()}:", who.full_name),),
        (("Giấy tờ nhân thân:", f"CCCD số {who.number}"),),
        (("Địa chỉ thường trú:", who.address),),
        "2. Thông tin thửa đất:" if new else "II. Thửa đất",
        (("a) Thửa đất số:", f"{plot.number}"), ("tờ bản đồ số:", f"{plot.sheet}")),
        (("b) Diện tích:", plot.area),),
        (("c) Loại đất:" if new else "đ) Mục đích sử dụng:", plot.use),),
        ((f"Thời hạn sử dụng{of_land}:", plot.term),),
        ((f"Hình thức sử dụng{of_land}:", "Sử dụng riêng"),),
        (("Địa chỉ thửa đất:" if new else "Địa chỉ:", plot.where),),
        ((f"Nguồn gốc sử dụng{of_land}:", plot.origin),),
        (("Số vào sổ cấp Giấy chứng nhận:", plot.book),),
    )


def building_permit(case: Case, rng: np.random.Generator) -> Certificate:
    """Return a building permit for a house."""
    who, day, agency = case.applicant, decided_on(rng, case), people_committee(case)
    serial = f"{int(rng.integers(1, 300)):02d}"
    house, site = pick(rng, _HOUSES), invent_address(rng, Place(case.place.commune, case.place.province))
    ground, floors = int(rng.integers(60, 180)), int(rng.integers(1, 5))
    parcel, sheet_number = int(rng.integers(10, 900)), int(rng.integers(2, 60))
    built, total, height = f"{ground},{int(rng.integers(1, 10))} m²", f"{ground * floors},0 m²", f"{3 * floors + 2},5 m"
    return Certificate(
        type=TypeCode("giay_phep_xay_dung"),
        title=("GIẤY PHÉP XÂY DỰNG",),
        subtitle="(Sử dụng cho nhà ở riêng lẻ)",
        agency=agency,
        number=f"Số: {serial}/GPXD",
        issued=day,
        dated_below=True,
        rows=(
            (("1. Cấp cho ông/bà:", who.full_name),),
            (("Địa chỉ:", who.address),),
            (("2. Được phép xây dựng công trình:", house),),
            (("Theo thiết kế có ký hiệu:", f"KT-{int(rng.integers(1, 30)):02d}"),),
            (("Vị trí xây dựng:", site),),
            (("Lô đất số:", f"{parcel}"), ("tờ bản đồ số:", f"{sheet_number}")),
            (("Mật độ xây dựng:", f"{int(rng.integers(50, 90))}%"),),
            (("Diện tích xây dựng tầng một:", built),),
            (("Tổng diện tích sàn:", total),),
            (("Chiều cao công trình:", height), ("Số tầng:", f"{floors:02d}")),
            (("3. Giấy tờ về đất đai:", f"Giấy chứng nhận quyền sử dụng đất số AA {int(rng.integers(0, 10**6)):06d}"),),
            "4. Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn 12 tháng kể từ ngày cấp.",
        ),
        signed=Signed(above=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), name=case.deputy, agency=agency),
        fields=named(
            code_number=serial,
            code_notation="GPXD",
            reference=f"{serial}/GPXD",
            full_name=who.full_name,
            address=who.address,
            construction_name=house,
            construction_site=site,
            parcel_number=str(parcel),
            map_sheet=str(sheet_number),
            building_area=built,
            floor_area=total,
            building_height=height,
            floors=f"{floors:02d}",
            signer_position="PHÓ CHỦ TỊCH",
        ),
    )


def _land_office(case: Case) -> Agency:
    return Agency(
        lines=("CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI",),
        place=case.place.province.name,
        seal="CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI",
        seal_foot=case.place.province_name.upper(),
    )
