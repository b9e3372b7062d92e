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
    host = settings.web.host if settings.web.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not listened on  # nosec B104
    return f"http://{host}:{settings.web.port}"


def pages_answer(address: str, *, seconds: float = 3.0) -> bool:
    """Say whether pages are served at `address`."""
    try:
        return httpx.get(f"{address}/health", timeout=seconds, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def start_pages(crew: Crew, settings: Settings) -> Child:
    """Serve the pages; they may take some seconds to answer."""
    return crew.start("web", (sys.executable, "-m", MODULE), {**os.environ, "SOHOA_HOME": str(settings.home)})
