"""Which changes after a signature are legitimate: pyHanko's difference analysis, with one correction."""

from __future__ import annotations

from collections.abc import Iterable

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    QualifiedWhitelistRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.form_rules_api import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FieldMDPRule,
    FormUpdate,
    _list_fields,
)

_OPEN_FORM_KEYS = {"/Fields", "/DR"}
"""of a form, judged by their own rules. pyHanko also lets pass what makes viewers draw old fields anew: `/DA`, `/NeedAppearances`"""
_FORM_KEYS = {"/Fields", "/SigFlags"}
"""of a form that holds nothing but signature fields"""


class _RewrittenOnly(GenericFieldModificationRule):
    """Filling in fields, where a change is what the revision really writes.

    pyHanko 0.38 reports the appearance of a field that was filled before the signature as changed in every later revision, and
    so takes a field that the signature locks for tampered with. What a revision does not write cannot change by it.
    """

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        written = context.new.explicit_refs_in_revision()
        for level, update in super().check_form_field(fq_name, spec, context):
            if update.updated_ref in written:
                yield level, update


class _FirstForm(FormUpdatingRule):
    """Also vets the revision that brings the form into a document that had none: the first signature of all.

    pyHanko 0.38 compares with a form that has to be there already.
    """

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        if "/AcroForm" in old.root or "/AcroForm" not in new.root:
            yield from super().apply(old, new)
            return
        form = new.root["/AcroForm"]
        if not isinstance(form, DictionaryObject) or not set(form) <= _FORM_KEYS:
            raise SuspiciousModification("the new form holds more than signature fields")
        for holder, key in ((new.root, "/AcroForm"), (form, "/Fields")):
            value = holder.raw_get(key)
            if isinstance(value, IndirectObject):
                yield ModificationLevel.LTA_UPDATES, FormUpdate(updated_ref=value.reference)
        path = RawPdfPath("/Root", "/AcroForm", "/Fields")
        fields = dict(_list_fields(ArrayObject(), form["/Fields"], old_path=path))
        context = FieldComparisonContext(field_specs=fields, old=old, new=new)
        for rule in self.field_rules:
            yield from rule.apply(context)


_FIELD_RULES: list[FieldMDPRule] = [SigFieldCreationRule(), SigFieldModificationRule(), _RewrittenOnly()]
_ARCHIVAL = (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), MetadataUpdateRule())

_GLOBAL: list[QualifiedWhitelistRule] = [
    CatalogModificationRule(),
    *(rule.as_qualified(ModificationLevel.LTA_UPDATES) for rule in _ARCHIVAL),
]

LEGITIMATE_CHANGES = StandardDiffPolicy(global_rules=_GLOBAL, form_rule=FormUpdatingRule(_FIELD_RULES, _OPEN_FORM_KEYS))
"""Further signatures, filled-in form fields, validation data and metadata; no new visible field after certification."""

SIGNING_ONLY = StandardDiffPolicy(global_rules=_GLOBAL, form_rule=_FirstForm(_FIELD_RULES, _OPEN_FORM_KEYS))
"""The same for a document that is about to get its first signature, and with it its form."""
