"""What a declaration of a document type says: its titles, which reader reads it, its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.document import FieldValue
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.owner import OwnerKind


class Family(StrEnum):
    """Which reader reads the fields of a type."""

    ADMINISTRATIVE = "administrative"
    """head in two columns, title, body, foot in two blocks (NĐ 30/2020, phụ lục I)"""
    CERTIFICATE = "certificate"
    """head and foot of an administrative document, labels with values between them"""
    RECEIPT = "receipt"
    """labels with values, a dossier code"""
    FORM = "form"
    """labels with values, the place and day of filling in at its end"""
    CARD = "card"
    """labels with values, which a QR code or a machine-readable zone overrides"""
    OTHER = "other"
    """nothing is known; what an administrative head shows is read where there is one"""


class FieldKind(StrEnum):
    """How a field's text is normalised and checked."""

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    DATE = "date"
    MOMENT = "moment"
    SEX = "sex"
    NUMBER = "number"
    """the number before the stroke in `05/2026`, else a number of a few digits"""
    PERSONAL_ID = "personal_id"
    OLD_ID = "old_id"
    ID_PLACE = "id_place"
    """who issued the identity paper that a line names, after its number"""
    TAX_CODE = "tax_code"
    BUSINESS_NUMBER = "business_number"
    """tax code, or the number of a household business of before 2021, `41A8012345`"""
    DOSSIER_CODE = "dossier_code"
    PROCEDURE_CODE = "procedure_code"
    PHONE = "phone"
    EMAIL = "email"
    AREA = "area"
    """in square metres"""
    MONEY = "money"
    """in đồng, held against the words behind it"""
    LAND_SERIAL = "land_serial"
    """serial number of a land certificate; stands anywhere, without a label"""
    SIGNATURE = "signature"
    """a name under its label, with room for an autograph between them"""


class Column(StrEnum):
    """In which half of the page a field stands."""

    WHOLE = "whole"
    LEFT = "left"
    RIGHT = "right"


class Payload(StrEnum):
    """Contents of a QR code that tell a type by themselves."""

    IDENTITY_CARD = "identity_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDeclaration:
    """A labelled field of a form: what it is called on paper, where to look, how to read it."""

    name: FieldName
    kind: FieldKind
    labels: tuple[str, ...]
    """wording variants, NFC, longest first"""
    after: tuple[str, ...] = ()
    """the field stands below a line with one of these texts"""
    before: tuple[str, ...] = ()
    """and above the next line with one of these"""
    column: Column = Column.WHOLE
    lines: int = 1
    """how many lines its value may take"""
    key: bool = False
    """a clerk has to look when it is missing"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A scan of such a paper, and what is to be read on it."""

    file: str
    """its name in the declaration's folder"""
    values: Mapping[FieldName, FieldValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFields:
    """Which fields name an owner of a paper."""

    kind: OwnerKind
    number: FieldName
    """the owner's number, of any kind"""
    name: FieldName
    birth_date: FieldName | None = None
    old_number: FieldName | None = None
    """an older number of the same person"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a paper of the type stands in its owners' depositories."""

    owners: tuple[OwnerFields, ...] = ()
    """several where a paper belongs to several people: both spouses own a marriage certificate"""
    result_type: str = ""
    """mã loại giấy tờ of the national catalogue, `KQ.G15.000031`, where the paper is the result of a procedure"""
    valid_from: FieldName | None = None
    valid_to: FieldName | None = None
    """the last day, as the paper names it"""
    valid_months: int | None = None
    """for how long the law lets it hold after `valid_from`"""
    purpose: FieldName | None = None
    """the one purpose for which such a paper is issued, where it may be used for no other"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDeclaration:
    """A kind of paper."""

    code: TypeCode
    title: str
    """Vietnamese name, for people"""
    family: Family
    titles: tuple[str, ...] = ()
    """what is printed as its title, longest first"""
    openings: tuple[str, ...] = ()
    """how a title begins that goes on as it likes: `ĐƠN ĐỀ NGHỊ …`"""
    anchors: tuple[str, ...] = ()
    """texts that further speak for it"""
    abbreviation: str | None = None
    """in notations, `QĐ`"""
    payload: Payload | None = None
    result: bool = False
    """what an agency issues at the end of a procedure"""
    fields: tuple[FieldDeclaration, ...] = ()
    key_fields: tuple[FieldName, ...] = ()
    """a clerk has to look when one of these is missing"""
    keeping: Keeping = Keeping()
    samples: tuple[Sample, ...] = ()
    """scans by which the declaration is tried"""
