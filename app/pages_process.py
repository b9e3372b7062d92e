"""The process that serves the pages, as seen from outside."""

from __future__ import annotations

import os
import sys

import httpx

from app.own_process import Child, Crew
from app.settings import Settings

MODULE = "web.main"
"""started by its name: wiring does not import the edges"""


def pages_address(settings: Settings) -> str:
    """Return where the pages are on this machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not listened on  # nosec B104
    host = everywhere.get(settings.web.host, settings.web.host)
    scheme = "https" if settings.web.tls_certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.web.port}"


def pages_answer(address: str, *, seconds: float = 3.0) -> bool:
    """Say whether pages are served at `address`, one of this machine.

    With TLS the certificate is not looked at: it is made out to the name that people type, and one that has run out is no
    reason to leave the workers unstarted.
    """
    try:
        return httpx.get(f"{address}/health", timeout=seconds, trust_env=False, verify=False).is_success  # noqa: S501 - above  # nosec B501
    except httpx.HTTPError:
        return False


def start_pages(crew: Crew, settings: Settings) -> Child:
    """Serve the pages; they may take some seconds to answer."""
    return crew.start("web", (sys.executable, "-m", MODULE), {**os.environ, "SOHOA_HOME": str(settings.home)})
