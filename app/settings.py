"""Settings: read once at the edge, frozen, unknown names refused.

In force is, from strongest to weakest: `SOHOA_…` environment variables (groups parted by two underscores, such as
`SOHOA_STORE__KIND`), `sohoa.toml` in the home folder, `/etc/sohoa/sohoa.toml`, the defaults here.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, SecretStr, ValidationError

from app.api_settings import ApiSettings
from app.connector_settings import ConnectorSettings, ExchangeSettings
from app.intake_settings import ChannelSettings, IntakeSettings, WatchSettings
from app.reuse_settings import ReuseSettings
from app.room_settings import RoomSettings
from app.setting_groups import (
    AuditSettings,
    CodeSettings,
    EncryptionSettings,
    FixitySettings,
    Group,
    IndexSettings,
    Language,
    LimitSettings,
    MirrorSettings,
    OfficeSettings,
    PrefectSettings,
    ReadingSettings,
    RecordsSettings,
    ResultSettings,
    RetentionSettings,
    ReviewSettings,
    SignerSettings,
    SigningSettings,
    StoreSettings,
    TypesSettings,
)
from app.watching_settings import LogSettings, TraceSettings, WorkSettings
from app.web_settings import WebSettings
from app.webhook_settings import WebhookSettings
from pipeline.domain.errors import BadSettings
from pipeline.domain.exchange import OtherSystem

PREFIX = "SOHOA_"
SYSTEM_FILE = Path("/etc/sohoa/sohoa.toml")
FILE_NAME = "sohoa.toml"


class Settings(Group):
    """All settings."""

    home: Path
    """folder in which the embedded default keeps everything"""
    language: Language | None = None
    """language of messages; default: from the locale, Vietnamese unless it is an English one"""
    office: OfficeSettings = OfficeSettings()
    store: StoreSettings = StoreSettings()
    mirror: MirrorSettings = MirrorSettings()
    fixity: FixitySettings = FixitySettings()
    encryption: EncryptionSettings = EncryptionSettings()
    retention: RetentionSettings = RetentionSettings()
    reuse: ReuseSettings = ReuseSettings()
    indices: IndexSettings = IndexSettings()
    records: RecordsSettings = RecordsSettings()
    audit: AuditSettings = AuditSettings()
    reading: ReadingSettings = ReadingSettings()
    limits: LimitSettings = LimitSettings()
    room: RoomSettings = RoomSettings()
    intake: IntakeSettings = IntakeSettings()
    types: TypesSettings = TypesSettings()
    review: ReviewSettings = ReviewSettings()
    prefect: PrefectSettings = PrefectSettings()
    web: WebSettings = WebSettings()
    work: WorkSettings = WorkSettings()
    log: LogSettings = LogSettings()
    trace: TraceSettings = TraceSettings()
    webhooks: WebhookSettings = WebhookSettings()
    api: ApiSettings = ApiSettings()
    signing: SigningSettings = SigningSettings()
    results: ResultSettings = ResultSettings()
    codes: CodeSettings = CodeSettings()
    exchange: ExchangeSettings = ExchangeSettings()
    signers: dict[str, SignerSettings] = Field(default_factory=dict)
    """signers by name"""
    watch: dict[str, WatchSettings] = Field(default_factory=dict)
    """watched scanner folders by name"""
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    """mail servers and chat gateways by name"""
    connectors: dict[OtherSystem, ConnectorSettings] = Field(default_factory=dict)
    """other systems by name"""

    @property
    def records_url(self) -> str:
        """Database URL in force."""
        return self.records.url.get_secret_value() or f"sqlite:///{self.home / 'sohoa.db'}"

    @property
    def archive_folder(self) -> Path:
        """Folder of the local archive in force."""
        return self.store.folder or self.home / "archive"

    @property
    def intake_folder(self) -> Path:
        """Folder in force of bytes that belong to no batch yet."""
        return self.intake.folder or self.home / "incoming"

    @property
    def trust_folder(self) -> Path:
        """Folder of trusted certificates in force."""
        return self.signing.trust_folder or self.home / "trust"

    @property
    def result_address(self) -> str:
        """Where anybody can look a result up, in force: the pages' own, where they have an address."""
        return self.results.address or (f"{self.web.address}/v" if self.web.address else "")

    @property
    def file_address(self) -> str:
        """Where the national portal fetches a file, in force: the interface's own address, where a client of it is the portal."""
        exchange, address = self.exchange, self.web.address
        own = f"{address}/api/v1/announced/{{dossier}}/{{document}}.pdf"
        return exchange.file_address or (own if exchange.portal_client and address.startswith("https://") else "")

    @property
    def own_agency(self) -> str:
        """How owners' consents name the installation's own agency: by its code, or by its name where it has none."""
        return self.office.agency or self.signing.organ

    @property
    def worker_count(self) -> int:
        """Child processes in force."""
        return self.reading.workers or len(os.sched_getaffinity(0))


class Provenance(Group):
    """Settings and where each one came from, by dotted name."""

    settings: Settings
    origins: dict[str, str]


def load_settings(environment: Mapping[str, str]) -> Provenance:
    """Read the settings.

    Raises:
        BadSettings: a file or variable holds an unknown name or a value that does not fit; details name it.
    """
    from_environment = {
        name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)
    }
    # switches of the test run, of prefect.yaml and of the installed command, not settings of the product
    for switch in ("require_services", "root", "pool", "flows", "invoker"):
        from_environment.pop(switch, None)
    home = Path(from_environment.pop("home", "") or _default_home(environment)).expanduser().absolute()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {"home": f"{PREFIX}HOME"} if environment.get(f"{PREFIX}HOME") else {}
    for file in (SYSTEM_FILE, home / FILE_NAME):
        layer = _read_file(file)
        if "home" in layer:
            raise BadSettings(name="home", origin=str(file), problem="home_by_variable")
        _lay_over(values, origins, layer, str(file))
    for name, value in from_environment.items():
        path = name.split("__")
        nested: Any = value
        for part in reversed(path):
            nested = {part: nested}
        _lay_over(values, origins, nested, PREFIX + name.upper())
    try:
        settings = Settings.model_validate({**values, "home": home})
    except ValidationError as error:
        first = error.errors()[0]
        dotted = ".".join(str(part) for part in first["loc"])
        origin = next((where for name, where in origins.items() if name.startswith(dotted)), "?")
        limits = {name: value for name, value in first.get("ctx", {}).items() if isinstance(value, str | int | float)}
        raise BadSettings(name=dotted, origin=origin, problem=first["msg"], rule=first["type"], **limits) from error
    return Provenance(settings=settings, origins=origins)


def current_settings() -> Settings:
    """Return the settings of this process's environment, for processes that others start (flow runs, workers).

    Raises:
        BadSettings: see load_settings.
    """
    return current_provenance().settings


def current_provenance() -> Provenance:
    """Return the same with where each one came from.

    Raises:
        BadSettings: see load_settings.
    """
    return load_settings(os.environ)


_ANY_NAME: Mapping[str, Iterable[str]] = {
    "signers": ("NAME",),
    "watch": ("NAME",),
    "channels": ("NAME",),
    "connectors": ("NAME",),
}


def setting_names(
    model: type[BaseModel] = Settings, prefix: str = "", *, named: Mapping[str, Iterable[str]] = _ANY_NAME
) -> list[str]:
    """Return the dotted names of all settings, in order; `named` lists the names in groups of settings by name."""
    names = []
    for name, field in model.model_fields.items():
        if name in named:
            inner: type[BaseModel] = get_args(field.annotation)[1]
            for each in named[name]:
                names += setting_names(inner, f"{prefix}{name}.{each}.")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += setting_names(field.annotation, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


def named_groups(settings: Settings) -> Mapping[str, Iterable[str]]:
    """Return the names that are in use, by group."""
    return {
        "signers": settings.signers,
        "watch": settings.watch,
        "channels": settings.channels,
        "connectors": settings.connectors,
    }


def shown_value(settings: Settings, dotted: str) -> str:
    """Return a setting as text; secrets are shown as set or not set only."""
    value: Any = settings
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    return "" if value is None else str(value)


def _default_home(environment: Mapping[str, str]) -> str:
    data = environment.get("XDG_DATA_HOME") or str(Path(environment.get("HOME", "/root")) / ".local" / "share")
    return str(Path(data) / "sohoa")


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadSettings(name=str(file), origin=str(file), problem=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(
            name=str(file), origin=str(file), problem=str(error), rule="toml", place=str(error)
        ) from error


def _lay_over(
    values: dict[str, Any], origins: dict[str, str], layer: Mapping[str, Any], origin: str, at: str = ""
) -> None:
    for name, value in layer.items():
        if isinstance(value, Mapping):
            inner = values.setdefault(name, {})
            if not isinstance(inner, dict):
                raise BadSettings(name=at + name, origin=origin, problem="group_and_value")
            _lay_over(inner, origins, value, origin, f"{at}{name}.")
        else:
            values[name] = value
            origins[at + name] = origin


def settings_json(provenance: Provenance) -> str:
    """Return the settings in force and their origins as JSON, secrets masked."""
    return json.dumps(
        {
            name: {"value": shown_value(provenance.settings, name), "origin": provenance.origins.get(name, "default")}
            for name in setting_names(named=named_groups(provenance.settings))
        },
        ensure_ascii=False,
        indent=1,
    )
