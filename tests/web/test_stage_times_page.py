"""How long a batch took, as its page tells it."""

from __future__ import annotations

import re

from pipeline.domain.account import Role
from pipeline.domain.batch import ReceivedBatch, Stage, StageTime
from pipeline.domain.ids import BatchId
from tests.web.conftest import SignIn
from web.office import Office

BATCH = BatchId("b-0123456789abcdef01234567")


def test_the_page_of_a_batch_shows_its_stages_one_behind_the_other(office: Office, sign_in: SignIn) -> None:
    services = office.services
    services.batches.open(ReceivedBatch(id=BATCH, created_at=services.clock.now(), sources=()))
    clerk = sign_in(Role.CLERK)
    assert "stage-times" not in clerk.browser.get(f"/batches/{BATCH}").text
    services.stage_times.add(BATCH, [StageTime(Stage.READ, 75.0, 300), StageTime(Stage.INSPECT, 25.0, 0)])
    text = clerk.browser.get(f"/batches/{BATCH}").text
    assert "Thời gian xử lý: 1 phút 40 giây" in text
    rows = re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td>', text)
    assert rows == [
        ("Kiểm tra tệp", "25 giây", "–", "–"),
        ("Nhận dạng trang", "1 phút 15 giây", "300 trang", "0,25 giây"),
    ]
    bars = re.findall(r'class="bar" x="([0-9.]+)" width="([0-9.]+)"', text)
    assert bars == [("0.0", "25.0"), ("25.0", "75.0")]
