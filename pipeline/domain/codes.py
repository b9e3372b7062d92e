"""Codes made of parts by templates: the settings have them, because the law's literal forms are lost or differ by province."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from pipeline.domain.holding import ArchiveCode
from pipeline.domain.ids import TypeCode

_KINDS = frozenset({"L", "NQ", "NĐ", "QĐ", "TT", "CV", "TB", "BC", "KH", "CTr", "GM", "BB", "GP", "VB", "QC"})
"""abbreviations of archival codes (CV 7197/BKHCN-CĐSQG)"""
_WITHOUT_ABBREVIATION = {"cong_van": "CV", "luat": "L"}
_LICENCE, _ANY = "GP", "VB"
_STROKED = str.maketrans({"đ": "d", "Đ": "D"})
_DESCRIPTION_LENGTH = 80
"""signs of a description in a file name: names over 255 bytes no file system takes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTemplates:
    """How codes are written; `str.format` fills in the parts by name."""

    paper: str = "{owner}-{type}-{serial:06}"
    """of a digitized paper (TT 01/2023/TT-VPCP art. 10.1), of `{owner}`, `{type}` and `{serial}`"""
    organ: str = ""
    """MCQ, the organisation's code in archival codes; empty: none are given"""
    document: str = "{organ}_{kind}_{serial:06}_V{version}"
    """of a document in the archive, of `{organ}`, `{kind}`, `{serial}` and `{version}` of its copy"""
    file: str = "{code}_{date:%Y%m%d}_{description}.{extension}"
    """name of its file, of that `{code}`, the paper's `{date}`, `{description}` and `{extension}`"""

    def __post_init__(self) -> None:
        """Refuse templates that leave out what keeps codes apart.

        Raises:
            ValueError
        """
        _refuse_without(self.paper, "owner", "type", "serial")
        _refuse_without(self.document, "organ", "kind", "serial", "version")
        _refuse_without(self.file, "code", "extension")
        try:
            paper = self.paper.format(owner="1", type="t", serial=1)
            code = self.document.format(organ="G06", kind="VB", serial=1, version=1)
            file = self.file.format(code=code, date=dt.date(2026, 1, 31), description="d", extension="pdf")
        except (KeyError, IndexError, AttributeError) as error:
            raise ValueError(f"a template names an unknown part: {error}") from error
        if "/" in file or not paper.isprintable():
            raise ValueError("a template holds a sign that no code may have")


def archive_kind(type_: TypeCode, abbreviation: str | None) -> str:
    """Return LV of a type's archival code: its abbreviation where CV 7197 knows it, else what it falls under."""
    if abbreviation in _KINDS:
        return abbreviation
    licence = type_.startswith("giay_phep")
    return _WITHOUT_ABBREVIATION.get(type_, _LICENCE if licence else _ANY)


def document_code(code: ArchiveCode, *, version: int, templates: CodeTemplates) -> str:
    """Return the archival code of a version of a document, `G06.01_CV_000021_V1`."""
    return templates.document.format(organ=code.organ, kind=code.kind, serial=code.serial, version=version)


def file_name(code: str, *, date: dt.date, description: str, extension: str, templates: CodeTemplates) -> str:
    """Return the archival file name, `CODE_YYYYMMDD_DESC.EXT`: without diacritics and spaces (CV 7197)."""
    name = templates.file.format(code=code, date=date, description=_plain(description), extension=extension)
    return _ascii(name)


def _plain(description: str) -> str:
    """Return words as one, each with a capital: `số hóa tài liệu` becomes `SoHoaTaiLieu`."""
    words = re.findall(r"[0-9A-Za-z]+", _ascii(description))
    return "".join(word[:1].upper() + word[1:] for word in words)[:_DESCRIPTION_LENGTH]


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKED))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _refuse_without(template: str, *parts: str) -> None:
    missing = [part for part in parts if not re.search(rf"\{{{part}[:}}]", template)]
    if missing:
        raise ValueError(f"{template!r} leaves out {', '.join(missing)}: two codes could be the same")
