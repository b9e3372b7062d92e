"""Is everything here that the work needs? Each check looks at one thing and says what to do when it is not right."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata

from app.clock import SystemClock
from app.orchestrator import server_answers
from app.services import open_objects
from app.settings import Settings, StoreKind
from app.signers import key_note
from pipeline.domain.errors import SohoaError
from pipeline.recognise.languages import installed_languages
from pipeline.understand.catalogue import load_types
from signing.stamp_font import find_stamp_font
from storage.records import open_records


class Health(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    """works, but somebody should know"""
    PROBLEM = "problem"
    """work will fail"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw."""

    name: str
    health: Health
    detail: str
    remedy: str = ""
    """message key of what to do"""


_PROGRAMS = (("tesseract", "--version"), ("pdftoppm", "-v"), ("qpdf", "--version"))
_PACKAGES = ("prefect", "fastapi", "pikepdf", "pypdfium2", "pyhanko", "minio", "sqlalchemy", "zxing-cpp")


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield the findings of all checks, in the order in which a person would look."""
    yield Finding("python", Health.OK, platform.python_version())
    for package in _PACKAGES:
        yield Finding(package, Health.OK, metadata.version(package))
    for program, switch in _PROGRAMS:
        yield _program(program, switch)
    yield _probe("language_data", lambda: _languages(settings), "remedy.language_data")
    yield _probe("fonts", lambda: find_stamp_font().path.name, "remedy.fonts")
    yield _probe("types", lambda: _types(settings), "remedy.types")
    yield _store(settings)
    yield _probe("records", lambda: _records(settings), "remedy.records")
    yield _clock()
    yield _probe("key", lambda: key_note(settings), "remedy.key")
    yield _prefect(settings)


def _program(program: str, switch: str) -> Finding:
    if shutil.which(program) is None:
        return Finding(program, Health.PROBLEM, "", "remedy.program")
    ran = subprocess.run([program, switch], capture_output=True, text=True, check=False, timeout=20)
    version = re.search(r"\d+(\.\d+)+", ran.stdout + ran.stderr)
    return Finding(program, Health.OK, version.group() if version else "")


def _probe(name: str, look: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(name, Health.OK, look())
    except SohoaError as error:
        return Finding(name, Health.PROBLEM, str(error), remedy)


def _languages(settings: Settings) -> str:
    return ", ".join(installed_languages(needed=settings.reading.language))


def _types(settings: Settings) -> str:
    return str(len(load_types(*([settings.types.folder] if settings.types.folder else [])).types))


def _records(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    records = open_records(settings.records_url, clock=SystemClock())
    try:
        return records.engine.dialect.name
    finally:
        records.close()


def _store(settings: Settings) -> Finding:
    try:
        open_objects(settings)
    except SohoaError as error:
        return Finding("store", Health.PROBLEM, str(error), "remedy.store")
    if settings.store.kind is StoreKind.FOLDER:
        return Finding("store", Health.OK, str(settings.archive_folder))
    return Finding("store", Health.OK, f"s3://{settings.store.endpoint}/{settings.store.bucket}")


def _clock() -> Finding:
    """Ask the machine whether something keeps its clock right: signing times depend on it."""
    if shutil.which("timedatectl") is None:
        return Finding("clock", Health.WARNING, "", "remedy.clock")
    ran = subprocess.run(
        ["timedatectl", "show", "--property=NTPSynchronized", "--value"],  # noqa: S607 - found on the PATH above
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    if ran.stdout.strip() == "yes":
        return Finding("clock", Health.OK, "NTP")
    return Finding(
        "clock", Health.WARNING, ran.stderr.strip().splitlines()[0] if ran.stderr.strip() else "", "remedy.clock"
    )


def _prefect(settings: Settings) -> Finding:
    if server_answers(settings.prefect.api_url):
        return Finding("prefect_server", Health.OK, settings.prefect.api_url)
    return Finding("prefect_server", Health.WARNING, settings.prefect.api_url, "remedy.prefect_server")
