"""A walk through every page, in an office with papers in all states: for screenshots, and for judging accessibility."""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize
from playwright.sync_api import TimeoutError as TooLong

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.ids import FieldName
from pipeline.specimens.batch import write_batch
from tests.e2e.office import Office
from tests.e2e.people import Staff, hire, take_seat
from tests.servers.oidc_provider import CLIENT, SECRET, oidc_provider
from tests.servers.other_systems import TOKEN, OtherSystems, other_systems
from tests.web.shelved import LONG_AGO, shelve
from web import pages as web_pages
from web.main import open_office

SEED = 11
SCHEDULE = """
[[rule]]
id = "giay-tiep-nhan"
types = ["giay_tiep_nhan"]
retention = "07"
years = 5
since = 2010-01-01
source = "Bảng thời hạn bảo quản kèm theo Quyết định 12/QĐ-UBND"
"""
AGENCY = "H42.12"
EXPECTED = [
    {"code": "X1", "name": "Giấy tờ chứng minh nơi cư trú của người yêu cầu trong thời gian cư trú ở nước ngoài"},
    {"code": "X2", "name": "Tờ khai", "digitized": True},
]
"""what the one-stop system waits for"""
ONE_STOP = "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh"
_QUIET = 3_000
"""milliseconds that pictures have to arrive"""
CLERK = Staff("clerk", "Nguyễn Hoàng Thị Khánh Phương Quỳnh Trâm Anh", Role.CLERK)
OFFICIAL = Staff("official", "Tôn Nữ Thị Ngọc Huyền Trân Công Tằng", Role.OFFICIAL)
RECORDS = Staff("records", "Lê Phạm Hoàng Nguyên Khôi Vĩ", Role.RECORDS_OFFICER)
ADMIN = Staff("admin", "Trần Thị Quản Trị", Role.ADMINISTRATOR)
STAFF = (CLERK, OFFICIAL, RECORDS, ADMIN)
OWNER = "owner"
"""a citizen, for whom an identity provider vouches"""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page to look at."""

    path: str
    """as the application knows it, with names for ids"""
    who: Staff | str | None = None
    """None: nobody has signed in"""

    @property
    def title(self) -> str:
        """Return the name of the picture."""
        if self.path == "/" and isinstance(self.who, Staff):
            return f"home-{self.who.login}"
        return self.path.strip("/").replace("{", "").replace("}", "").replace("/", "-")


STOPS = (
    Stop("/sign-in"),
    Stop("/", CLERK),
    Stop("/intake", CLERK),
    Stop("/intake/{intake}", CLERK),
    Stop("/phone/{ticket}"),
    Stop("/separators", CLERK),
    Stop("/batches", CLERK),
    Stop("/batches/{batch}", CLERK),
    Stop("/batches/{batch}/receipt", CLERK),
    Stop("/batches/{batch}/pages", CLERK),
    Stop("/batches/{batch}/group", CLERK),
    Stop("/batches/{batch}/sign", CLERK),
    Stop("/orders", CLERK),
    Stop("/orders/{order}", CLERK),
    Stop("/review", CLERK),
    Stop("/documents/{document}/review", CLERK),
    Stop("/documents/{document}/issue", CLERK),
    Stop("/dossiers", CLERK),
    Stop("/dossiers/{dossier}", CLERK),
    Stop("/dossiers/{dossier}/national", CLERK),
    Stop("/", OFFICIAL),
    Stop("/desk", OFFICIAL),
    Stop("/desk/papers/{result}", OFFICIAL),
    Stop("/desk/delegations", OFFICIAL),
    Stop("/documents/{result}/result", OFFICIAL),
    Stop("/", RECORDS),
    Stop("/search", RECORDS),
    Stop("/documents", RECORDS),
    Stop("/documents/{document}", RECORDS),
    Stop("/retention", RECORDS),
    Stop("/retention/due", RECORDS),
    Stop("/retention/holds", RECORDS),
    Stop("/retention/lists/{disposal}", RECORDS),
    Stop("/audit", RECORDS),
    Stop("/indices", RECORDS),
    Stop("/indices/{index}", RECORDS),
    Stop("/verify", RECORDS),
    Stop("/", ADMIN),
    Stop("/people", ADMIN),
    Stop("/people/add", ADMIN),
    Stop("/people/{account}", ADMIN),
    Stop("/system", ADMIN),
    Stop("/system/health", ADMIN),
    Stop("/system/stores", ADMIN),
    Stop("/system/signers", ADMIN),
    Stop("/system/trust", ADMIN),
    Stop("/system/types", ADMIN),
    Stop("/system/types/{type}", ADMIN),
    Stop("/system/webhooks", ADMIN),
    Stop("/system/webhooks/{webhook}", ADMIN),
    Stop("/system/connectors", ADMIN),
    Stop("/system/settings", ADMIN),
    Stop("/account", ADMIN),
    Stop("/account/password", ADMIN),
    Stop("/second-factor/set-up", ADMIN),
    Stop("/v"),
    Stop("/v/{code}"),
    Stop("/v/{unsigned}"),
    Stop("/mine", OWNER),
    Stop("/mine/papers/{holding}", OWNER),
    Stop("/mine/consents", OWNER),
    Stop("/mine/log", OWNER),
    Stop("/mine/rights", OWNER),
)
"""in the order of a paper's way; the names for ids are ours, not those of the application"""

NOT_PAGES = frozenset(
    {
        "/api",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/api/v1",
        "/health",
        "/ready",
        "/metrics",
        "/session",
        "/sign-in/again",
        "/sign-in/done",
        "/audit/check",
        "/sign-in/staff",
        "/sign-in/staff/back",
        "/sign-in/owners",
        "/sign-in/owners/back",
        "/second-factor",
        "/intake/{}/events",
        "/intake/{}/state",
        "/phone/{}/state",
        "/batches/{}/early",
        "/batches/{}/early/{}.pdf",
        "/batches/{}/files",
        "/batches/{}/files/{}/pages",
        "/batches/{}/files/{}/pages/{}.jpg",
        "/batches/{}/pages/progress",
        "/batches/{}/progress",
        "/batches/{}/state",
        "/review/next",
        "/documents/{}/files/{}",
        "/documents/{}/pages/{}.jpg",
        "/documents/{}/sheets/{}",
        "/documents/{}/versions/{}/pages/{}.jpg",
        "/desk/papers/{}/look.png",
        "/dossiers/{}/one-stop",
        "/orders/{}/manifest.json",
        "/orders/{}/manifest.p7s",
        "/indices/counting",
        "/indices/figures.csv",
        "/orders/{}/progress",
        "/orders/{}/state",
        "/retention/lists/{}/certificate.{}",
        "/mine/none",
        "/mine/export",
        "/mine/papers/{}/copy",
        "/mine/papers/{}/original",
    }
)
"""what is asked for by pages: parts of them, pictures, files, streams, and steps on the way to a page"""


@dataclass(frozen=True, slots=True)
class Tour:
    """An office that is served, and the ids of what lies in it."""

    office: Office
    address: str
    ids: dict[str, str]

    def stop(self, page: Page, stop: Stop, *, size: ViewportSize) -> None:
        """Open a page on a screen of a size and wait until it is there."""
        page.set_viewport_size(size)
        answer = page.goto(self.address + stop.path.format_map(self.ids))
        assert answer is not None
        assert answer.status < 400, f"{stop.path}: {answer.status}"
        page.wait_for_load_state("load")
        with contextlib.suppress(TooLong):  # pages that listen for progress are never quite idle
            page.wait_for_load_state("networkidle", timeout=_QUIET)


@contextlib.contextmanager
def furnished(folder: Path) -> Iterator[Tour]:
    """Serve an office below `folder` in which there is something on every page."""
    schedule = folder / "retention.toml"
    schedule.write_text(SCHEDULE, encoding="utf-8")
    token = folder / "token"
    token.write_text(TOKEN, encoding="ascii")
    with oidc_provider() as provider, other_systems() as systems:
        settings = {
            **_connected(systems, token),
            "SOHOA_OFFICE__AGENCY": AGENCY,
            "SOHOA_RETENTION__SCHEDULE": str(schedule),
            "SOHOA_WEBHOOKS__HOSTS": "127.0.0.1",
            "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
            "SOHOA_WEB__OWNERS_OIDC__ISSUER": provider.issuer,
            "SOHOA_WEB__OWNERS_OIDC__CLIENT_ID": CLIENT,
            "SOHOA_WEB__OWNERS_OIDC__CLIENT_SECRET": SECRET,
        }
        office = Office(home=folder / "home", settings=settings)
        hire(office, *STAFF)
        ids = _furnish(office, folder)
        systems.known[ids["dossier"]] = {"code": ids["dossier"], "due_on": "2026-12-31", "components": EXPECTED}
        provider.claims |= {"sub": "citizen", "personal_id": ids["person"]}
        with office.served() as address:
            yield Tour(office, address, ids)


def _connected(systems: OtherSystems, token: Path) -> dict[str, str]:
    """Return settings by which an office asks the systems around it; the channel's secret is the token, too."""
    chosen = {"SOHOA_CHANNELS__ZALO__SECRET_FILE": str(token), "SOHOA_CHANNELS__ZALO__SENDERS": "@xa.example.vn"}
    for name in ("population", "one_stop", "depository"):
        prefix = f"SOHOA_CONNECTORS__{name.upper()}__"
        chosen |= {prefix + "ADDRESS": f"{systems.address}/{name.replace('_', '-')}", prefix + "TOKEN_FILE": str(token)}
    return chosen


def _furnish(office: Office, folder: Path) -> dict[str, str]:
    """Fill an office by the command line, and return the ids of what lies there."""
    specimens = write_batch(folder / "scans", seed=SEED, dossiers=2)
    batch = office.json("digitize", specimens.folder)
    documents: list[dict[str, Any]] = batch["documents"]
    doubtful = next(each for each in documents if each["state"] == "needs_review")
    results = {each["id"]: code for each in documents if (code := _issued(office, each["id"]))}
    (signed, code), (result, unsigned) = list(results.items())[:2]
    assert office.run("sign", signed, "--role", "official").returncode == 0
    number = FieldName("personal_id")
    person = next(str(paper.fields[number]) for paper in specimens.papers if paper.fields.get(number))
    with open_office(load_settings(office.environment), with_prefect=False) as inside:
        shelve(inside, agency=AGENCY, kind="giay_tiep_nhan", received=LONG_AGO)
    assert office.run("client", "add", "mot-cua-tinh", "--name", ONE_STOP, "--scope", "events:read").returncode == 0
    (webhook,) = office.json("webhook", "add", "--client", "mot-cua-tinh", "--address", "https://127.0.0.1/su-kien")
    office.json("disposal", "propose", "--reason", "Hết thời hạn bảo quản theo Quyết định 12/QĐ-UBND")
    office.json("hold", "place", "dossier", doubtful["dossier"], "--reason", "Công văn số 5/TAND về việc giữ hồ sơ")
    return {
        "batch": batch["id"],
        "document": doubtful["id"],
        "dossier": doubtful["dossier"],
        "code": code,
        "result": result,
        "unsigned": unsigned,
        "person": person,
        "type": "quyet_dinh",
        "webhook": webhook["id"],
    }


def _issued(office: Office, document: str) -> str:
    """Put a paper up as a result, if it is of a type that may be one; return its code, else nothing."""
    done = office.run("result", "issue", document, "--json")
    return str(json.loads(done.stdout)["code"]) if done.returncode == 0 else ""


@contextlib.contextmanager
def seats(browser: Browser, tour: Tour) -> Iterator[Mapping[Staff | str | None, Page]]:
    """Give everybody a page of a browser of their own."""
    taken = {each: take_seat(browser, tour.address, each) for each in STAFF}
    stranger = browser.new_context(locale="vi-VN")
    citizen = browser.new_context(locale="vi-VN")
    pages: dict[Staff | str | None, Page] = {each: seat.page for each, seat in taken.items()}
    pages |= {None: stranger.new_page(), OWNER: citizen.new_page()}
    pages[OWNER].goto(f"{tour.address}/sign-in/owners")
    _find_the_rest(tour, pages)
    yield pages
    for context in (stranger, citizen, *(seat.context for seat in taken.values())):
        context.close()


def _find_the_rest(tour: Tour, pages: Mapping[Staff | str | None, Page]) -> None:
    """Do what only people at pages do, and take down the ids of what came of it."""
    clerk, ids = pages[CLERK], tour.ids
    clerk.goto(f"{tour.address}/intake")
    clerk.get_by_role("button", name="Bắt đầu nhận").click()
    clerk.wait_for_url("**/intake/*")
    ids["intake"] = clerk.url.rpartition("/")[2]
    clerk.get_by_role("button", name="Chụp bằng điện thoại").click()
    ids["ticket"] = _last_part(clerk, "[href*='/phone/'], code:has-text('/phone/')")
    clerk.goto(f"{tour.address}/batches/{ids['batch']}/sign")
    clerk.locator("form:has(input[name=documents]) button").last.click()
    clerk.wait_for_url("**/orders/o-*")
    ids["order"] = clerk.url.rpartition("/")[2]
    for name, who, path, link in (
        ("account", ADMIN, "/people", "main a[href^='/people/']:not([href='/people/add'])"),
        ("disposal", RECORDS, "/retention", "main a[href^='/retention/lists/']"),
        ("index", RECORDS, "/indices", "main a[href^='/indices/']:not([download])"),
        ("holding", OWNER, "/mine", "main a[href^='/mine/papers/']"),
    ):
        pages[who].goto(tour.address + path)
        ids[name] = _last_part(pages[who], link)


def _last_part(page: Page, link: str) -> str:
    """Return the last part of the address that the first such link leads to."""
    found = page.locator(link).first
    address = found.get_attribute("href") or found.text_content() or ""
    return address.partition("?")[0].rstrip("/").rpartition("/")[2]


def unseen_pages() -> set[str]:
    """Return the addresses of pages that nobody stops at, with `{}` for ids."""
    known = {_nameless(stop.path) for stop in STOPS} | NOT_PAGES
    found = {
        _nameless(route.path)
        for module in pkgutil.iter_modules(web_pages.__path__)
        for route in importlib.import_module(f"{web_pages.__name__}.{module.name}").router.routes
        if "GET" in (route.methods or ())
    }
    return found - known


def _nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)
