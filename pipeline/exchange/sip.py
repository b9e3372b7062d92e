"""Packages in which documents are handed over to an archive: E-ARK SIP 2.2 over CSIP 2.2 (DILCIS Board), METS and PREMIS 3.

A folder: `METS.xml` names every other file with its size and SHA-256, so whoever gets the package can tell that it is whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.domain.ids import ContentHash

CHECKSUM = "SHA-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A file of a package."""

    path: str
    """within the folder that METS.xml lies in, `/` between its parts"""
    media_type: str
    size: int
    """bytes"""
    sha256: ContentHash
    created_at: dt.datetime
    """aware; METS keeps seconds"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that was done to a file: a PREMIS event."""

    kind: str
    """of the Library of Congress's list, such as `digital signature generation`"""
    at: dt.datetime
    detail: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedPaper:
    """A document of a package: its file, what describes it, what was done to it."""

    code: str
    """under which the archive keeps it; unique in the package"""
    document: str
    """id in the records of whoever hands it over"""
    file: PackageFile
    conformance: str = ""
    """PDF/A part and level, such as `2u`; empty where the file is not known to be PDF/A"""
    description: Mapping[str, str] = field(default_factory=dict)
    """official metadata by name; what the paper does not say is absent"""
    history: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One form in which papers are handed over, such as signed copies, or files as they came in."""

    name: str
    """of its folder: lower-case letters and digits"""
    papers: tuple[PackagedPaper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """Who hands over."""

    name: str
    code: str = ""
    """the organisation's code (QĐ 20/2020/QĐ-TTg)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A submission package before its files are added."""

    id: str
    """name of its folder"""
    label: str
    created_at: dt.datetime
    software: str
    software_version: str
    submitter: Submitter
    agreement: str = ""
    """reference to the submission agreement"""
    representations: tuple[Representation, ...] = ()
