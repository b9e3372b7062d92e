"""What a benchmark ran on, without the machine's name."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

_PACKAGES = ("sohoa", "ocrmypdf", "onnxruntime", "opencv-python-headless", "pikepdf", "pypdfium2", "rapidfuzz")


def describe_machine() -> dict[str, str]:
    """Return processor, cores, memory, system, and the versions of everything that matters."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
        "python": platform.python_version(),
        "tesseract": _first_line("tesseract", "--version"),
        "poppler": _first_line("pdftoppm", "-v"),
        "commit": _first_line("git", "describe", "--always", "--dirty"),
        **{name: _version(name) for name in _PACKAGES},
    }


def slug(machine: dict[str, str]) -> str:
    """Return a short name for files, such as `amd-epyc-7b13-2-cores`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{machine['processor']} {machine['cores']} cores".lower()).strip("-")


def _processor() -> str:
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*:\s*(.+)$", information, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _first_line(*command: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return next(iter((told.stdout or told.stderr).splitlines()), "unknown")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
