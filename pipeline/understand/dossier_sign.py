"""What a page says about the dossier that it belongs to: by its codes, or, on receipts and separator sheets, in print."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.ids import DossierCode
from pipeline.domain.page import Code, CodeKind, RecognisedPage
from pipeline.domain.page_notes import SeparationNote
from pipeline.text.code_payload import is_spoilt_text
from pipeline.text.dossier_code import SHEET_TITLE, find_dossier_codes, misdated_dossier_codes, read_dossier_codes
from pipeline.text.identity import is_spoilt_card_code
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import find_title
from pipeline.understand.declaration import Family
from pipeline.understand.head import find_nation
from pipeline.understand.rows import likeness

_ALIKE = 0.85
_MATRIX = {CodeKind.QR, CodeKind.MICRO_QR, CodeKind.DATA_MATRIX, CodeKind.AZTEC}
_SEPARATOR_WORDS = 40
"""a sheet with a code and fewer words than this holds nothing to keep"""


@dataclass(frozen=True, slots=True)
class DossierSign:
    """A dossier code on a page, and what the page is for."""

    code: DossierCode | None
    opens: bool
    """a dossier begins here: a receipt, a separator sheet, a form of the one-stop shop that prints the code it carries"""
    receipt: bool
    sheet: bool
    """a separator sheet: nothing on it is to be kept"""
    notes: tuple[SeparationNote, ...]
    """what is wrong with its codes"""


def dossier_sign(page: RecognisedPage, *, catalogue: TypeCatalogue) -> DossierSign:
    """Say what a page tells about its dossier. A code for machines wins over print, which is read on receipts and sheets only."""
    title = find_title(page, catalogue=catalogue)
    receipt = title is not None and title.declaration.family is Family.RECEIPT
    titled = _says_separator(page)
    coded = tuple(dict.fromkeys(code for each in page.codes for code in find_dossier_codes(each.text)))
    printed = read_dossier_codes(page.text) if coded or receipt or titled else ()
    notes = _notes(page, coded, printed if receipt else (), receipt=receipt)
    agreed = next((code for code in coded if code in printed), None)
    spoken = coded or (printed if receipt or titled else ())
    bare = bool(coded) and title is None and _word_count(page) < _SEPARATOR_WORDS and find_nation(page) is None
    sheet = bare or (titled and bool(spoken))
    return DossierSign(
        code=agreed or next(iter(spoken), None),
        opens=receipt or titled or bare or agreed is not None,
        receipt=receipt,
        sheet=sheet and not notes,
        notes=notes,
    )


def _notes(
    page: RecognisedPage, coded: tuple[DossierCode, ...], printed: tuple[DossierCode, ...], *, receipt: bool
) -> tuple[SeparationNote, ...]:
    """Say what is wrong with a page's codes. `printed` are those of a receipt: a digit misread on a sheet contradicts nothing."""
    texts = [code.text for code in page.codes]
    spoilt = any(is_spoilt_text(text) or is_spoilt_card_code(text) for text in texts)
    found = {
        SeparationNote.CODE_SPOILT: spoilt or (receipt and not coded and any(map(_says_nothing, page.codes))),
        SeparationNote.DOSSIER_CODE_INVALID: any(map(misdated_dossier_codes, texts)),
        SeparationNote.SEVERAL_DOSSIER_CODES: len(coded or printed) > 1,
        SeparationNote.DOSSIER_CODE_CONTRADICTED: bool(coded and printed) and not set(coded) & set(printed),
    }
    return tuple(note for note, holds in found.items() if holds)


def _says_nothing(code: Code) -> bool:
    """Say whether a receipt's matrix code lacks the dossier code that TT 01/2023/TT-VPCP asks for, and is no address to look it up."""
    other = misdated_dossier_codes(code.text) or code.text.lower().startswith(("http://", "https://"))
    return code.kind in _MATRIX and not other


def _says_separator(page: RecognisedPage) -> bool:
    """Say whether a line reads as the title of a separator sheet: its codes may be torn off or stained."""
    return any(likeness(line.text, SHEET_TITLE) >= _ALIKE for line in page.lines)


def _word_count(page: RecognisedPage) -> int:
    return sum(any(char.isalnum() for char in word.text) for line in page.lines for word in line.words)
