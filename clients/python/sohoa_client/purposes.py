"""Why somebody's papers are asked for: said with every such request, kept by the office, shown to the owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

BASES = ("dossier", "consent", "law")

_PLAIN = "".join(chr(each) for each in range(0x20, 0x7F) if chr(each) != "%")


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """Why, on which basis, and for whom."""

    text: str
    """what it is for; for the basis `law` it names the law"""
    basis: str = "dossier"
    """`dossier`: to settle a dossier of the owner's own; `consent`: the owner agreed; `law`: a law says so"""
    requester: str
    """the person of your system on whose behalf you ask, as your system knows them"""
    dossier: str | None = None
    """code of the dossier; needed for that basis"""

    def __post_init__(self) -> None:
        """Refuse what the office would refuse."""
        if not self.text.strip() or not self.requester.strip():
            raise ValueError("a purpose has a text and a requester")
        if self.basis not in BASES:
            raise ValueError(f"the basis is one of {', '.join(BASES)}")
        if self.basis == "dossier" and not self.dossier:
            raise ValueError("a purpose on the basis of a dossier names the dossier")

    def headers(self) -> Mapping[str, str]:
        """Return it as headers; what is not ASCII is percent-encoded UTF-8."""
        named = {
            "Sohoa-Purpose": self.text,
            "Sohoa-Legal-Basis": self.basis,
            "Sohoa-Requester": self.requester,
            "Sohoa-Dossier": self.dossier or "",
        }
        return {name: quote(value.strip(), safe=_PLAIN) for name, value in named.items() if value.strip()}
