"""Fixed expressions of administrative Vietnamese: what words with lost diacritics must have been, in their company."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from pipeline.text.fold import fold_for_search
from pipeline.text.letterhead import ORGAN_WORDS, POSITIONS, PROVINCES

_PROSE = """
về việc|ban hành|sửa đổi|bổ sung|thay thế|bãi bỏ|hủy bỏ|thu hồi|đính chính|phê duyệt|phê chuẩn|công bố|công nhận
chấp thuận|thẩm định|thẩm quyền|quyết định|nghị quyết|nghị định|thông tư|chỉ thị|tờ trình|báo cáo|kế hoạch
chương trình|đề án|dự án|phương án|quy chế|quy định|quy hoạch|hướng dẫn|thông báo|công văn|biên bản|hợp đồng
giấy mời|giấy phép|giấy chứng nhận|chứng nhận|danh mục|phụ lục|biểu mẫu|dự thảo|nội quy|điều lệ|đề cương
thủ tục hành chính|thủ tục|hành chính|cải cách hành chính|cải cách|nội bộ|một cửa|một cửa liên thông|dịch vụ công
trực tuyến|chuyển đổi số|số hóa|thuộc phạm vi|phạm vi|chức năng|nhiệm vụ|quyền hạn|cơ cấu tổ chức|tổ chức|quản lý
nhà nước|quản lý nhà nước|trách nhiệm|thực hiện|triển khai thực hiện|triển khai|tăng cường|đẩy mạnh|nâng cao
hiệu quả|chất lượng|hiệu lực|kiểm tra|giám sát|thanh tra|kiểm soát|rà soát|đánh giá|tổng kết|sơ kết|phối hợp
một số điều|một số|sửa đổi, bổ sung|bổ nhiệm|miễn nhiệm|điều động|luân chuyển|biệt phái|tiếp nhận|tuyển dụng
nghỉ hưu|nâng bậc lương|kỷ luật|khen thưởng|thi đua|danh hiệu|chức vụ|chức danh|ủy viên|chủ tịch|phó chủ tịch
giám đốc|phó giám đốc|bộ trưởng|thứ trưởng|thủ tướng|trưởng phòng|ủy ban nhân dân|hội đồng nhân dân|mặt trận tổ quốc
quốc hội|chính phủ|đại biểu|nhiệm kỳ|kỳ họp|kỳ họp thứ|bầu cử|kết quả|kết quả bầu|kết quả giải quyết|trên địa bàn
địa bàn tỉnh|địa bàn|địa phương|đơn vị|cơ quan|cá nhân|doanh nghiệp|hợp tác xã|hộ kinh doanh|hộ gia đình|hộ nghèo
cận nghèo|công dân|cán bộ, công chức|công chức|viên chức|người lao động|cán bộ|lãnh đạo|học sinh|sinh viên|giáo viên
giáo dục và đào tạo|giáo dục|đào tạo|dạy nghề|kinh tế - xã hội|kinh tế|xã hội|văn hóa|thể thao|du lịch|y tế|bảo hiểm
lao động|thương binh|dân tộc|dân tộc thiểu số|tôn giáo|miền núi|đồng bào|đất đai|sử dụng đất|quyền sử dụng đất
giao đất|thuê đất|chuyển mục đích|giải phóng mặt bằng|bồi thường|hỗ trợ|tái định cư|đầu tư|đầu tư công|ngân sách
ngân sách nhà nước|kinh phí|dự toán|quyết toán|tài chính|tài sản|mua sắm|đấu thầu|đấu giá|lệ phí|trợ cấp|phụ cấp
xây dựng|giao thông|đường bộ|đường thủy|vận tải|phương tiện|đăng ký|kiểm định|biển số|an toàn|trật tự|an ninh
quốc phòng|phòng cháy|chữa cháy|phòng, chống|phòng chống|tham nhũng|tiêu cực|lãng phí|thiên tai|dịch bệnh|ma túy
tội phạm|vi phạm|xử phạt|xử lý|khiếu nại|tố cáo|tiếp công dân|thi hành án|thi hành|hình sự|dân sự|tư pháp|hộ tịch
khai sinh|kết hôn|lý lịch tư pháp|chứng thực|công chứng|căn cước|cư trú|thường trú|tạm trú|môi trường|tài nguyên
khoáng sản|nông nghiệp|nông thôn|nông thôn mới|thủy lợi|thủy sản|hải đảo|ứng phó|sự cố|tràn dầu|xăng dầu|cửa hàng
công ty|trách nhiệm hữu hạn|cổ phần|khu công nghiệp|cụm công nghiệp|khu kinh tế|khu đô thị|nhà ở|nhà ở xã hội
công trình|hạng mục|thiết kế|giai đoạn|đến năm|tầm nhìn|trong tình hình mới|tình hình|công tác|nội dung|mục tiêu
mục tiêu quốc gia|quốc gia|khu vực|miền trung|tây nguyên|thành lập|kiện toàn|giải thể|sáp nhập|sắp xếp|ban chỉ đạo
tổ công tác|hội nghị|hội thảo|tham dự|tổ chức hội nghị|lấy ý kiến|góp ý|cho ý kiến|trả lời|đề nghị|kiến nghị
xin ý kiến|cung cấp|thông tin|dữ liệu|cơ sở dữ liệu|hệ thống|ứng dụng|công nghệ|công nghệ thông tin|truyền thông
báo chí|xuất bản|kỷ niệm|ngày lễ|tết nguyên đán|nguyên đán|quà tết|treo cờ|tổ quốc|nhân dịp|quốc khánh|giải phóng
thăm hỏi|tặng quà|nghỉ tết|trực tết|được chuẩn hóa|chuẩn hóa|lĩnh vực|mới ban hành|được sửa đổi|bị bãi bỏ|tài liệu
phát triển|phát triển đảng|xây dựng đảng|đảng viên|chi bộ|cấp ủy|chi tiết|quy định chi tiết|hướng dẫn thi hành
quản lý, sử dụng|thu, nộp|chế độ|chính sách|tiêu chí|tiêu chuẩn|định mức|mức thu|mức chi|đơn giá|hồ sơ
kết quả thực hiện|giải quyết|trả kết quả|thời hạn|gia hạn|cấp phép|cấp đổi|cấp lại|cấp giấy phép|điều chỉnh
bổ sung nội dung|đối với|ủy ban nhân dân tỉnh|hội đồng nhân dân tỉnh|ủy ban nhân dân thành phố|ủy ban nhân dân xã
ủy ban nhân dân phường|hội đồng nhân dân thành phố|thường trực hội đồng nhân dân|trên địa bàn thành phố
chủ tịch ủy ban nhân dân|các cơ quan|các đơn vị|các thông tư|quy định về|đề nghị xem xét|được quy định|sử dụng
bảo vệ|môi trường biển|phục vụ|tiếp tục|liên quan|thường trực|văn phòng|kèm theo|thống nhất
"""
_STEMS = ("giáp", "ất", "bính", "đinh", "mậu", "kỷ", "canh", "tân", "nhâm", "quý")
_BRANCHES = ("tý", "sửu", "dần", "mão", "thìn", "tỵ", "ngọ", "mùi", "thân", "dậu", "tuất", "hợi")


def known_phrases() -> Iterator[str]:
    """Yield the expressions in lower case: prose, organs, positions, provinces, the sixty years of the calendar."""
    for line in _PROSE.split("\n"):
        yield from filter(None, line.split("|"))
    for phrase in (*ORGAN_WORDS, *POSITIONS, *PROVINCES):
        yield phrase.lower()
    for year in range(60):
        yield f"{_STEMS[year % 10]} {_BRANCHES[year % 12]}"


@cache
def known_pairs() -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    """Return pairs of neighbouring words of the expressions: folded, and all their right spellings in lower case."""
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for phrase in known_phrases():
        words = [word for part in phrase.split() if (word := part.strip(",-"))]
        for one, other in pairwise(words):
            pairs.setdefault((fold_for_search(one), fold_for_search(other)), set()).add((one, other))
    return {key: frozenset(spellings) for key, spellings in pairs.items()}
