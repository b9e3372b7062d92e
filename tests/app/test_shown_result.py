"""The table that a clerk sees on Prefect's page: counts and refusals in Vietnamese, and no name of a file or a person."""

from __future__ import annotations

from dataclasses import replace

from app.language import speaker
from app.setting_groups import Language
from flows.shown import result_table
from pipeline.domain.ids import SourceName
from pipeline.domain.source import SourceState
from tests.storage.samples import digitized_batch


def test_counts_and_refusals_are_told_without_names() -> None:
    batch = digitized_batch()
    person = SourceName("Nguyễn Văn A | 001199000012.pdf")
    refused = replace(batch.sources[0], name=person, state=SourceState.REFUSED, error="source.encrypted")

    table = result_table(replace(batch, sources=(*batch.sources, refused)), speaker(Language.VIETNAMESE))

    lines = table.splitlines()
    assert f"| Tệp nguồn | {len(batch.sources) + 1} |" in lines
    assert f"| Trang | {len(batch.pages)} |" in lines
    assert f"| Giấy tờ | {len(batch.documents)} |" in lines
    (told,) = [line for line in lines if "source.encrypted" in line]
    assert told.startswith(f"| {len(batch.sources) + 1} | ")
    assert "mật khẩu" in told
    assert "Nguyễn" not in table
    assert "001199000012" not in table
