"""The groups of settings, one for each part of the product."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from pipeline.domain.capability import Capability
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.kept_object import LockMode
from pipeline.domain.signature import SignerRole
from pipeline.recognise.policy import Engine
from signing.csc_version import CscVersion
from storage.encryption_kind import EncryptionKind


class Language(StrEnum):
    """Languages that people are spoken to in."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


class StoreKind(StrEnum):
    """Where objects are kept."""

    FOLDER = "folder"
    S3 = "s3"


class Group(BaseModel):
    """Settings that belong together: frozen, unknown names refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _part_lists(cls, values: object) -> object:
        """Take a list from an environment variable: its values stand parted by spaces there."""
        if not isinstance(values, dict):
            return values
        lists = {name for name, field in cls.model_fields.items() if get_origin(field.annotation) is tuple}
        return {
            name: each.split() if name in lists and isinstance(each, str) else each for name, each in values.items()
        }


class S3Settings(Group):
    """How an S3 server is reached."""

    endpoint: str = ""
    """host:port of the S3 server"""
    region: str = ""
    """region name the server expects; Ceph takes `default`"""
    access_key: str = ""
    """S3 access key"""
    secret_key: SecretStr = SecretStr("")
    """S3 secret key"""
    secure: bool = True
    """speak TLS to the S3 server"""
    certificates: Path | None = None
    """PEM file of the authorities that may vouch for the S3 server; default: those of the operating system"""
    encryption: EncryptionKind = EncryptionKind.NONE
    """what the S3 server is told to encrypt with: `sse-s3` (its own key), `sse-kms` (its key service) or `sse-c` (the key below)"""
    encryption_key: SecretStr = SecretStr("")
    """sse-kms: id of the key; sse-c: 64 hexadecimal digits. A lost sse-c key is a lost archive"""


class StoreSettings(S3Settings):
    """Objects: sources, copies and what is derived from them."""

    kind: StoreKind = StoreKind.FOLDER
    """`folder` (a local archive, not write-once) or `s3`"""
    folder: Path | None = None
    """folder of the local archive; default: `archive` in the home folder"""
    bucket: str = "sohoa"
    """bucket; created when it is missing and the credentials allow it"""
    require: tuple[Capability, ...] = ()
    """what the store must have been seen to do (`sohoa doctor --storage`) before the program works on it, such as `["compliance"]`"""
    canary_bucket: str = ""
    """empty bucket on which that is tried, for accounts that may not make buckets; default: one is made and thrown away"""
    retain_years: int = Field(default=0, ge=0, le=100)
    """years for which whatever enters the archive is locked at once; 0: it is not. Only where the store was seen to lock"""
    retain_mode: LockMode = LockMode.GOVERNANCE
    """`governance` (a right of its own can break the lock) or `compliance` (nobody can: not even an approved disposal)"""
    incoming_days: int = Field(default=7, ge=1)
    """days after which uploads that nobody accepted expire; `sohoa storage init` tells the S3 server"""


class MirrorSettings(S3Settings):
    """The second store, which holds what the first one holds."""

    kind: StoreKind | None = None
    """`folder` or `s3`; unset: there is no second store"""
    folder: Path | None = None
    """folder of the second store, on other disks than the first"""
    bucket: str = "sohoa-mirror"
    """bucket of the second store; created when it is missing and the credentials allow it"""


class FixitySettings(Group):
    """Reading what is kept again, to see whether it is what was put there."""

    mib_per_second: float = Field(default=20.0, ge=0)
    """MiB a second that the scheduled check and the mirror read at most; 0: as fast as it goes"""
    days: int = Field(default=90, ge=1)
    """days after which the scheduled check reads an object again"""
    stray_hours: float = Field(default=24.0, ge=0)
    """hours after which an object that no record names is reported: objects are kept before their records"""


class EncryptionSettings(Group):
    """Encryption of objects before they reach the store."""

    key_file: Path | None = None
    """file of master keys, made by `sohoa storage key new`; without it objects are kept as they are"""


class OfficeSettings(Group):
    """The office that works with this installation."""

    agency: str = Field(default="", max_length=100)
    """code of the agency to which new batches belong, such as `H42.12`; empty: the installation's own"""


class RetentionSettings(Group):
    """How long papers are kept."""

    schedule: Path | None = None
    """TOML file with the periods by procedure and type; without it everything is kept for ever"""


class IndexSettings(Group):
    """Indices of digitization."""

    population_databases: tuple[str, ...] = ()
    """codes by which the one-stop system names the national population database among those that it asked (`DSKetNoiCSDL`)"""
    reports: Path | None = None
    """folder for the workbooks that are written every month; default: `reports` in the home folder"""

    file: Path | None = None
    """TOML file with the formulae; default: those of QĐ 766/QĐ-TTg that come with the product"""


class RecordsSettings(Group):
    """Records: ledger, batches, documents, fields, search."""

    url: SecretStr = SecretStr("")
    """database URL, `postgresql+psycopg://user:password@host:port/name`; default: SQLite, `sohoa.db` in the home folder"""


class AuditSettings(Group):
    """The trail of who changed and looked at what."""

    keep_search_words: bool = False
    """keep the words of searches in the audit trail; otherwise only their digest: they are personal data themselves"""
    seal_years: int = Field(default=20, ge=1, le=100)
    """years for which a day's seal is locked in the object store, where the store was proven to lock"""


class ReadingSettings(Group):
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


class LimitSettings(Group):
    """What is refused before it is read."""

    source_mib: int = Field(default=2048, ge=1)
    """largest file in MiB; the same holds for all members of an archive together"""
    pages: int = Field(default=5000, ge=1)
    """most pages in one file"""
    megapixels: int = Field(default=400, ge=1)
    """largest picture in millions of pixels"""
    members: int = Field(default=5000, ge=1)
    """most files in one archive"""


class TypesSettings(Group):
    """Document types."""

    folder: Path | None = None
    """folder with declarations of an administrator's own, read after the built-in ones"""


class ReviewSettings(Group):
    """When a person has to look."""

    error_rate: float = Field(default=0.02, gt=0, lt=1)
    """share of wrong values among those that are accepted without a look, at most; counted on generated papers"""
    officials: Path | None = None
    """CSV list of officials, `organ,name,since,until`: bears out names of signers, and proposes one that is almost read"""
    double_entry: tuple[str, ...] = ()
    """fields that two people have to enter, the second without seeing what the first did, such as `personal_id`"""


class PrefectSettings(Group):
    """Orchestration."""

    api_url: str = "http://127.0.0.1:4200/api"
    """Prefect server; where it does not answer, the work is done directly"""
    port: int = Field(default=4200, ge=1, le=65535)
    """port on loopback of the server that `sohoa run` starts"""
    pool: str = "sohoa"
    """work pool of the bulk worker"""
    agency_batches: int = Field(default=4, ge=0)
    """bulk batches of one agency that are handed to the workers at once; 0: any number"""
    part_pages: int = Field(default=32, ge=1, le=1000)
    """pages of a part: a batch with more pages to read is read in parts, by all workers that are free"""


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


class SignerSettings(Group):
    """A signer by name, `[signers.NAME]`."""

    kind: SignerKind
    """`pkcs12` (a file), `pkcs11` (a token or security module), `csc` (a remote service) or `agent` (the signer's own desktop)"""
    roles: tuple[SignerRole, ...] = ()
    """roles for which it is used unless another signer is named; with any, it signs in no other"""
    accounts: tuple[str, ...] = ()
    """logins of the accounts whose signer it is on the pages; unset: any clerk for copies, nobody for officials and seals"""
    holder: str = ""
    """common name of the certificate, shown before the key is opened; another one is refused; default: the name of its account"""
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
            needs = {"kind": self.kind.value, "missing": ", ".join(missing)}
            raise PydanticCustomError("signer_needs", "{kind} needs {missing}", needs)
        return self


class SigningSettings(Group):
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
    must_see: Literal["each"] | Annotated[float, Field(gt=0, le=1)] = "each"
    """which results an official has to be shown before they are signed on the pages: `each`, or a share chosen by digest"""
    sign_doubtful: bool = True
    """whether a clerk may sign copies of papers with points that nobody has looked at, after confirming it"""
    look_clerk: str = "{signer}¶{time}"
    """text of a clerk's signature, top left of page 1; `{signer}`, `{organ}`, `{reference}` and `{time}` are filled in, `¶` begins a new line"""
    look_copy: str = "SAO Y; {organ}; {time}"
    """text of the agency's signature on an electronic copy, top right of page 1"""
    look_appendix: str = "{reference}; {time}"
    """text on an appendix in a file of its own, top right of page 1; `{reference}` is the main document's number and notation"""
    look_official: str = "{signer}¶{time}"
    """text of an official's or a seal's signature where there is no picture"""


class ResultSettings(Group):
    """Results under their codes."""

    address: str = Field(default="", pattern=r"^(https?://[!-~]+)?$")
    """where anybody can look a result up; shown on results and, with the code, in their QR code; default: `/v` under `web.address`, where that is set"""
    system: str = "Số hóa"
    """name of this system on prints of results for paper"""


_CODES = CodeTemplates()


class CodeSettings(Group):
    """Codes of papers in depositories and in the archive, as templates."""

    paper: str = _CODES.paper
    """code of a digitized paper (TT 01/2023/TT-VPCP art. 10.1), of `{owner}`, `{type}` and `{serial}`; the owner's part is empty where there is no number"""
    organ: str = Field(default="", pattern=r"^([A-Z][0-9]{2}(\.[0-9A-Z]{1,3})*)?$")
    """the organisation's code (QĐ 20/2020/QĐ-TTg), `G06.01`, in archival codes; empty: none are given"""
    document: str = _CODES.document
    """archival code of a document (CV 7197/BKHCN-CĐSQG), of `{organ}`, `{kind}`, `{serial}` and `{version}`"""
    file: str = _CODES.file
    """archival file name, of `{code}`, `{date}`, `{description}` and `{extension}`"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse templates that could give one code twice."""
        self.templates()
        return self

    def templates(self) -> CodeTemplates:
        """Return the templates in force."""
        return CodeTemplates(paper=self.paper, organ=self.organ, document=self.document, file=self.file)
