"""Scripts that somebody brings in do nothing in a real browser: in fields, names and reasons, in files that are handed out, in addresses."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pikepdf
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.holding import Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.owner import (
    AccessBasis,
    Consent,
    ConsentId,
    HoldingId,
    Identifier,
    IdentifierKind,
    Owner,
    OwnerId,
    OwnerKind,
)
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area
from tests.servers.process import free_port
from tests.web.conftest import SignIn
from tests.web.issued import field, keep
from tests.web.street import note_look, owner_session
from web.application import create_app
from web.office import Office

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]
TITLE = "BỊ CHIẾM"


class Canary:
    """A server that hears of everybody who calls it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Listener(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                body = planted(f"http://{self.headers['Host']}", "control").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def planted(canary: str, where: str) -> str:
    """Return markup that calls out and changes the title if anything of it is taken for more than text."""
    act = f"document.title='{TITLE}';fetch('{canary}/{where}-fetch')"
    return (
        f'"\'></title></textarea><img src={canary}/{where}-img onerror="{act}"><script>{act}</script>'
        f"<svg onload=\"{act}\"></svg><iframe src='javascript:{act}'></iframe>{{{{7*7}}}}"
    )


@dataclass(frozen=True)
class Trap:
    """An office that is served, with planted markup everywhere."""

    address: str
    canary: Canary
    paper: DocumentId
    holding: HoldingId
    staff: str
    owner: str


@pytest.fixture
def trap(office: Office, sign_in: SignIn) -> Iterator[Trap]:
    canary = Canary()
    services = office.services
    bait = planted(canary.address, "field")
    fields = {FieldName(name): field(bait) for name in ("full_name", "subject", "organ_name", "code_number", "address")}
    (paper,) = keep(office, 1, fields=fields, dossier=DossierCode("H42.12-260131-0001"))
    _hand_in(office, paper, canary)
    owner = services.owners.register(
        Owner(
            id=OwnerId(services.new_id()),
            kind=OwnerKind.PERSON,
            name=bait,
            identifiers=(Identifier(IdentifierKind.CCCD, "001199000011"),),
        )
    )
    held = Holding(
        id=HoldingId(services.new_id()),
        owner=owner.id,
        document=paper,
        type=TypeCode("quyet_dinh"),
        code=PaperCode(owner="001199000011", type="quyet_dinh", serial=0, text=""),
        published_at=services.clock.now(),
        validity=Validity(scope=bait, purpose=bait),
    )
    (held,) = services.depository.place([held], template="{owner}-{type}-{serial:06}")
    ended = replace(held, state=HoldingState.REVOKED, reason=bait, changed_at=services.clock.now())
    services.depository.change(ended, version=held.version)
    note_look(office, held, purpose=bait, agency=bait, basis=AccessBasis.LAW, dossier=None)
    services.access_book.give(
        Consent(
            id=ConsentId(services.new_id()),
            owner=owner.id,
            agency=bait,
            purpose=bait,
            types=(TypeCode(bait),),
            given_at=services.clock.now(),
        )
    )
    staff = sign_in(*Role, login="moi-quyen", name=bait, agency="H42.12")
    client, _ = owner_session(office, owner.id, create_app(office))
    with served(office) as address:
        yield Trap(
            address,
            canary,
            paper,
            held.id,
            staff.browser.cookies.get("sohoa") or "",
            client.cookies.get("sohoa") or "",
        )
    canary.close()


def _hand_in(office: Office, paper: DocumentId, canary: Canary) -> None:
    """Let files that are no papers, or papers with scripts, stand as states of a paper's copy."""
    page = f"<!doctype html><html><body>{planted(canary.address, 'html')}</body></html>".encode()
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{canary.address}/svg-img"/>'
        f"<script>document.title='{TITLE}';fetch('{canary.address}/svg-fetch')</script></svg>"
    ).encode()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.launchURL('{canary.address}/pdf-js')")
        pdf.Root.OpenAction = pdf.make_indirect(script)
        out = io.BytesIO()
        pdf.save(out)
    for number, data in enumerate((page, picture, out.getvalue()), start=2):
        kept = office.services.objects.put(Area.ARCHIVE, io.BytesIO(data))
        office.services.versions.add(
            paper,
            CopyVersion(number=number, sha256=kept.sha256, size=kept.size, created_at=office.services.clock.now()),
        )


@contextlib.contextmanager
def served(office: Office) -> Iterator[str]:
    """Serve an office's pages on loopback."""
    port = free_port()
    environment = {
        "SOHOA_HOME": str(office.settings.home),
        "SOHOA_OFFICE__AGENCY": office.settings.office.agency,
        "SOHOA_WEB__PORT": str(port),
    }
    settings = load_settings(environment)
    app = create_app(replace(office, provenance=settings))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def signed_in(context: BrowserContext, trap: Trap, token: str) -> tuple[Page, list[str]]:
    context.add_cookies([{"name": "sohoa", "value": token, "url": trap.address}])
    page, told = context.new_page(), list[str]()

    def dismiss(dialog: Dialog) -> None:
        told.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    # what the policy has to stop has been taken for markup already
    page.on("console", lambda line: told.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("popup", lambda popup: told.append(f"popup {popup.url}"))
    return page, told


def look(page: Page, address: str, *, is_there: bool = True) -> str:
    """Open an address as somebody does who types it; return the title, empty for a download."""
    try:
        answer = page.goto(address, wait_until="load")
    except Error as error:
        if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
            return ""
        raise
    assert answer is not None
    assert (answer.status < 400) is is_there, f"{address}: {answer.status}"
    page.wait_for_timeout(150)
    return page.title()


def test_what_is_planted_is_text_on_every_page(chromium: Browser, trap: Trap) -> None:
    bait = quote(planted(trap.canary.address, "query"), safe="")
    by_staff = [
        "/",
        "/account",
        "/people",
        "/documents",
        f"/documents/{trap.paper}",
        f"/documents/{trap.paper}?purpose=records",
        f"/search?words={bait}",
        f"/audit?words={bait}",
        "/batches",
        "/retention/holds",
        "/verify",
    ]
    by_owner = ["/mine", f"/mine/papers/{trap.holding}", "/mine/log", "/mine/consents", "/mine/rights"]
    by_anybody = [
        f"/v?code={bait}",
        f"/v/{bait.replace('%2F', '')}",
        f"/sign-in?next={bait}",
        f"/{bait.replace('%2F', '')}",
    ]
    there = {*by_staff, *by_owner, *by_anybody[:3]}
    for token, paths in ((trap.staff, by_staff), (trap.owner, by_owner), ("", by_anybody)):
        with chromium.new_context() as context:
            page, told = signed_in(context, trap, token)
            for path in paths:
                # a script that ran would have set another title
                assert look(page, trap.address + path, is_there=path in there).endswith("Số hóa"), path
            assert told == []
    assert trap.canary.heard == []


def test_files_that_are_handed_out_are_downloads_and_nothing_runs(
    chromium: Browser, trap: Trap, tmp_path: Path
) -> None:
    with chromium.new_context(accept_downloads=True) as context:
        page, told = signed_in(context, trap, trap.staff)
        for number in (2, 3, 4):
            path = f"{trap.address}/documents/{trap.paper}/files/copy-{number}"
            with page.expect_download() as download:
                assert look(page, path) == ""
            saved = tmp_path / f"{number}"
            download.value.save_as(saved)
            assert saved.stat().st_size > 0
            # as part of a page of ours they are none either
            look(page, f"{trap.address}/v")
            for tag, name in (("iframe", "src"), ("object", "data"), ("embed", "src"), ("script", "src")):
                page.evaluate(
                    "([tag, name, path]) => { const each = document.createElement(tag); each[name] = path; document.body.append(each) }",
                    [tag, name, path],
                )
            page.wait_for_timeout(300)
            assert TITLE not in page.title()
        assert all("dialog" not in each and "popup" not in each for each in told)
    with chromium.new_context(accept_downloads=True) as context:
        page, told = signed_in(context, trap, trap.owner)
        with page.expect_download():
            assert look(page, f"{trap.address}/mine/papers/{trap.holding}/copy") == ""
        assert told == []
    assert trap.canary.heard == []


def test_the_canary_hears_what_does_run(chromium: Browser, trap: Trap) -> None:
    """The same markup outside of our pages does everything: the tests above could fail."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{trap.canary.address}/outside")
        until = time.monotonic() + 30
        while not {"/control-fetch", "/control-img"} <= set(trap.canary.heard) and time.monotonic() < until:
            page.wait_for_timeout(100)
        assert page.title() == TITLE
    assert {"/control-fetch", "/control-img"} <= set(trap.canary.heard)
