"""Where things lie in an export: folders and names that people read, on any file system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.archive_ports import NamedFile

SCHEMA = "sohoa.export/1"
ABOUT, FILES, SUMS, README, RECORDS, MISSING = (
    "export.json",
    "files.jsonl",
    "SHA256SUMS",
    "README.txt",
    "records",
    "missing.jsonl",
)
"""names in an export"""

_NO_DOSSIER = "_"
_LONGEST = 200
"""bytes of a name: file systems take 255, and a number and a suffix are added"""
# what Windows does not take in a name, control characters, and what breaks a line of a list
_UNWANTED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def place_of(file: NamedFile) -> str:
    """Return the path of a file in the export, with `/` between its parts. Two rows never share a path."""
    make = _PLACES.get((file.table, file.column))
    if make is not None:
        return make(file.row)
    called = " ".join([*file.record, file.column])
    return f"other/{file.table}/{safe_name(called)} {file.sha256[:12]}"


def paper_folder(document: str, *, kind: str, dossier: str | None, batch: str) -> str:
    """Return the folder of a document of the type `kind`; those of no dossier lie together by batch."""
    above = f"{_NO_DOSSIER}/{safe_name(batch)}" if dossier is None else safe_name(dossier)
    return f"dossiers/{above}/{safe_name(f'{kind} {document}')}"


def safe_name(name: str) -> str:
    """Return a name that every file system takes, as near to `name` as that allows."""
    plain = _UNWANTED.sub("_", unicodedata.normalize("NFC", name)).strip().rstrip(".") or "_"
    if _RESERVED.fullmatch(plain) or plain.startswith("."):
        plain = f"_{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if len(plain.encode()) <= _LONGEST:
        return plain
    if not dot or len(suffix) > 8:  # noqa: PLR2004 - no suffix is longer
        return _cut(plain, _LONGEST)
    return f"{_cut(stem, _LONGEST - len(suffix.encode()) - 1)}.{suffix}"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore").strip()


def _of_paper(row: Mapping[str, Any], document: str) -> str:
    return paper_folder(document, kind=row["type"], dossier=row["dossier"], batch=row["batch"])


def _source(row: Mapping[str, Any]) -> str:
    base = row["name"].rpartition("/")[2]
    return f"sources/{safe_name(row['batch'])}/{row['position'] + 1:04d} {safe_name(base)}"


def _member(row: Mapping[str, Any]) -> str:
    """Return the place of a file out of an archive. While its batch is worked on it has no position but its name."""
    base = safe_name(row["name"].rpartition("/")[2])
    number = row["sha256"][:12] if row["position"] is None else f"{row['position'] + 1:04d}"
    return f"sources/{safe_name(row['batch'])}/unpacked/{number} {base}"


def _version(row: Mapping[str, Any]) -> str:
    role = "" if row["role"] is None else f" {safe_name(row['role'])} {safe_name(row['level'] or '')}".rstrip()
    return f"{_of_paper(row, row['document'])}/copy v{row['number']}{role}.pdf"


_PLACES: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], str]] = {
    ("received_sources", "sha256"): _source,
    ("sources", "sha256"): _member,
    ("documents", "copy_sha256"): lambda row: f"{_of_paper(row, row['id'])}/copy.pdf",
    ("documents", "text_sha256"): lambda row: f"{_of_paper(row, row['id'])}/text.txt",
    ("documents", "signed_source"): lambda row: f"{_of_paper(row, row['id'])}/signed as it came.pdf",
    ("copy_versions", "sha256"): _version,
    ("signing_orders", "manifest"): lambda row: f"signing/{safe_name(row['id'])}/manifest.json",
    ("signing_orders", "manifest_signature"): lambda row: f"signing/{safe_name(row['id'])}/manifest.p7s",
    ("audit_days", "object"): lambda row: f"audit/{safe_name(row['day'])}.json",
    ("audit_days", "token"): lambda row: f"audit/{safe_name(row['day'])}.tsr",
    ("disposals", "certificate"): lambda row: f"disposals/{safe_name(row['id'])}.json",
}
"""by column; what is not here lies in `other`, under what it is called"""
