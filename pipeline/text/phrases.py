"""Fixed expressions of administrative Vietnamese: what words with lost diacritics must have been, in their company."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from pipeline.text.fold import fold_for_search
from pipeline.text.letterhead import ORGAN_WORDS, POSITIONS, PROVINCE_NAMES

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
bảo vệ|môi trường biển|phục vụ|tiếp tục|liên quan|thường trực|văn phòng|kèm theo|thống nhất|quyết định này
thông tư này|nghị định này|có hiệu lực|hiệu lực thi hành|kể từ ngày|kể từ ngày ký|chịu trách nhiệm thi hành
chịu trách nhiệm|căn cứ|theo đề nghị|xét đề nghị|bộ trưởng bộ|giám đốc sở|chánh văn phòng|thủ trưởng|thủ trưởng các
người đứng đầu|cấp phó|cấp trưởng|cấp xã|cấp huyện|cấp tỉnh|cấp cơ sở|trung ương|tỉnh ủy|thành ủy|huyện ủy|đảng ủy
ban thường vụ|ban chấp hành|bí thư|đại hội|đại hội đại biểu|toàn quốc|chính trị|bộ chính trị|tư tưởng|kết luận
nghị quyết đại hội|luật đất đai|luật xây dựng|luật đầu tư|luật tổ chức|luật ngân sách nhà nước
luật bảo vệ môi trường|luật giáo dục|luật doanh nghiệp|bộ luật lao động|bộ luật|tổ chức chính quyền địa phương
chính quyền địa phương|chính quyền|chính quyền hai cấp|đơn vị hành chính|địa giới hành chính
sắp xếp đơn vị hành chính|đơn vị sự nghiệp|sự nghiệp công lập|công lập|tự chủ|tự chủ tài chính|biên chế
vị trí việc làm|tinh giản biên chế|số lượng người làm việc|hợp đồng lao động|quy hoạch chi tiết|quy hoạch chung
quy hoạch sử dụng đất|kế hoạch sử dụng đất|điều chỉnh quy hoạch|tỷ lệ|đồ án|bản đồ|địa chính|thửa đất|tờ bản đồ
diện tích|báo cáo nghiên cứu khả thi|nghiên cứu khả thi|chủ trương đầu tư|điều chỉnh chủ trương|tổng mức đầu tư
kế hoạch vốn|vốn đầu tư công|trung hạn|phân bổ|giao chỉ tiêu|lựa chọn nhà thầu|kế hoạch lựa chọn nhà thầu|nhà thầu
gói thầu|nghiệm thu|bàn giao|bảo trì|sửa chữa|nâng cấp|cải tạo|mở rộng|xây mới|khởi công|khánh thành|đường tỉnh
đường huyện|quốc lộ|cao tốc|cầu đường|bến xe|cảng biển|cảng hàng không|đường sắt|vỉa hè|lòng đường|chiếu sáng
cấp nước|thoát nước|xử lý nước thải|chất thải rắn|giấy phép môi trường|đánh giá tác động môi trường
tác động môi trường|khai thác khoáng sản|thăm dò|tài nguyên nước|khí tượng thủy văn|biến đổi khí hậu
đa dạng sinh học|phòng thủ dân sự|tìm kiếm cứu nạn|phòng chống thiên tai|ứng phó bão|mưa lũ|lũ quét|sạt lở|hạn hán
cháy rừng|phòng cháy, chữa cháy|cứu nạn, cứu hộ|an toàn thực phẩm|khám bệnh, chữa bệnh|chữa bệnh|bệnh viện|trạm y tế
dược phẩm|trang thiết bị|tiêm chủng|dân số|kế hoạch hóa gia đình|trẻ em|người cao tuổi|người khuyết tật
người có công|chính sách xã hội|bảo trợ xã hội|giảm nghèo|giảm nghèo bền vững|việc làm|bảo hiểm xã hội|bảo hiểm y tế
bảo hiểm thất nghiệp|an sinh xã hội|bình đẳng giới|năm học|tuyển sinh|thi tốt nghiệp|trung học phổ thông
trung học cơ sở|tiểu học|mầm non|đại học|cao đẳng|nghề nghiệp|chương trình giáo dục|sách giáo khoa|học phí|học bổng
di tích|di sản văn hóa|lễ hội|bảo tàng|thư viện|quảng cáo|gia đình văn hóa|nếp sống|đời sống văn hóa|thể dục
giải đấu|câu lạc bộ|hợp tác quốc tế|đối ngoại|đoàn ra|đoàn vào|viện trợ|phi chính phủ|nước ngoài|người nước ngoài
hội nhập|xúc tiến|thương mại|xuất khẩu|nhập khẩu|thị trường|hàng hóa|hàng giả|gian lận thương mại|buôn lậu|giá cả
bình ổn|bảng giá đất|giá đất|giá đất cụ thể|tiền sử dụng đất|tiền thuê đất|miễn, giảm|thuế thu nhập|hóa đơn
kiểm toán|thanh tra, kiểm tra|kết luận thanh tra|giải quyết khiếu nại|giải quyết tố cáo|đơn thư|phản ánh, kiến nghị
phản ánh|trả lời kiến nghị|cử tri|chất vấn|tiếp xúc cử tri|giải trình|văn bản quy phạm pháp luật|quy phạm pháp luật
pháp luật|phổ biến, giáo dục pháp luật|trợ giúp pháp lý|hòa giải|bồi thường nhà nước|đấu giá tài sản|luật sư
giám định|văn thư|lưu trữ|tài liệu lưu trữ|hồ sơ công việc|con dấu|bí mật nhà nước|thông tin mạng|an toàn thông tin
an ninh mạng|chữ ký số|định danh điện tử|dữ liệu dân cư|hạ tầng số|chính quyền điện tử|chính phủ điện tử
đô thị thông minh|kinh tế số|xã hội số|đổi mới sáng tạo|khoa học và công nghệ|sở hữu trí tuệ|tiêu chuẩn, đo lường
đo lường|chất lượng sản phẩm|cơ chế|cơ chế phối hợp|quy chế phối hợp|quy chế làm việc|quy chế hoạt động|phân công
phân cấp|ủy quyền|phân công nhiệm vụ|thành viên|tổ trưởng|tổ phó|trưởng ban|phó trưởng ban|báo cáo kết quả
báo cáo tổng kết|báo cáo sơ kết|sáu tháng đầu năm|đầu năm|cuối năm|quý i|tháng đầu năm|phương hướng
phương hướng, nhiệm vụ|giải pháp|nhiệm vụ, giải pháp|trọng tâm|thực hành tiết kiệm|tiết kiệm|chống lãng phí
kê khai tài sản|thu nhập|minh bạch|công khai|dân chủ|dân chủ ở cơ sở|dân vận|đoàn kết|thi đua yêu nước|phong trào
hỗ trợ kinh phí|cấp kinh phí|bổ sung kinh phí|tạm ứng|thanh toán|nguồn vốn|nguồn kinh phí|dự phòng ngân sách
thu ngân sách|chi ngân sách|cân đối|vay vốn|tín dụng|ngân hàng|thành lập hội đồng|hội đồng thẩm định|hội đồng tư vấn
ban tổ chức|ban quản lý dự án|ban quản lý|đoàn kiểm tra|đoàn thanh tra|đoàn công tác|tổ giúp việc|tổ biên tập
ban soạn thảo|mời họp|triệu tập|họp giao ban|giao ban|hội ý|làm việc|chương trình công tác|lịch công tác
lịch làm việc|lịch tiếp công dân|tiếp khách|tham quan|học tập|kinh nghiệm|nhà văn hóa|nghĩa trang|liệt sĩ
thương binh, liệt sĩ|mẹ việt nam anh hùng|huân chương|huy chương|bằng khen|giấy khen|chiến sĩ thi đua|cờ thi đua
thành tích|xuất sắc|chuyển nhượng|thừa kế|tặng cho|thế chấp|cấp giấy chứng nhận|quyền sở hữu|sở hữu nhà ở
tài sản gắn liền|gắn liền với đất|nhà ở riêng lẻ|riêng lẻ|giấy phép xây dựng|cấp giấy phép xây dựng|chăn nuôi|thú y
trồng trọt|bảo vệ thực vật|khai thác thủy sản|tàu cá|kiểm lâm|lâm nghiệp|rừng phòng hộ|trồng rừng|cây trồng|vật nuôi
dịch tả lợn|giống cây|phát triển nông thôn|điện lực|năng lượng|điện mặt trời|viễn thông|bưu chính|hóa chất
vật liệu nổ|vật liệu xây dựng|cát sỏi|khu dân cư|hạ tầng kỹ thuật|thu hồi đất|bồi thường, hỗ trợ|hợp nhất|chia tách
chuyển đổi|chuyển giao|kế thừa|tiếp quản|bãi nhiệm|tạm đình chỉ|đình chỉ|cách chức|buộc thôi việc|thôi việc
nghỉ việc|nghỉ phép|cử đi|cử tham gia|sở công thương|sở tư pháp|sở tài chính|sở xây dựng|sở nội vụ|sở y tế|sở khoa học
sở nông nghiệp|sở giáo dục|sở văn hóa
nơi nhận|như trên|như điều|để báo cáo|để thực hiện|để phối hợp|để biết|để thẩm định|để theo dõi|cổng thông tin điện tử
trang thông tin điện tử|thông tin điện tử|đài truyền thanh|đài phát thanh|phát thanh và truyền hình|phát thanh, truyền hình
truyền hình|truyền thanh|tổ dân phố|khu phố|trưởng thôn|tổ trưởng tổ dân phố|các ban, ngành|ban, ngành, đoàn thể
các ngành|ngành, đoàn thể|đoàn thể|cơ quan ngang bộ|cơ quan thuộc chính phủ|ban bí thư|trung ương đảng|việt nam|cùng cấp
thuế cơ sở|kho bạc nhà nước|nhà nước khu vực|bộ phận|kế toán|tài vụ|được ủy quyền|đơn vị trực thuộc|trực thuộc
thuộc, trực thuộc|đại biểu quốc hội|đoàn đại biểu|các đại biểu|dự họp|các thành viên|các phòng|các tỉnh|tỉnh, thành phố
thành phố trực thuộc|các thôn|các xã, phường|xã, phường|toàn thể|phòng ban|chuyên viên
thường trực hđnd|hđnd, ubnd|hđnd tỉnh|hđnd xã|ubnd tỉnh|ubnd thành phố|ubnd xã|ubnd phường|ubnd các|đoàn đbqh|đbqh tỉnh
ủy ban mttq|mttq việt nam|ubmttq việt nam
"""
_STEMS = ("giáp", "ất", "bính", "đinh", "mậu", "kỷ", "canh", "tân", "nhâm", "quý")
_BRANCHES = ("tý", "sửu", "dần", "mão", "thìn", "tỵ", "ngọ", "mùi", "thân", "dậu", "tuất", "hợi")


def known_phrases() -> Iterator[str]:
    """Yield the expressions in lower case: prose, organs, positions, provinces, the sixty years of the calendar."""
    for line in _PROSE.split("\n"):
        yield from filter(None, line.split("|"))
    for phrase in (*ORGAN_WORDS, *POSITIONS, *PROVINCE_NAMES):
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
