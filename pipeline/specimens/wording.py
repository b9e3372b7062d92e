"""What agencies write: decisions, proposals, notices and official letters of a commune, in the wording of the trade."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.fonts import Face
from pipeline.specimens.letter import Agency, Letter
from pipeline.specimens.people import invent_name, pick
from pipeline.specimens.sheet import Run

Body = tuple[str | tuple[Run, ...], ...]
Template = Callable[[Case, np.random.Generator], Letter]


def people_committee(case: Case) -> Agency:
    """Return the commune's people's committee."""
    commune = case.place.commune
    return Agency(
        lines=("ỦY BAN NHÂN DÂN", commune.upper()),
        place=case.place.name,
        seal=f"ỦY BAN NHÂN DÂN {commune.upper()}",
        seal_foot=case.place.province_name.upper(),
    )


def economic_office(case: Case) -> Agency:
    """Return the commune's office for economic matters."""
    commune = case.place.commune.upper()
    return Agency(
        lines=("PHÒNG KINH TẾ",),
        superior=(f"UBND {commune}",),
        place=case.place.name,
        seal=f"PHÒNG KINH TẾ {commune}",
        seal_foot=case.place.province_name.upper(),
    )


def province_department(case: Case) -> Agency:
    """Return the department of justice of the province."""
    province = case.place.province_name.upper()
    return Agency(
        lines=("SỞ TƯ PHÁP",),
        superior=("ỦY BAN NHÂN DÂN", province),
        place=case.place.province.name,
        seal="SỞ TƯ PHÁP",
        seal_foot=province,
    )


def decide_on_land(case: Case, rng: np.random.Generator) -> Letter:
    """Return the decision that lets somebody change the use of land; it runs over two pages."""
    who, where = case.applicant, case.place
    return _signed_by_chair(
        case,
        rng,
        kind="quyet_dinh",
        title="QUYẾT ĐỊNH",
        notation="QĐ-UBND",
        subject=f"Về việc cho phép {who.title} {who.full_name} chuyển mục đích sử dụng đất",
        authority=f"CHỦ TỊCH ỦY BAN NHÂN DÂN {where.commune.upper()}",
        grounds=(
            *_GROUNDS_OF_ALL,
            "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;",
            (
                "Căn cứ Nghị định số 102/2024/NĐ-CP ngày 30 tháng 7 năm 2024 của Chính phủ quy định chi tiết thi hành một số "
                "điều của Luật Đất đai;"
            ),
            f"Căn cứ kế hoạch sử dụng đất năm {case.received.year} trên địa bàn {where.commune};",
            f"Xét đề nghị của Trưởng phòng Phòng Kinh tế {where.commune}.",
        ),
        body=_land_articles(case, rng),
        resolved="QUYẾT ĐỊNH:",
        recipients=("Như Điều 3", f"TT HĐND {where.commune}", "Chủ tịch, các PCT UBND", "Lưu: VT, KT"),
    )


def _land_articles(case: Case, rng: np.random.Generator) -> Body:
    who, where = case.applicant, case.place
    sheet_number, parcel = int(rng.integers(2, 60)), int(rng.integers(10, 900))
    area = f"{int(rng.integers(60, 400))},{int(rng.integers(0, 10))}"
    return (
        _article(
            1,
            f"Cho phép {who.title} {who.full_name}, số định danh cá nhân {who.number}, cư trú tại {who.address}, được "
            f"chuyển mục đích sử dụng {area} m² đất trồng cây hàng năm khác sang đất ở tại nông thôn, thuộc thửa đất "
            f"số {parcel}, tờ bản đồ số {sheet_number}, {where.commune}, {where.province_name}.",
        ),
        (
            "Thời hạn sử dụng đất: Lâu dài. Vị trí, ranh giới khu đất được xác định theo bản trích lục bản đồ địa chính do "
            "Chi nhánh Văn phòng đăng ký đất đai lập."
        ),
        _article(2, "Tổ chức thực hiện"),
        (
            f"1. {who.title.capitalize()} {who.full_name} có trách nhiệm nộp tiền sử dụng đất, lệ phí trước bạ theo thông báo của cơ quan "
            "thuế; sử dụng đất đúng mục đích, đúng diện tích và thực hiện các nghĩa vụ khác của người sử dụng đất theo quy "
            "định của pháp luật."
        ),
        (
            f"2. Phòng Kinh tế {where.commune} chuyển thông tin địa chính đến cơ quan thuế để xác định nghĩa vụ tài "
            "chính; kiểm tra việc sử dụng đất sau khi chuyển mục đích; cập nhật, chỉnh lý hồ sơ địa chính theo quy định."
        ),
        (
            "3. Trung tâm Phục vụ hành chính công số hóa kết quả giải quyết thủ tục hành chính, lưu vào kho quản lý dữ "
            "liệu điện tử của tổ chức, cá nhân và trả kết quả cho người sử dụng đất đúng thời hạn."
        ),
        "4. Sau 12 tháng liên tục kể từ ngày ký mà người sử dụng đất không thực hiện nghĩa vụ tài chính theo quy định thì Quyết định này được xem xét, xử lý theo quy định của pháp luật về đất đai.",
        _article(3, "Quyết định này có hiệu lực kể từ ngày ký."),
        (
            f"Chánh Văn phòng Hội đồng nhân dân và Ủy ban nhân dân {where.commune}, Trưởng phòng Phòng Kinh tế, Giám đốc Trung tâm Phục vụ hành "
            f"chính công và {who.title} {who.full_name} chịu trách nhiệm thi hành Quyết định này./."
        ),
    )


def decide_on_allowance(case: Case, rng: np.random.Generator) -> Letter:
    """Return the decision on a monthly allowance."""
    who, where = case.applicant, case.place
    amount = f"{int(rng.integers(50, 150)) * 10_000:,}".replace(",", ".")
    return _signed_by_chair(
        case,
        rng,
        kind="quyet_dinh",
        title="QUYẾT ĐỊNH",
        notation="QĐ-UBND",
        subject="Về việc trợ cấp xã hội hàng tháng",
        authority=f"CHỦ TỊCH ỦY BAN NHÂN DÂN {where.commune.upper()}",
        grounds=(
            *_GROUNDS_OF_ALL,
            (
                "Căn cứ Nghị định số 20/2021/NĐ-CP ngày 15 tháng 3 năm 2021 của Chính phủ quy định chính sách trợ giúp xã hội "
                "đối với đối tượng bảo trợ xã hội;"
            ),
            "Theo đề nghị của Trưởng phòng Phòng Văn hóa - Xã hội.",
        ),
        resolved="QUYẾT ĐỊNH:",
        body=(
            _article(
                1,
                f"Trợ cấp xã hội hàng tháng đối với {who.title} {who.full_name}, sinh ngày {who.birth:%d/%m/%Y}, cư trú "
                f"tại {who.address}. Mức trợ cấp: {amount} đồng/tháng.",
            ),
            _article(2, "Kinh phí thực hiện được bảo đảm từ nguồn ngân sách nhà nước theo phân cấp hiện hành."),
            _article(
                3,
                "Quyết định này có hiệu lực kể từ ngày ký. Chánh Văn phòng, Trưởng phòng Phòng Văn hóa - Xã hội và "
                f"{who.title} {who.full_name} chịu trách nhiệm thi hành Quyết định này./.",
            ),
        ),
        recipients=("Như Điều 3", "Sở Y tế (để b/c)", "Kho bạc Nhà nước khu vực", "Lưu: VT, VHXH"),
    )


def propose_on_land(case: Case, rng: np.random.Generator) -> Letter:
    """Return the proposal of the commune's office to its committee."""
    who, where = case.applicant, case.place
    deputy = bool(rng.integers(2))
    return Letter(
        type=TypeCode("to_trinh"),
        agency=economic_office(case),
        number=_number(rng),
        notation="TTr-KT",
        issued=decided_on(rng, case),
        title="TỜ TRÌNH",
        subject="Về việc đề nghị cho phép chuyển mục đích sử dụng đất",
        addressees=(f"Ủy ban nhân dân {where.commune}",),
        body=(
            "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024 và các văn bản quy định chi tiết, hướng dẫn thi hành;",
            (
                f"Xét hồ sơ mã số {case.code} của {who.title} {who.full_name} do Trung tâm Phục vụ hành chính công "
                f"{where.commune} chuyển đến ngày {case.received:%d/%m/%Y}, Phòng Kinh tế báo cáo như sau:"
            ),
            (
                f"1. Hồ sơ đầy đủ thành phần, hợp lệ. Thửa đất không có tranh chấp, phù hợp với quy hoạch sử dụng đất đã được "
                f"{pick(rng, ('cấp có thẩm quyền', 'Ủy ban nhân dân tỉnh'))} phê duyệt."
            ),
            (
                "2. Kết quả kiểm tra thực địa: hiện trạng sử dụng đất đúng với giấy tờ; ranh giới thửa đất ổn định, có xác nhận "
                "của các hộ liền kề."
            ),
            (
                f"Phòng Kinh tế kính trình Ủy ban nhân dân {where.commune} xem xét, quyết định cho phép {who.title} "
                f"{who.full_name} chuyển mục đích sử dụng đất theo quy định./."
            ),
        ),
        capacities=("KT. TRƯỞNG PHÒNG",) if deputy else (),
        position="PHÓ TRƯỞNG PHÒNG" if deputy else "TRƯỞNG PHÒNG",
        signer=invent_name(rng, male=bool(rng.integers(2))),
        recipients=("Như trên", "Lưu: VT, hồ sơ"),
        by_hand=bool(rng.integers(2)),
    )


def notify_of_posting(case: Case, rng: np.random.Generator) -> Letter:
    """Return the notice by which a commune posts an allowance before deciding on it."""
    who, where = case.applicant, case.place
    return _signed_by_chair(
        case,
        rng,
        kind="thong_bao",
        title="THÔNG BÁO",
        notation="TB-UBND",
        subject="Về việc niêm yết công khai kết quả xét duyệt trợ cấp xã hội",
        body=(
            (
                "Thực hiện Nghị định số 20/2021/NĐ-CP ngày 15 tháng 3 năm 2021 của Chính phủ quy định chính sách trợ giúp xã "
                f"hội đối với đối tượng bảo trợ xã hội, Ủy ban nhân dân {where.commune} thông báo như sau:"
            ),
            (
                f"1. Niêm yết công khai kết quả xét duyệt hồ sơ đề nghị trợ cấp xã hội của {who.title} {who.full_name}, cư trú "
                f"tại {who.address}."
            ),
            "2. Thời gian niêm yết: 02 ngày làm việc kể từ ngày ban hành Thông báo này.",
            f"3. Địa điểm niêm yết: trụ sở Ủy ban nhân dân {where.commune} và nhà sinh hoạt cộng đồng nơi cư trú.",
            (
                "Trong thời gian niêm yết, tổ chức, cá nhân có ý kiến khiếu nại gửi đơn về Ủy ban nhân dân "
                f"{where.commune} để được xem xét, giải quyết theo quy định. Quá thời hạn trên, Ủy ban nhân dân "
                f"{where.commune} không tiếp nhận ý kiến./."
            ),
        ),
        recipients=("Các thôn, tổ dân phố", "Cổng thông tin điện tử", "Lưu: VT, VHXH"),
    )


def notify_of_tax(case: Case, rng: np.random.Generator) -> Letter:
    """Return a notice about the tax code of a household business."""
    who, where = case.applicant, case.place
    return _signed_by_chair(
        case,
        rng,
        kind="thong_bao",
        title="THÔNG BÁO",
        notation="TB-UBND",
        subject="Về việc thực hiện nghĩa vụ của hộ kinh doanh",
        addressees=(f"{who.title.capitalize()} {who.full_name}",),
        body=(
            (
                f"Ngày {case.received:%d/%m/%Y}, Trung tâm Phục vụ hành chính công {where.commune} tiếp nhận hồ sơ đăng ký "
                f"hộ kinh doanh của {who.title} {who.full_name}, địa chỉ: {who.address}."
            ),
            f"Mã số thuế: {case.tax_code}.",
            (
                f"Ủy ban nhân dân {where.commune} đề nghị chủ hộ kinh doanh treo biển hiệu tại trụ sở, kê khai thuế, bảo đảm an "
                "toàn phòng cháy, chữa cháy, vệ sinh môi trường và chỉ kinh doanh ngành, nghề có điều kiện khi đủ điều kiện theo "
                "quy định của pháp luật."
            ),
            f"Ủy ban nhân dân {where.commune} thông báo để {who.title} {who.full_name} biết, thực hiện./.",
        ),
        recipients=("Như trên", "Thuế cơ sở", "Lưu: VT, KT"),
        tax_code=case.tax_code,
    )


def ask_to_verify(case: Case, rng: np.random.Generator) -> Letter:
    """Return the official letter in which a commune asks others to verify what an applicant says."""
    who, where = case.applicant, case.place
    return _signed_by_chair(
        case,
        rng,
        kind="cong_van",
        notation="UBND-TP",
        subject="xác minh thông tin đăng ký khai sinh",
        addressees=(f"Công an {where.commune}", f"Trạm Y tế {where.commune}"),
        body=(
            (
                f"Ngày {case.received:%d/%m/%Y}, Ủy ban nhân dân {where.commune} tiếp nhận hồ sơ số {case.code} của "
                f"{who.title} {who.full_name}, số định danh cá nhân {who.number}, đề nghị đăng ký khai sinh."
            ),
            (
                "Để có cơ sở giải quyết theo Luật Hộ tịch ngày 20 tháng 11 năm 2014 và Thông tư số 04/2020/TT-BTP ngày 28 tháng "
                f"5 năm 2020 của Bộ trưởng Bộ Tư pháp, Ủy ban nhân dân {where.commune} đề nghị quý cơ quan phối hợp xác minh "
                "thông tin về nơi cư trú của cha, mẹ và nơi sinh của trẻ."
            ),
            (
                f"Kết quả xác minh đề nghị gửi về Ủy ban nhân dân {where.commune} trong thời hạn 03 ngày làm việc kể từ ngày nhận được Công văn này, đồng thời cập "
                "nhật trên Hệ thống thông tin giải quyết thủ tục hành chính."
            ),
            f"Ủy ban nhân dân {where.commune} rất mong nhận được sự phối hợp của quý cơ quan./.",
        ),
        recipients=("Như trên", "Chủ tịch UBND", "Lưu: VT, TP"),
    )


def urge_digitization(case: Case, rng: np.random.Generator) -> Letter:
    """Return the official letter by which a department of the province urges a commune to digitize."""
    where = case.place
    deputy = bool(rng.integers(2))
    return Letter(
        type=TypeCode("cong_van"),
        agency=province_department(case),
        number=_number(rng),
        notation=pick(rng, ("STP-VP", "STP-HCTP")),
        issued=decided_on(rng, case),
        subject="đẩy mạnh số hóa hồ sơ, kết quả giải quyết thủ tục hành chính",
        addressees=(f"Ủy ban nhân dân {where.commune}",),
        body=(
            (
                "Thực hiện Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành chính "
                "theo cơ chế một cửa, một cửa liên thông, Sở Tư pháp đề nghị quý cơ quan:"
            ),
            (
                "1. Số hóa đầy đủ thành phần hồ sơ khi tiếp nhận và kết quả giải quyết thủ tục hành chính; kiểm tra, đối chiếu dữ "
                "liệu bóc tách với bản giấy trước khi ký số."
            ),
            (
                "2. Khai thác, sử dụng lại dữ liệu đã được số hóa, không yêu cầu tổ chức, cá nhân nộp lại giấy tờ đã có trong "
                "kho quản lý dữ liệu điện tử."
            ),
            "3. Báo cáo kết quả thực hiện về Sở Tư pháp trước ngày 25 hằng tháng để tổng hợp./.",
        ),
        capacities=("KT. GIÁM ĐỐC",) if deputy else (),
        position="PHÓ GIÁM ĐỐC" if deputy else "GIÁM ĐỐC",
        signer=invent_name(rng, male=bool(rng.integers(2))),
        recipients=("Như trên", "UBND tỉnh (để b/c)", "Lưu: VT, VP"),
        by_hand=bool(rng.integers(2)),
    )


_GROUNDS_OF_ALL = ("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",)


def _signed_by_chair(
    case: Case,
    rng: np.random.Generator,
    *,
    kind: str,
    title: str = "",
    notation: str,
    subject: str,
    addressees: tuple[str, ...] = (),
    authority: str = "",
    grounds: tuple[str, ...] = (),
    resolved: str = "",
    body: Body,
    recipients: tuple[str, ...],
    tax_code: str = "",
) -> Letter:
    """Return a letter of the commune's committee, signed by its chairman or for him by the deputy."""
    deputy = bool(rng.integers(2))
    capacities = () if authority else ("TM. ỦY BAN NHÂN DÂN",)
    return Letter(
        type=TypeCode(kind),
        agency=people_committee(case),
        number=_number(rng),
        notation=notation,
        issued=decided_on(rng, case),
        title=title,
        subject=subject,
        addressees=addressees,
        authority=authority,
        grounds=grounds,
        resolved=resolved,
        body=body,
        capacities=(*capacities, "KT. CHỦ TỊCH") if deputy else capacities,
        position="PHÓ CHỦ TỊCH" if deputy else "CHỦ TỊCH",
        signer=case.deputy if deputy else case.chairman,
        recipients=recipients,
        tax_code=tax_code,
        by_hand=bool(rng.integers(2)),
    )


def _number(rng: np.random.Generator) -> str:
    """Return a number within the year; numbers below 10 have a zero before (NĐ 30/2020 phụ lục I)."""
    return f"{int(rng.integers(1, 1500)):02d}"


def _article(number: int, text: str) -> tuple[Run, ...]:
    return (Run(f"Điều {number}.", Face.SERIF_BOLD), Run(text))
