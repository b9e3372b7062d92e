"""Settings: read once at the edge, frozen, unknown names refused.

In force is, from strongest to weakest: `SOHOA_…` environment variables (groups parted by two underscores, such as
`SOHOA_STORE__KIND`), `sohoa.toml` in the home folder, `/etc/sohoa/sohoa.toml`, the defaults here.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from pipeline.domain.errors import BadSettings
from pipeline.domain.signature import SignerRole
from pipeline.recognise.policy import Engine
from signing.csc_version import CscVersion

PREFIX = "SOHOA_"
SYSTEM_FILE = Path("/etc/sohoa/sohoa.toml")
FILE_NAME = "sohoa.toml"


class Language(StrEnum):
    """Languages that people are spoken to in."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


class StoreKind(StrEnum):
    """Where objects are kept."""

    FOLDER = "folder"
    S3 = "s3"


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class StoreSettings(_Group):
    """Objects: sources, copies and what is derived from them."""

    kind: StoreKind = StoreKind.FOLDER
    """`folder` (a local archive, not write-once) or `s3`"""
    folder: Path | None = None
    """folder of the local archive; default: `archive` in the home folder"""
    endpoint: str = ""
    """host:port of the S3 server"""
    bucket: str = "sohoa"
    """bucket; created when it is missing and the credentials allow it"""
    region: str = ""
    """region name the server expects; Ceph takes `default`"""
    access_key: str = ""
    """S3 access key"""
    secret_key: SecretStr = SecretStr("")
    """S3 secret key"""
    secure: bool = True
    """speak TLS to the S3 server"""


class RecordsSettings(_Group):
    """Records: ledger, batches, documents, fields, search."""

    url: SecretStr = SecretStr("")
    """database URL, `postgresql+psycopg://user:password@host:port/name`; default: SQLite, `sohoa.db` in the home folder"""


class ReadingSettings(_Group):
    """Recognition, in child processes."""

    workers: int = Field(default=0, ge=0, le=256)
    """child processes; 0: one for each core"""
    memory_mib: int = Field(default=3072, ge=512)
    """address space of one child process in MiB"""
    engine: Engine = Engine.NETWORK
    """`network` (that of the language data, run by ourselves), `both` (and Tesseract for doubtful lines) or `tesseract`"""
    language: str = Field(default="vie", pattern=r"^[a-z]{3}(_[a-z]+)?$")
    """Tesseract language"""
    page_seconds: float = Field(default=120.0, gt=0)
    """seconds after which a page is given up"""
    document_seconds: float = Field(default=600.0, gt=0)
    """seconds after which a copy, or the first look at a file, is given up"""


class LimitSettings(_Group):
    """What is refused before it is read."""

    source_mib: int = Field(default=2048, ge=1)
    """largest file in MiB; the same holds for all members of an archive together"""
    pages: int = Field(default=5000, ge=1)
    """most pages in one file"""
    megapixels: int = Field(default=400, ge=1)
    """largest picture in millions of pixels"""
    members: int = Field(default=5000, ge=1)
    """most files in one archive"""


class TypesSettings(_Group):
    """Document types."""

    folder: Path | None = None
    """folder with declarations of an administrator's own, read after the built-in ones"""


class ReviewSettings(_Group):
    """When a person has to look."""

    error_rate: float = Field(default=0.02, gt=0, lt=1)
    """share of wrong values among those that are accepted without a look, at most; counted on generated papers"""
    officials: Path | None = None
    """CSV list of officials, `organ,name,since,until`: bears out names of signers, and proposes one that is almost read"""


class PrefectSettings(_Group):
    """Orchestration."""

    api_url: str = "http://127.0.0.1:4200/api"
    """Prefect server; where it does not answer, the work is done directly"""
    port: int = Field(default=4200, ge=1, le=65535)
    """port on loopback of the server that `sohoa run` starts"""
    pool: str = "sohoa"
    """work pool of the bulk worker"""


class SignerKind(StrEnum):
    """Where a signer's key is."""

    PKCS12 = "pkcs12"
    """in a file"""
    PKCS11 = "pkcs11"
    """on a token or in a security module"""
    CSC = "csc"
    """at a remote signing service (Cloud Signature Consortium)"""
    AGENT = "agent"
    """with the signer's own desktop agent, which is asked by the web pages and not by the command line"""


class SignerSettings(_Group):
    """A signer by name, `[signers.NAME]`."""

    kind: SignerKind
    """`pkcs12` (a file), `pkcs11` (a token or security module), `csc` (a remote service) or `agent` (the signer's own desktop)"""
    roles: tuple[SignerRole, ...] = ()
    """roles for which it is used unless another signer is named; with any, it signs in no other"""
    key_file: Path | None = None
    """pkcs12: the file"""
    module: Path | None = None
    """pkcs11: the maker's library"""
    slot: int | None = Field(default=None, ge=0)
    """pkcs11: number of the slot, where there are several"""
    token: str | None = None
    """pkcs11: label of the token, where there are several"""
    certificate: str | None = None
    """pkcs11: label or hexadecimal serial number of the certificate, where there are several"""
    url: str = ""
    """csc: address up to the version, such as `https://sign.example.vn/csc/v2`"""
    version: CscVersion = CscVersion.V2
    """csc: `v1` or `v2` of the interface"""
    credential: str = ""
    """csc: credential of the key"""
    token_file: Path | None = None
    """csc: file whose first line is the OAuth access token; read anew for each call"""
    otp: bool = False
    """csc: ask for a one-time password at each authorisation"""
    secret_file: Path | None = None
    """file whose first line is the passphrase or PIN; without it the person at the terminal is asked"""
    pss: bool = False
    """make RSASSA-PSS signatures with an RSA key"""
    picture: Path | None = None
    """transparent PNG in place of text: an official's signature (blue) or an agency's seal (red)"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a signer whose key cannot be found."""
        needed = {
            SignerKind.PKCS12: ("key_file",),
            SignerKind.PKCS11: ("module",),
            SignerKind.CSC: ("url", "credential", "token_file"),
            SignerKind.AGENT: (),
        }[self.kind]
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        return self


class SigningSettings(_Group):
    """Signatures."""

    production: bool = False
    """refuse the development authority"""
    key_file: Path | None = None
    """PKCS#12 file; default: the development authority's key for the role"""
    passphrase_file: Path | None = None
    """file whose first line is the passphrase of the key file"""
    organ: str = "ỦY BAN NHÂN DÂN XÃ THANH BÌNH"
    """agency named in the appearance of an electronic copy"""
    timestamp_url: str = ""
    """RFC 3161 time-stamp authority; empty: level B-T is not to be had but for the development authority's own"""
    other_timestamp_urls: tuple[str, ...] = ()
    """further authorities, asked in order when the first does not answer"""
    timestamp_seconds: float = Field(default=10.0, gt=0, le=600)
    """seconds that an authority may take to answer"""
    timestamp_rounds: int = Field(default=2, ge=1, le=20)
    """how often all authorities are asked before a document has to wait"""
    ask_authorities: bool = False
    """ask for the revocation of our own signers' certificates over HTTP where these say, besides the lists in the trust store"""
    renew_days: int = Field(default=180, ge=1)
    """days before a copy's proof runs out at which it is due for renewal"""
    trust_folder: Path | None = None
    """folder with trusted root certificates (PEM); default: `trust` in the home folder"""
    look_clerk: str = "{signer}¶{time}"
    """text of a clerk's signature, top left of page 1; `{signer}`, `{organ}`, `{reference}` and `{time}` are filled in, `¶` begins a new line"""
    look_copy: str = "SAO Y; {organ}; {time}"
    """text of the agency's signature on an electronic copy, top right of page 1"""
    look_appendix: str = "{reference}; {time}"
    """text on an appendix in a file of its own, top right of page 1; `{reference}` is the main document's number and notation"""
    look_official: str = "{signer}¶{time}"
    """text of an official's or a seal's signature where there is no picture"""


class ResultSettings(_Group):
    """Results under their codes."""

    address: str = Field(default="", pattern=r"^(https?://[!-~]+)?$")
    """where anybody can look a result up; shown on results and, with the code, in their QR code"""
    system: str = "Số hóa"
    """name of this system on prints of results for paper"""


class Settings(_Group):
    """All settings."""

    home: Path
    """folder in which the embedded default keeps everything"""
    language: Language | None = None
    """language of messages; default: from the locale, Vietnamese unless it is an English one"""
    store: StoreSettings = StoreSettings()
    records: RecordsSettings = RecordsSettings()
    reading: ReadingSettings = ReadingSettings()
    limits: LimitSettings = LimitSettings()
    types: TypesSettings = TypesSettings()
    review: ReviewSettings = ReviewSettings()
    prefect: PrefectSettings = PrefectSettings()
    signing: SigningSettings = SigningSettings()
    results: ResultSettings = ResultSettings()
    signers: dict[str, SignerSettings] = Field(default_factory=dict)
    """signers by name"""

    @property
    def records_url(self) -> str:
        """Database URL in force."""
        return self.records.url.get_secret_value() or f"sqlite:///{self.home / 'sohoa.db'}"

    @property
    def archive_folder(self) -> Path:
        """Folder of the local archive in force."""
        return self.store.folder or self.home / "archive"

    @property
    def trust_folder(self) -> Path:
        """Folder of trusted certificates in force."""
        return self.signing.trust_folder or self.home / "trust"

    @property
    def worker_count(self) -> int:
        """Child processes in force."""
        return self.reading.workers or len(os.sched_getaffinity(0))


class Provenance(_Group):
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
    # switches of the test run and of prefect.yaml, not settings of the product
    for switch in ("require_services", "root", "pool"):
        from_environment.pop(switch, None)
    home = Path(from_environment.pop("home", "") or _default_home(environment)).expanduser().absolute()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {"home": f"{PREFIX}HOME"} if environment.get(f"{PREFIX}HOME") else {}
    for file in (SYSTEM_FILE, home / FILE_NAME):
        layer = _read_file(file)
        if "home" in layer:
            raise BadSettings(name="home", origin=str(file), problem=f"only {PREFIX}HOME can name the home folder")
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
        raise BadSettings(name=dotted, origin=origin, problem=first["msg"]) from error
    return Provenance(settings=settings, origins=origins)


def current_settings() -> Settings:
    """Return the settings of this process's environment, for processes that others start (flow runs, workers).

    Raises:
        BadSettings: see load_settings.
    """
    return load_settings(os.environ).settings


def setting_names(
    model: type[BaseModel] = Settings, prefix: str = "", *, signers: Iterable[str] = ("NAME",)
) -> list[str]:
    """Return the dotted names of all settings, in order, those of each of `signers` among them."""
    names = []
    for name, field in model.model_fields.items():
        if name == "signers":
            inner: type[BaseModel] = get_args(field.annotation)[1]
            for signer in signers:
                names += setting_names(inner, f"{prefix}{name}.{signer}.")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += setting_names(field.annotation, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(name=str(file), origin=str(file), problem=str(error)) from error


def _lay_over(
    values: dict[str, Any], origins: dict[str, str], layer: Mapping[str, Any], origin: str, at: str = ""
) -> None:
    for name, value in layer.items():
        if isinstance(value, Mapping):
            inner = values.setdefault(name, {})
            if not isinstance(inner, dict):
                raise BadSettings(name=at + name, origin=origin, problem="a group and a value cannot share a name")
            _lay_over(inner, origins, value, origin, f"{at}{name}.")
        else:
            values[name] = value
            origins[at + name] = origin


def settings_json(provenance: Provenance) -> str:
    """Return the settings in force and their origins as JSON, secrets masked."""
    return json.dumps(
        {
            name: {"value": shown_value(provenance.settings, name), "origin": provenance.origins.get(name, "default")}
            for name in setting_names(signers=provenance.settings.signers)
        },
        ensure_ascii=False,
        indent=1,
    )
