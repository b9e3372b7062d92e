"""Everything that checking the trail may find has words in both languages."""

from __future__ import annotations

import pytest

from app.language import speaker
from app.setting_groups import Language
from pipeline.domain.audit import SubjectKind
from pipeline.domain.audit_findings import AuditFault, RecordFault


@pytest.mark.parametrize("language", list(Language))
def test_faults_and_kinds_have_words(language: Language) -> None:
    say = speaker(language)
    for fault in AuditFault:
        assert say(f"audit_fault.{fault.value}", first=1, last=2, day="2026-01-31", detail="x")
    for each in RecordFault:
        assert "{" not in say(f"record_fault.{each.value}", kind="k", id="i", tables="t", entry=1)
    for kind in SubjectKind:
        assert say(f"subject_kind.{kind.value}")
