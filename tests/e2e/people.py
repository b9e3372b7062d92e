"""People with browsers: an account each, and how somebody signs in as a person does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from pipeline.domain.account import Role
from tests.e2e.office import Office

PASSWORD = "mot mat khau du dai 2026"
DESKTOP = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works in an office."""

    login: str
    name: str
    role: Role
    agency: str = ""


def hire(office: Office, *staff: Staff) -> None:
    """Give everybody an account, as the administrator does on the command line."""
    secret = Path(office.home).parent / "password.txt"
    secret.write_text(PASSWORD, encoding="utf-8")
    for each in staff:
        agency = ["--agency", each.agency] if each.agency else []
        done = office.run(
            "account",
            "add",
            each.login,
            "--name",
            each.name,
            "--role",
            each.role.value,
            "--password-file",
            secret,
            *agency,
        )
        assert done.returncode == 0, done.stderr
    secret.unlink()


@dataclass(slots=True)
class Seat:
    """A browser at which somebody has signed in."""

    context: BrowserContext
    page: Page
    factor: pyotp.TOTP | None = None


def take_seat(browser: Browser, address: str, who: Staff, *, size: ViewportSize = DESKTOP) -> Seat:
    """Open a browser of one's own and sign in; an official sets the second factor up on the way."""
    context = browser.new_context(
        base_url=address,
        viewport=size,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    page = context.new_page()
    seat = Seat(context, page)
    page.goto("/sign-in")
    give_password(page, who.login)
    page.wait_for_url(lambda url: "/sign-in" not in url)
    if "/second-factor/set-up" in page.url:
        seat.factor = pyotp.TOTP((page.locator("code.secret").text_content() or "").replace(" ", ""))
        page.locator("input[name=code]").fill(seat.factor.now())
        page.keyboard.press("Enter")
        page.locator("ul.recovery").wait_for()  # shown this once
        page.locator("main a.button").click()
    return seat


def give_password(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fill the form of signing in and send it."""
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
