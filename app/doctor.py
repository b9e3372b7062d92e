"""Is everything here that the work needs? Each check looks at one thing and says what to do when it is not right."""

from __future__ import annotations

import importlib
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import metadata
from pathlib import Path

from app.authors import system_at
from app.channel_signature import secrets_of
from app.clock import SystemClock
from app.intake_settings import ChannelSettings
from app.services import make_home, types_of
from app.setting_groups import StoreKind
from app.settings import Settings
from app.signers import key_note, named_note
from app.stores import open_objects
from app.system_report import workforce
from app.workshop import network_of, network_refusal
from pipeline.domain.errors import SohoaError
from pipeline.domain.exchange import ConnectorState, OtherSystem
from pipeline.domain.exchange_errors import ConnectorGarbled, ConnectorRefused, ConnectorUnavailable
from pipeline.recognise.languages import installed_languages
from pipeline.recognise.network.reader import NetworkReader
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
    error: SohoaError | None = None
    """what was raised, in place of a detail"""
    of: str = ""
    """which of several: a signer's or a channel's name"""


_PROGRAMS = (("tesseract", "--version"), ("pdftoppm", "-v"), ("qpdf", "--version"))
_PACKAGES = ("prefect", "fastapi", "pyhanko", "minio", "sqlalchemy")
_NATIVE = (
    ("opencv-python-headless", "cv2"),
    ("onnxruntime", "onnxruntime"),
    ("pikepdf", "pikepdf"),
    ("pypdfium2", "pypdfium2"),
    ("zxing-cpp", "zxingcpp"),
)
"""packages with compiled code and the modules that load it, which fails where a system library is missing"""
_ROOM_GIB = 2.0
"""free space below which a batch of a few hundred pages may not fit"""
_TOOL_SECONDS = 20


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield the findings of all checks, in the order in which a person would look."""
    yield Finding("python", Health.OK, platform.python_version())
    for package in _PACKAGES:
        yield _package(package)
    for package, module in _NATIVE:
        yield _package(package, module)
    for program, switch in _PROGRAMS:
        yield _program(program, switch)
    yield _probe("language_data", lambda: _languages(settings), "remedy.language_data")
    yield _network(settings)
    yield _probe("fonts", lambda: find_stamp_font().path.name, "remedy.fonts")
    yield _probe("types", lambda: _types(settings), "remedy.types")
    yield _room(settings)
    yield _store(settings)
    yield _probe("records", lambda: _records(settings), "remedy.records")
    yield _clock()
    yield from _keys(settings)
    yield _prefect(settings)
    yield from _connectors(settings)


def _connectors(settings: Settings) -> Iterator[Finding]:
    """Look how the systems of the settings answered last, and whether channels have their secrets; nobody is asked anything."""
    chosen = [system for system, each in settings.connectors.items() if each.address]
    known: dict[OtherSystem, ConnectorState] = {}
    if chosen:
        try:
            known = _connector_states(settings)
        except SohoaError as error:
            yield Finding("connectors", Health.PROBLEM, "", "remedy.records", error)
            return
    for system in chosen:
        state = known.get(system)
        name = f"connector_{system.value}"
        if state is None:
            yield Finding(name, Health.OK, "–")
        elif state.fails:
            yield Finding(name, Health.WARNING, "", "remedy.connector", _failure(state))
        else:
            yield Finding(name, Health.OK, f"{state.answered_at:%Y-%m-%d %H:%M}Z")
    for channel, each in sorted(settings.channels.items()):
        yield _probe("channel", partial(_channel, channel, each), "remedy.channel", of=channel)


def _failure(state: ConnectorState) -> SohoaError:
    """Return what another system failed with last, so that it is said in words."""
    code, _, reason = state.reason.partition(" ")
    kinds = {each.code: each for each in (ConnectorRefused, ConnectorGarbled)}
    return kinds.get(code, ConnectorUnavailable)(name=state.system.value, reason=reason)


def _connector_states(settings: Settings) -> dict[OtherSystem, ConnectorState]:
    make_home(settings.home)
    records = open_records(settings.records_url, clock=SystemClock(), author=system_at("doctor"))
    try:
        return {each.system: each for each in records.connector_book.all()}
    finally:
        records.close()


def _channel(name: str, channel: ChannelSettings) -> str:
    secrets_of(name, channel)
    return "–"


def _keys(settings: Settings) -> Iterator[Finding]:
    """Look at the keys that sign: those of named signers, and the one that signs where none of them does."""
    if settings.signing.key_file is not None or not settings.signing.production or not settings.signers:
        yield _probe("key", lambda: key_note(settings), "remedy.key")
    for name in sorted(settings.signers):
        yield _probe("signer", partial(named_note, settings, name), "remedy.signer", of=name)


def _package(package: str, module: str | None = None) -> Finding:
    try:
        if module is not None:
            importlib.import_module(module)
        return Finding(package, Health.OK, metadata.version(package))
    except (ImportError, OSError) as error:  # PackageNotFoundError is an ImportError
        return Finding(package, Health.PROBLEM, str(error), "remedy.package")


def _program(program: str, switch: str) -> Finding:
    if shutil.which(program) is None:
        return Finding(program, Health.PROBLEM, "", "remedy.program")
    said = _said(program, switch)
    version = re.search(r"\d+(\.\d+)+", said)
    if version is None:
        return Finding(program, Health.PROBLEM, said.strip(), "remedy.program")
    return Finding(program, Health.OK, version.group())


def _said(*command: str) -> str:
    """Return what a program prints, or why it could not be run."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TOOL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return ran.stdout + ran.stderr


def _room(settings: Settings) -> Finding:
    """Look for room where things are kept and where they are worked on."""
    places = {settings.home, settings.archive_folder, Path(tempfile.gettempdir())}
    free = {place: shutil.disk_usage(_existing(place)).free / (1 << 30) for place in places}
    tightest = min(free, key=free.__getitem__)
    health = Health.OK if free[tightest] >= _ROOM_GIB else Health.WARNING
    detail = f"{free[tightest]:.1f} GiB ({tightest})"
    return Finding("room", health, detail, "" if health is Health.OK else "remedy.room")


def _existing(place: Path) -> Path:
    return next(each for each in (place, *place.parents) if each.exists())


def _probe(name: str, look: Callable[[], str], remedy: str, *, of: str = "") -> Finding:
    try:
        return Finding(name, Health.OK, look(), of=of)
    except SohoaError as error:
        return Finding(name, Health.PROBLEM, "", remedy, error, of=of)


def _languages(settings: Settings) -> str:
    return ", ".join(installed_languages(needed=settings.reading.language))


def _network(settings: Settings) -> Finding:
    """Look whether the language data's network can be run here: without it everything works, at a third of the speed."""
    try:
        make_home(settings.home)
        refusal = network_refusal(settings)
        if refusal is not None:
            return Finding("network", Health.WARNING, "", "remedy.network", refusal)
        network = network_of(settings)
        if network is not None:
            NetworkReader(network)
    except SohoaError as error:
        return Finding("network", Health.PROBLEM, "", "remedy.network_file", error)
    return Finding("network", Health.OK, settings.reading.engine.value)


def _types(settings: Settings) -> str:
    return str(len(types_of(settings).types))


def _records(settings: Settings) -> str:
    make_home(settings.home)
    records = open_records(settings.records_url, clock=SystemClock(), author=system_at("doctor"))
    try:
        return records.engine.dialect.name
    finally:
        records.close()


def _store(settings: Settings) -> Finding:
    try:
        open_objects(settings)
    except SohoaError as error:
        return Finding("store", Health.PROBLEM, "", "remedy.store", error)
    if settings.store.kind is StoreKind.FOLDER:
        return Finding("store", Health.OK, str(settings.archive_folder))
    return Finding("store", Health.OK, f"s3://{settings.store.endpoint}/{settings.store.bucket}")


def _clock() -> Finding:
    """Ask the machine whether something keeps its clock right: signing times depend on it."""
    if shutil.which("timedatectl") is None:
        return Finding("clock", Health.WARNING, "", "remedy.clock")
    said = _said("timedatectl", "show", "--property=NTPSynchronized", "--value").strip()
    if said == "yes":
        return Finding("clock", Health.OK, "NTP")
    return Finding("clock", Health.WARNING, said.partition("\n")[0], "remedy.clock")


def _prefect(settings: Settings) -> Finding:
    address = settings.prefect.api_url
    found = workforce(settings)
    if found.refuses:
        return Finding("prefect_server", Health.PROBLEM, address, "remedy.prefect_refuses")
    if found.answers:
        return Finding("prefect_server", Health.OK, address)
    return Finding("prefect_server", Health.WARNING, address, "remedy.prefect_server")
