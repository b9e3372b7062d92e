"""Given names: the last syllable of a Vietnamese name, which is what people are called by.

Any syllable may be one, so that a name outside the list is not wrong. But a reader takes one syllable for another that differs
in its marks alone, and then the list tells which of the two is a name.
"""

from __future__ import annotations

from pipeline.text.fold import fold_for_search, fold_tone_place

_COMMON = """
Ái An Anh Ánh Ân Ấn Âu Ba Bách Bạch Bàng Bảng Bảo Báo Bằng Bắc Bân Bé Bền Bích Biên Biển Bình Bính Bỉnh Bội Bốn Bưởi Bường Ca
Cách Cải Cán Canh Cảnh Cao Cát Cầm Cẩm Cần Cẩn Cận Câu Chánh Châm Chân Chấn Chất Châu Chi Chí Chiêm Chiến Chiểu Chiêu Chinh
Chính Chỉnh Chúc Chung Chuẩn Chúng Chuyên Chuyền Chương Chưởng Chức Chứng Cơ Cúc Cung Cương Cường Cưỡng Cừ Cử Cự Cừu Danh Dân
Dần Dậu Di Dĩ Diễm Diễn Diện Diệp Diệu Dinh Dịp Dịu Do Doan Doanh Doãn Du Dung Dũng Duệ Duy Duyên Duyệt Dư Dự Dương Dưỡng Dược
Đa Đài Đại Đàm Đạm Đan Đán Đàn Đảng Đào Đạo Đạt Đắc Đặng Đăng Đằng Đẳng Đậu Đệ Đích Điềm Điền Điển Điện Điệp Điểu Điều Điệu
Đinh Đình Đính Đỉnh Định Đoan Đoàn Đoạt Đô Độ Đông Đồng Đổng Đốc Độc Đức Đương Đường Được Én Gấm Giác Giai Giang Giáo Giao
Giáp Giàu Gương Hà Hạ Hai Hài Hải Hàm Hãn Hán Hàn Hạng Hành Hanh Hạnh Hào Hảo Hạo Hậu Hân Hằng Hiên Hiền Hiển Hiến Hiện Hiệp
Hiếu Hiệu Hinh Hoa Hóa Hòa Hoạch Hoài Hoàn Hoan Hoán Hoàng Hoành Hoạt Hồ Hồi Hội Hồng Hợi Hợp Huân Huấn Huế Huệ Huê Hùng Huy
Huỳnh Huyền Huyên Huyện Huynh Hưng Hứng Hương Hường Hướng Hưởng Hữu Hựu Ích Kha Khá Khả Khái Khải Khang Khanh Khánh Khảm Khắc
Khâm Khiêm Khiết Khoa Khoan Khoát Khoái Khôi Khởi Khuê Khương Khuyên Khuyến Kiêm Kiểm Kiên Kiến Kiện Kiệm Kiệt Kiều Kim Kính
Kỳ Kỷ Kỹ Kỵ La Lạc Lài Lam Lâm Lan Làn Lành Lãnh Lanh Lãm Lạng Lăng Lân Lập Lê Lễ Lệ Lịch Liêm Liên Liễn Liệt Liêu Liễu Linh
Lĩnh Loan Lộ Lộc Lợi Long Lô Luân Luận Luật Lục Lũy Luyến Luyện Lữ Lương Lượng Lực Lưu Lựu Lư Ly Lý Mạc Mạch Mai Mãn Mạnh Mão
Mận Mẫn Mậu Mẫu Mây Mến Miên Miền Minh Mịch Mơ Mùi Mỵ Mỹ Mừng Mười Na Nam Nàng Năng Nga Ngà Ngạn Ngân Nghi Nghĩa Nghị Nghiêm
Nghiệp Nghiên Ngoan Ngọ Ngọc Ngôn Nguyên Nguyễn Nguyện Nguyệt Ngữ Ngự Nhã Nhàn Nhan Nhạn Nhài Nhâm Nhân Nhẫn Nhật Nhất Nhị Nhi
Nhiên Nhiệm Nho Nhơn Nhu Nhung Nhuận Nhượng Như Nhường Nhựt Niên Niệm Ninh Nông Nụ Nữ Nương Oanh Ổn Phách Phái Phan Phán Phát
Phấn Phẩm Phê Phi Phiên Phiến Phong Phòng Phóng Phổ Phú Phúc Phục Phùng Phụng Phước Phương Phường Phượng Quan Quán Quản Quang
Quảng Quân Quận Quất Quế Quí Quý Quỳ Quỳnh Quốc Quới Quyên Quyền Quyến Quyết Quyển Quỹ Sa Sáng Sang Sanh Sao San Sản Sáu Sâm
Sắc Sen Sĩ Sinh Sính Son Soạn Song Sơn Sử Sự Sương Sửu Sức Tá Tài Tải Tam Tám Tân Tấn Tần Tâm Tầm Tất Tạo Tấu Tăng Tặng Tập
Tây Tẩy Tế Tích Tiềm Tiên Tiến Tiền Tiện Tiếp Tiếu Tiệp Tín Tinh Tính Tình Tĩnh Tịnh Toại Toàn Toản Toán Tố Tốn Tôn Tồn Tông
Tòng Tới Tú Tuân Tuấn Tuần Tuất Tuệ Tùng Tụng Túy Tuyên Tuyền Tuyến Tuyển Tuyết Tuyệt Tư Từ Tứ Tự Tước Tường Tưởng Tươi Tương
Tượng Tý Tỵ Tỷ Thạc Thạch Thái Tham Thám Thản Thanh Thành Thánh Thạnh Thao Thảo Thạo Thăng Thắng Thắm Thân Thần Thận Thập Thất
Thấu Thể Thế Thêm Thêu Thi Thí Thìn Thích Thiên Thiện Thiết Thiệu Thiều Thiệp Thịnh Thoa Thoại Thoan Thọ Thơ Thơm Thời Thới
Thông Thống Thú Thủ Thụ Thu Thuần Thuấn Thuận Thuật Thục Thúy Thùy Thủy Thụy Thuyên Thuyền Thuyết Thư Thứ Thừa Thực Thức
Thưởng Thương Thường Thượng Tra Trà Trai Trác Trạch Trang Tràng Tráng Trạng Tranh Trân Trấn Trầm Trâm Tri Trí Trị Triển Triều
Triệu Triết Trinh Trình Trính Trọng Trúc Trung Truyền Trứ Trực Trưng Trương Trường Trưởng Ty Uyên Uyển Út Ước Ứng Vạn Vàng Văn
Vân Vấn Vận Vẻ Vệ Vi Vĩ Vị Viên Viễn Viện Viết Việt Vinh Vĩnh Vịnh Vọng Vóc Võ Vô Vũ Vụ Vui Vương Vượng Vỹ Vy Xanh Xinh Xoa
Xoan Xuân Xuất Xuyên Xuyến Xứng Xương Yên Yến Yêm Ý Dụ Phớc Dũ Rạng Ráng Nhứt Mẹo Tí Lượm Lắm Đợi Chờ Đẹp Đoái Hạp Lẫm Lẹ Lớn
Muôn Nhắn Nhỏ Nhuần Phận Rành Siêng Sỹ Tạ Tảo Toan Trạc Tuỳ Úy Bửu Biểu Hy Hỷ Hỉ Mĩ Kì Lí Tỉ Thoả Ngần Mịn Nết Xê Bổn Cang
Chắc Dạng Đởm Gia Giỏi Hẳn Khế Kế Kết Khiển Lạp Liệu Luyên Lụa Lụy Mẽ Mót Nẫm Ngợi Nguyền Nhậm Oai Phất Phỉ Phin Rin Sảnh Sến
Soái Tảng Tạc Tằng Tẩn Thả Thảng Thiệm Tòa Tộ Trãi Triệt Trù Trụ Truyện Tửu Vạng Xướng Yết Đạc Đảm Đề Đê Đồ Đón
"""
_NAMES = frozenset(map(fold_tone_place, _COMMON.split()))
_BARE = frozenset(map(fold_for_search, _NAMES))


def is_given_name(word: str) -> bool:
    """Say whether a syllable is a common given name, marks exact, case and tone place aside."""
    return fold_tone_place(word) in _NAMES


def resembles_given_name(word: str) -> bool:
    """Say whether a syllable is a common given name but for its marks: `Chỉ`, `Dủng`."""
    return fold_for_search(word) in _BARE
