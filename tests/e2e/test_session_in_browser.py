"""A session that ends while somebody types: they sign in again over the page, and nothing that was typed is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from app.ids import new_id
from app.passwords import hash_password
from app.settings import load_settings
from pipeline.domain.account import Account, AccountId, Role
from tests.e2e.people import PASSWORD, Staff, give_password, take_seat
from tests.servers.browser import violations
from tests.servers.process import free_port
from web.application import create_app
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]
ADMIN = Staff("admin", "Trần Thị Quản Trị", Role.ADMINISTRATOR)
OTHER = Staff("other", "Lê Văn Khác", Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Served:
    """An office that this process serves, so that a test can end sessions."""

    office: Office
    address: str

    def end_sessions(self, login: str) -> None:
        """Let an account's sessions be over."""
        account = self.office.services.accounts.find(login)
        assert account is not None
        assert self.office.services.sessions.end_all(account.id) > 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = free_port()
    home: Path = tmp_path_factory.mktemp("office")
    environment = {"SOHOA_HOME": str(home), "SOHOA_WEB__PORT": str(port), "SOHOA_READING__WORKERS": "1"}
    with open_office(load_settings(environment), with_prefect=False) as office:
        for each in (ADMIN, OTHER):
            office.services.accounts.add(
                Account(
                    id=AccountId(new_id(office.services.clock)),
                    login=each.login,
                    name=each.name,
                    agency="",
                    roles=frozenset({each.role}),
                    password_hash=hash_password(PASSWORD),
                    created_at=office.services.clock.now(),
                )
            )
        server = uvicorn.Server(uvicorn.Config(create_app(office), port=port, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield Served(office, f"http://127.0.0.1:{port}")
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    seat = take_seat(chromium, served.address, ADMIN)
    yield seat.page
    seat.context.close()


def again(page: Page, login: str = ADMIN.login, password: str = PASSWORD) -> None:
    """Fill the form that lies over the page and send it."""
    page.get_by_label("Tên đăng nhập", exact=False).last.wait_for()
    page.locator("#again-login").fill(login)
    page.locator("#again-password").fill(password)
    page.keyboard.press("Enter")


def test_a_form_keeps_what_was_typed(served: Served, page: Page) -> None:
    page.goto("/people/add")
    page.locator("#login").fill("moi.vao")
    page.locator("#name").fill("Đặng Thị Mới")
    page.locator("#name").press("Tab")
    page.get_by_label("cán bộ một cửa").check()
    served.end_sessions("admin")
    page.get_by_role("button", name="Thêm người").click()
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Phiên làm việc đã hết")
    assert page.locator("#again-login").input_value() == ADMIN.login
    assert page.locator("#again-password").evaluate("element => element === document.activeElement")
    assert violations(page) == []
    again(page, password="not the password")
    expect(dialog).to_contain_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    again(page)
    expect(page.locator("code.once")).to_be_visible()  # the form was sent as it stood
    made = served.office.services.accounts.find("moi.vao")
    assert made is not None
    assert (made.name, made.roles) == ("Đặng Thị Mới", frozenset({Role.CLERK}))


def test_who_does_not_sign_in_again_stays_on_the_page(served: Served, page: Page) -> None:
    page.goto("/people/add")
    page.locator("#login").fill("chua.gui")
    page.locator("#name").fill("Chưa Gửi")
    page.get_by_label("cán bộ một cửa").check()
    served.end_sessions("admin")
    page.get_by_role("button", name="Thêm người").click()
    page.get_by_role("button", name="Để sau").click()
    expect(page.locator("dialog")).to_have_count(0)
    assert page.locator("#name").input_value() == "Chưa Gửi"
    assert served.office.services.accounts.find("chua.gui") is None


def test_nobody_sends_what_somebody_else_typed(served: Served, page: Page) -> None:
    page.goto("/people/add")
    page.locator("#login").fill("cua.nguoi.khac")
    page.locator("#name").fill("Của Người Khác")
    page.get_by_label("cán bộ một cửa").check()
    served.end_sessions("admin")
    page.get_by_role("button", name="Thêm người").click()
    again(page, login=OTHER.login)
    expect(page.locator("[data-other-person]")).to_be_visible()
    assert served.office.services.accounts.find("cua.nguoi.khac") is None


def test_a_script_repeats_its_request(served: Served, page: Page) -> None:
    page.goto("/account")
    served.end_sessions("admin")
    page.evaluate(
        """async () => {
          const session = await import("/static/js/session.js");
          const both = [session.sessionFetch("/account/sessions/end-others", { method: "POST" }), session.sessionFetch("/account")];
          Promise.all(both).then((answers) => { // two at once share one form
            document.getElementById("announcements").textContent = answers.map((answer) => answer.status).join(" ");
          });
        }"""
    )
    expect(page.locator("dialog")).to_have_count(1)
    again(page)
    expect(page.locator("#announcements")).to_have_text("200 200")


def test_a_fragment_is_asked_for_again(served: Served, page: Page) -> None:
    page.goto("/people")
    served.end_sessions("admin")
    page.evaluate(
        """() => { const place = document.createElement("div"); place.id = "place"; document.querySelector("main").append(place);
          htmx.ajax("GET", "/system/signers", { source: place, target: place, swap: "innerHTML" }); }"""
    )
    again(page)
    expect(page.locator("#place")).to_contain_text("Người ký")


def test_a_page_goes_on_when_somebody_has_signed_in_in_another_tab(served: Served, page: Page) -> None:
    page.goto("/people/add")
    page.locator("#login").fill("tab.khac")
    page.locator("#name").fill("Thẻ Khác")
    page.get_by_label("cán bộ một cửa").check()
    served.end_sessions("admin")
    other = page.context.new_page()
    other.goto("/sign-in")
    give_password(other, ADMIN.login)
    other.wait_for_url(lambda url: "/sign-in" not in url)
    other.close()
    page.get_by_role("button", name="Thêm người").click()  # its token is of before
    expect(page.locator("code.once")).to_be_visible()
    assert served.office.services.accounts.find("tab.khac") is not None
