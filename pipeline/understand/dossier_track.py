"""Which dossier the pages of a batch are in, while they are taken one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pipeline.domain.ids import DossierCode, SourceName
from pipeline.domain.page_notes import SeparationNote
from pipeline.text.dossier_code import find_dossier_codes, misdated_dossier_codes
from pipeline.understand.dossier_sign import DossierSign


@dataclass(frozen=True, slots=True)
class _Name:
    """What a source's name says."""

    code: DossierCode | None
    note: SeparationNote | None = None


@dataclass(slots=True)
class DossierTrack:
    """The dossier of the current page: the clerk's word, else the last receipt or sheet, else the source's name, else its own code."""

    names: Mapping[SourceName, _Name]
    given: DossierCode | None
    _current: DossierCode | None = None
    _held: bool = False
    """a receipt, a sheet or a name put it there: the codes of ordinary papers, which may be results of others, do not move it"""
    _source: SourceName | None = None
    _receipts: set[DossierCode] = field(default_factory=set)
    _pending: list[SeparationNote] = field(default_factory=list)

    @classmethod
    def of(
        cls, sources: Iterable[SourceName], *, folders: Mapping[SourceName, str], given: DossierCode | None
    ) -> DossierTrack:
        """Begin before the first page of `sources`; `folders` are those that they came from."""
        return cls({source: _named(source, folders.get(source, "")) for source in sources}, given)

    @property
    def dossier(self) -> DossierCode | None:
        """The dossier that a paper which begins now is in."""
        return self.given or self._current

    def take_notes(self) -> tuple[SeparationNote, ...]:
        """Return what has come up and was not yet said of a written page."""
        notes = tuple(dict.fromkeys(self._pending))
        self._pending.clear()
        return notes

    def enter_source(self, source: SourceName) -> bool:
        """Go on to a page of `source`; say whether another dossier begins there by its name.

        A name holds for its own source. What follows under other names stays in that dossier only where the batch names no
        other one: else nothing tells whose it is.
        """
        if source == self._source:
            return False
        left, self._source = self._source, source
        name = self.names[source]
        if name.note is not None and self.given is None:
            self._pending.append(name.note)
        if name.code is not None:
            changed, self._current, self._held = name.code != self._current, name.code, True
            return changed
        if left is not None and self._current == self.names[left].code and len(self._named_codes()) > 1:
            self._current, self._held = None, False
        return False

    def enter_page(self, sign: DossierSign) -> bool:
        """Go on to a written page; say whether another dossier begins there."""
        if sign.opens:
            return self._open(sign)
        if sign.code is None:
            return False
        if self.given or self._held:
            self._compare(sign.code)
            return False
        changed, self._current = sign.code != self._current, sign.code
        return changed

    def _open(self, sign: DossierSign) -> bool:
        name = self.names[self._source].code if self._source else None
        if sign.code is None:
            if not self.given and not name:
                self._pending.append(SeparationNote.DOSSIER_CODE_UNREADABLE)
                self._current, self._held = None, False
            return True
        if self.given or name:
            self._compare(sign.code, self.given or name)
        if sign.receipt:
            if sign.code in self._receipts:
                self._pending.append(SeparationNote.RECEIPT_REPEATED)
            self._receipts.add(sign.code)
        changed, self._current, self._held = sign.code != self._current, sign.code, True
        return changed

    def _compare(self, code: DossierCode, with_code: DossierCode | None = None) -> None:
        if code != (with_code or self.dossier):
            self._pending.append(SeparationNote.OTHER_DOSSIER_CODE)

    def _named_codes(self) -> set[DossierCode]:
        return {name.code for name in self.names.values() if name.code}


def _named(source: SourceName, folder: str) -> _Name:
    """Return what the name of a source says, else the folder it lies in, the innermost first."""
    for part in (*reversed(PurePosixPath(source).parts), *reversed(PurePosixPath(folder).parts)):
        codes = find_dossier_codes(part)
        if len(codes) == 1:
            return _Name(codes[0])
        if codes:
            return _Name(None, SeparationNote.SEVERAL_DOSSIER_CODES)
        if misdated_dossier_codes(part):
            return _Name(None, SeparationNote.DOSSIER_CODE_INVALID)
    return _Name(None)
