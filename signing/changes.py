"""Which changes after a signature are legitimate: pyHanko's difference analysis, with one correction."""

from __future__ import annotations

from collections.abc import Iterable

from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.form_rules_api import FieldComparisonContext, FieldComparisonSpec, FormUpdate


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


_ARCHIVAL = (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), MetadataUpdateRule())

LEGITIMATE_CHANGES = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(rule.as_qualified(ModificationLevel.LTA_UPDATES) for rule in _ARCHIVAL),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[SigFieldCreationRule(), SigFieldModificationRule(), _RewrittenOnly()],
    ),
)
"""Further signatures, filled-in form fields, validation data and metadata; no new visible field after certification."""
