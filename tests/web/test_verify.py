"""Judging any file for staff: the right verdicts, limits, and nothing that stays."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from pipeline.domain.account import Role
from tests.e2e.papers import paper
from tests.web.conftest import SignIn
from tests.web.issued import content, issue, sign
from web.office import Office
from web.pages import verify

HOSTILE = b"<html><script>document.title='x'</script></html>"


def kept(office: Office) -> set[Path]:
    return {path for path in office.settings.home.rglob("*") if path.is_file() and "sohoa.db" not in path.name}


@pytest.mark.enable_socket
@pytest.mark.tools
def test_files_get_their_verdicts_and_nothing_is_kept(office: Office, sign_in: SignIn) -> None:
    (result,) = issue(office)
    sign(office, [result.document])
    signed = content(office, result.document)
    clerk = sign_in(Role.CLERK)
    before, entries = kept(office), len(office.services.trail.entries(limit=1000))

    def judge(data: bytes, name: str = "tệp.pdf") -> str:
        answer = clerk.browser.post(
            "/verify/file", params={"name": name}, content=data, headers={"X-CSRF-Token": clerk.csrf}
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    assert "Chữ ký hợp lệ" in judge(signed)
    assert "Không hợp lệ" in judge(signed.replace(b"0.5 g", b"0.4 g").replace(b"/Rotate 0", b"/Rotate 90") + b"%x")
    assert "Chữ ký hợp lệ" not in judge(paper(7))
    page = judge(HOSTILE, name="<img src=x onerror=alert(1)>.pdf")
    assert "Chữ ký hợp lệ" not in page
    assert "<img src=x" not in page
    form = clerk.browser.post(
        "/verify", data={"csrf": clerk.csrf}, files={"file": ("a.pdf", signed, "application/pdf")}
    )
    assert "Chữ ký hợp lệ" in form.text
    assert "<!doctype html>" in form.text
    assert kept(office) == before
    assert len(office.services.trail.entries(limit=1000)) == entries


def test_what_is_too_large_is_refused(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = sign_in(Role.CLERK)
    monkeypatch.setattr(verify, "_MOST", 1000)
    answer = clerk.browser.post("/verify/file", content=b"%PDF" * 1000, headers={"X-CSRF-Token": clerk.csrf})
    assert (answer.status_code, answer.headers["x-error-code"]) == (400, "source.too_large")


def test_who_comes_while_many_are_judged_is_told_so(sign_in: SignIn) -> None:
    """Files of hundreds of mebibytes would fill the disk, and those that wait would leave no thread for anybody else."""
    clerk = sign_in(Role.CLERK)

    def judge() -> Response:
        return clerk.browser.post("/verify/file", content=b"%PDF" * 1000, headers={"X-CSRF-Token": clerk.csrf})

    with contextlib.ExitStack() as others:
        for _ in range(6):
            others.enter_context(verify._place())
        busy, form = (
            judge(),
            clerk.browser.post("/verify", data={"csrf": clerk.csrf}, files={"file": ("a.pdf", b"%PDF")}),
        )
        for answer in (busy, form):
            assert (answer.status_code, answer.headers["x-error-code"]) == (503, "web.judging_busy")
            assert int(answer.headers["retry-after"]) > 0
    assert judge().status_code == 200


def test_a_form_without_a_file_is_refused(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)
    assert clerk.browser.post("/verify", data={"csrf": clerk.csrf}, files={"file": ("", b"")}).status_code in {400, 422}


def test_the_public_has_nothing_judged(browser: TestClient) -> None:
    assert browser.get("/verify").status_code == 303
    assert browser.post("/verify/file", content=b"x").status_code in {303, 401}
