"""Settings of the systems around this one."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.setting_groups import Group

_OURSELVES = frozenset({"127.0.0.1", "::1", "localhost"})


class ConnectorSettings(Group):
    """Another system by its name, `[connectors.NAME]`: `national_portal`, `population`, `procedures`, `one_stop` or `depository`."""

    address: str = Field(default="", pattern=r"^(https?://[!-~]+[^/])?$")
    """address of its interface, such as `https://lgsp.example.vn/dancu`; empty: there is none"""
    plain: bool = False
    """whether the address may be `http://` although it is not this machine: names and numbers of people go over the network readable by all"""
    token_file: Path | None = None
    """file whose first line is the bearer token; read anew for each question"""
    certificates: Path | None = None
    """PEM file of the authorities that may vouch for the other side; default: those of the operating system"""
    seconds: float = Field(default=10.0, gt=0, le=600)
    """seconds that an answer may take as a whole"""
    failures: int = Field(default=5, ge=1)
    """failures in a row after which nobody is asked for a while"""
    pause_seconds: float = Field(default=60.0, ge=0)
    """how long that while is"""
    cache_minutes: float = Field(default=15.0, ge=0)
    """minutes for which an answer is given again without asking; 0: each time anew"""

    @model_validator(mode="after")
    def _sealed(self) -> Self:
        """Refuse to send what concerns people in the clear unless somebody says so."""
        address = urlsplit(self.address)
        if address.scheme == "http" and address.hostname not in _OURSELVES and not self.plain:
            raise PydanticCustomError("address_plain", "http:// needs plain = true")
        return self


class ExchangeSettings(Group):
    """What other systems are told."""

    purpose: str = Field(default="Giải quyết thủ tục hành chính (Nghị định 118/2025/NĐ-CP)", min_length=1)
    """why other systems are asked where nobody says so each time, with the legal basis; it stands in the audit trail"""

    organ: str = ""
    """name of the agency in what is sent and handed over; default: `signing.organ`"""
    agreement: str = ""
    """reference to the agreement with the archive, named in packages for it"""
    file_address: str = Field(default="", pattern=r"^(https://[!-~]*\{document\}[!-~]*)?$")
    """where the national portal fetches a file; `{document}` is its id, `{dossier}` the code of the dossier that it was announced with; default: the interface's own address, where `portal_client` is named"""
    portal_client: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{2,62})?$")
    """client of the interface as which the national portal fetches files by addresses that stay good; empty: nobody does"""
