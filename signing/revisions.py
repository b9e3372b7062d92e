"""What was done to a file after a signature, step by step: each revision is compared with the one before it, once for all signatures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.changes import LEGITIMATE_CHANGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that happened after a revision."""

    level: ModificationLevel
    allowed: bool
    """by the permissions that the signature left (DocMDP, FieldMDP; ISO 32000-2 §12.8.2)"""
    fields: frozenset[str] = frozenset()
    """names of the form fields that were filled in, signature fields among them"""
    form_changed: bool = False
    """whether fields other than signature fields were filled in"""


class Revisions:
    """The revisions of one file. Permissions are judged for each signature; the comparison itself is not repeated."""

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader
        self._steps: dict[tuple[int, bool], DiffResult | None] = {}
        self._signature_fields = frozenset(name for name, _, _ in enumerate_sig_fields(reader))

    def after(self, signature: EmbeddedPdfSignature) -> Changes:
        """Return what happened after the revision that `signature` covers."""
        permission, lock = signature.docmdp_level, _field_lock(signature)
        level, filled = ModificationLevel.NONE, set[str]()
        for revision in range(signature.signed_revision + 1, self._reader.xrefs.total_revisions):
            step = self._step(revision, locked=permission is not None)
            if step is None:
                return Changes(level=ModificationLevel.OTHER, allowed=False)
            level = max(level, step.modification_level)
            filled |= step.changed_form_fields
        within = permission is None or level.value <= permission.value
        unlocked = lock is None or not any(lock.is_locked(name) for name in filled)
        return Changes(
            level=level,
            allowed=within and unlocked,
            fields=frozenset(filled),
            form_changed=not filled <= self._signature_fields,
        )

    def listed_after(self, signature: EmbeddedPdfSignature) -> Counter[tuple[int, int]]:
        """Return by how many revisions after that of `signature` each object (number, generation) is named."""
        listed: Counter[tuple[int, int]] = Counter()
        for revision in range(signature.signed_revision + 1, self._reader.xrefs.total_revisions):
            named = self._reader.get_historical_resolver(revision).explicit_refs_in_revision()
            listed.update({(each.idnum, each.generation) for each in named})
        return listed

    def _step(self, revision: int, *, locked: bool) -> DiffResult | None:
        """Return what `revision` changed, None if that cannot be explained; `locked` forbids new visible fields."""
        key = revision, locked
        if key not in self._steps:
            old, new = (self._reader.get_historical_resolver(each) for each in (revision - 1, revision))
            try:
                found: DiffResult | None = LEGITIMATE_CHANGES.apply(
                    old, new, doc_mdp=MDPPerm.FILL_FORMS if locked else None
                )
            except (SuspiciousModification, PdfError):
                found = None
            self._steps[key] = found
            if locked and found is not None:
                self._steps[revision, False] = found  # what is allowed after certification is allowed anyhow
        return self._steps[key]


def _field_lock(signature: EmbeddedPdfSignature) -> FieldMDPSpec | None:
    """Return which fields a signature locks: by its own word, else by its field's."""
    if signature.fieldmdp is not None:
        return signature.fieldmdp
    try:
        lock = signature.sig_field["/Lock"]
    except KeyError:
        return None
    if not isinstance(lock, DictionaryObject) or "/Action" not in lock:
        return None
    return FieldMDPSpec.from_pdf_object(lock)
