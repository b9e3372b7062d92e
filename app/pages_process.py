"""The process that serves the pages, as seen from outside."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from app.own_process import own_process
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


@contextlib.contextmanager
def local_pages(settings: Settings, *, log_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the pages until the context ends; they may take some seconds to answer."""
    log_folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SOHOA_HOME": str(settings.home)}
    with own_process("web", (sys.executable, "-m", MODULE), environment, log_folder) as process:
        yield process
