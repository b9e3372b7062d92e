"""An office with pages, over real records and a real store in a folder of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.passwords import hash_password
from app.settings import load_settings
from pipeline.domain.account import Account, Role
from tests.web.staff_sessions import add_account, begin
from web.application import create_app
from web.cookies import SESSION_COOKIE
from web.main import open_office
from web.office import Office

PASSWORD = "mat khau dung de thu 2026"
_HASH = hash_password(PASSWORD)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with its tables and its development authority, which takes longer than most tests do."""
    home = tmp_path_factory.mktemp("office") / "home"
    with open_office(load_settings({"SOHOA_HOME": str(home)}), with_prefect=False):
        return home


@pytest.fixture
def office(tmp_path: Path, empty_home: Path) -> Iterator[Office]:
    """Open an office of agency H42.12 in a home in which nothing was kept yet."""
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_READING__WORKERS": "1",
    }
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


@dataclass(frozen=True)
class Person:
    """Somebody with a browser."""

    account: Account
    browser: TestClient

    @property
    def csrf(self) -> str:
        """The token that changes need."""
        page = self.browser.get("/")
        return page.text.split('name="csrf" content="')[1].split('"')[0]

    def post(self, path: str, **form: object) -> Response:
        """Send a form of ours."""
        return self.browser.post(path, data={"csrf": self.csrf, **form})


SignIn = Callable[..., Person]


@pytest.fixture
def browser(office: Office) -> Iterator[TestClient]:
    """Open a browser in which nobody has signed in."""
    with TestClient(create_app(office), base_url="http://testserver", follow_redirects=False) as client:
        yield client


@pytest.fixture
def sign_in(office: Office) -> SignIn:
    """Return what makes an account and signs it in: sign_in(Role.CLERK, login=…, agency=…, name=…)."""
    return sign_in_at(office)


def sign_in_at(office: Office) -> SignIn:
    """Return the same for an office of the test's own."""
    app = create_app(office)

    def make(*roles: Role, login: str = "", agency: str = "", name: str = "Nguyễn Thị Thử") -> Person:
        account = add_account(
            office, *roles, login=login or "-".join(sorted(roles)), agency=agency, name=name, password_hash=_HASH
        )
        client = TestClient(app, base_url="http://testserver", follow_redirects=False)
        answer = client.post("/sign-in", data={"login": account.login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        if Role.OFFICIAL in roles:
            token, _ = begin(office, account)  # as if it had given its second factor
            client.cookies.clear()
            client.cookies.set(SESSION_COOKIE, token)
        return Person(account, client)

    return make
