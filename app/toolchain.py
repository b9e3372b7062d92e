"""Which programs, libraries and data the results of this machine depend on; part of the ledger keys."""

from __future__ import annotations

import functools
import hashlib
import re
import subprocess
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from pipeline.domain.errors import MachineExhausted
from pipeline.usecases.digitize_means import Tools

_READING = ("opencv-python-headless", "onnxruntime", "pillow", "pillow-heif", "pypdfium2", "zxing-cpp")
_COPYING = ("fonttools", "img2pdf", "pikepdf", "pillow", "pypdfium2")
_SECONDS = 20
"""for a program to say its version"""
_FOLDER = re.compile(r'"(?P<folder>[^"]+)"')


@functools.cache
def installed_tools(language: str) -> Tools:
    """Return what reading in `language` and writing copies depend on here; looked up once a process.

    A program that is missing counts as such: whether it is needed shows when a page is read.

    Raises:
        MachineExhausted: a program that is there does not answer. What it would have said is no other answer: pages read by
            this machine would pass for read by another one.
    """
    poppler = _said("pdftoppm", "-v")
    resident = [_version(package) for package in ("tesserocr",) if find_spec(package)]
    reading = (_said("tesseract", "--version"), _model(language), poppler, *map(_version, _READING), *resident)
    return Tools(read="; ".join(reading), copy=f"{poppler}; {copying_tools()}")


def copying_tools() -> str:
    """Return the packages that the bytes of copies depend on, with their versions."""
    return "; ".join(map(_version, _COPYING))


def _version(package: str) -> str:
    return f"{package} {metadata.version(package)}"


def _said(program: str, *arguments: str) -> str:
    """Return the first line that a program prints."""
    try:
        ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS)
    except FileNotFoundError:
        return f"no {program}"
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineExhausted(path=program, reason=str(error)) from error
    if ran.returncode < 0:
        raise MachineExhausted(path=program, reason=f"ended by signal {-ran.returncode}")
    return next(iter((ran.stdout + ran.stderr).splitlines()), program).strip()


def _model(language: str) -> str:
    """Return the digest of the language data: distributions ship several under one name."""
    named = _FOLDER.search(_said("tesseract", "--list-langs"))
    file = Path(named["folder"] if named else "", f"{language}.traineddata")
    try:
        with file.open("rb") as stream:
            return f"{language} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except FileNotFoundError:
        return f"no {language}"
    except OSError as error:
        raise MachineExhausted(path=str(file), reason=error.strerror or "") from error
