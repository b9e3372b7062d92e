"""A walk through every page, in an office with papers in all states: for screenshots, and for judging accessibility."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from pipeline.domain.account import Role
from pipeline.specimens.batch import write_batch
from tests.e2e.office import Office
from tests.e2e.people import Staff, hire, take_seat
from web import pages

SEED = 11
AGENCY = "H42.12"
CLERK = Staff("clerk", "Nguyễn Hoàng Thị Khánh Phương Quỳnh Trâm Anh", Role.CLERK)
OFFICIAL = Staff("official", "Tôn Nữ Thị Ngọc Huyền Trân Công Tằng", Role.OFFICIAL)
RECORDS = Staff("records", "Lê Phạm Hoàng Nguyên Khôi Vĩ", Role.RECORDS_OFFICER)
ADMIN = Staff("admin", "Trần Thị Quản Trị", Role.ADMINISTRATOR)
STAFF = (CLERK, OFFICIAL, RECORDS, ADMIN)


@dataclass(frozen=True, slots=True)
class Stop:
    """A page to look at."""

    path: str
    """as the application knows it, with names for ids"""
    who: Staff | None = None
    """None: nobody has signed in"""
    name: str = ""
    """of the picture, where two stops have one path"""
    query: str = ""

    @property
    def title(self) -> str:
        """Return the name of the picture."""
        words = self.name or self.path.strip("/").replace("{", "").replace("}", "").replace("/", "-") or "home"
        return f"{words}-{self.who.login}" if self.path == "/" and self.who else words


STOPS = (
    Stop("/sign-in"),
    Stop("/", CLERK),
    Stop("/", OFFICIAL),
    Stop("/", RECORDS),
    Stop("/", ADMIN),
)
"""in the order of a paper's way"""

NOT_PAGES = frozenset(
    {
        "/health",
    }
)
"""what is asked for by pages: parts of them, pictures, files, streams"""


@dataclass(frozen=True, slots=True)
class Tour:
    """An office that is served, and the ids of what lies in it."""

    office: Office
    address: str
    ids: Mapping[str, str]

    def stop(self, page: Page, stop: Stop) -> None:
        """Open a page and wait until it is there."""
        answer = page.goto(self.address + stop.path.format_map(self.ids) + stop.query)
        assert answer is not None
        assert answer.status < 400, f"{stop.path}: {answer.status}"
        page.wait_for_load_state("load")


@contextlib.contextmanager
def furnished(folder: Path) -> Iterator[Tour]:
    """Serve an office below `folder` in which there is something on every page."""
    office = Office(home=folder / "home", settings={"SOHOA_OFFICE__AGENCY": AGENCY})
    hire(office, *STAFF)
    ids = _furnish(office, folder)
    with office.served() as address:
        yield Tour(office, address, ids)


def _furnish(office: Office, folder: Path) -> dict[str, str]:
    specimens = write_batch(folder / "scans", seed=SEED, dossiers=2)
    batch = office.json("digitize", specimens.folder)
    documents: list[dict[str, Any]] = batch["documents"]
    doubtful = next(each for each in documents if each["state"] == "needs_review")
    results = [_issued(office, each["id"]) for each in documents]
    codes = [each for each in results if each]
    return {
        "batch": batch["id"],
        "document": doubtful["id"],
        "dossier": doubtful["dossier"],
        "code": codes[0],
    }


def _issued(office: Office, document: str) -> str:
    """Put a paper up as a result, if it is of a type that may be one; return its code, else nothing."""
    done = office.run("result", "issue", document)
    return done.stdout.split()[-1] if done.returncode == 0 else ""


@contextlib.contextmanager
def seats(browser: Browser, tour: Tour, *, size: ViewportSize) -> Iterator[Mapping[Staff | None, Page]]:
    """Give everybody a page of a browser of their own."""
    taken = {each: take_seat(browser, tour.address, each, size=size) for each in STAFF}
    stranger = browser.new_context(viewport=size, locale="vi-VN")
    yield {None: stranger.new_page(), **{who: seat.page for who, seat in taken.items()}}
    stranger.close()
    for seat in taken.values():
        seat.context.close()


def unseen_pages() -> set[str]:
    """Return the addresses of pages that nobody stops at."""
    known = {stop.path for stop in STOPS} | NOT_PAGES
    found = {
        route.path
        for module in pkgutil.iter_modules(pages.__path__)
        for route in importlib.import_module(f"{pages.__name__}.{module.name}").router.routes
        if "GET" in (route.methods or ())
    }
    return found - known
