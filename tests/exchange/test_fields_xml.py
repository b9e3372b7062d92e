"""Fields as XML: of the schema that goes along, and the same as fields.json, whatever the papers say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import CheckOutcome, Field, FieldState, StoredDocument
from pipeline.domain.exchange_errors import ExchangeHostile, ExchangeMalformed
from pipeline.domain.ids import FieldName
from pipeline.domain.signature import CopyVersion
from pipeline.exchange.fields_xml import NAMESPACE, OFFICIAL_NAMES, fields_schema, read_fields, write_fields
from pipeline.usecases.batch_json import document_json
from tests.storage.samples import digitized_batch, digitized_batches, field, received_batch

SCHEMA = etree.XMLSchema(etree.fromstring(fields_schema()))
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""what XML 1.0 cannot hold (section 2.2), written down a second time"""
STANDING = {
    "kind": "superseded",
    "since": "2026-02-01T08:00:00Z",
    "reason": "Cấp lại <do sai tên> & bản cũ hết hiệu lực",
    "result": "H42.12-220801-0001-KQ1",
    "successor_result": "H42.12-220801-0001-KQ2",
    "successors": ["d-1", "d-2"],
}


def entry(document: StoredDocument) -> dict[str, Any]:
    copy = document.copy
    newest = CopyVersion(number=1, sha256=copy.sha256, size=copy.size, created_at=received_batch().created_at)
    return document_json(document, newest=newest)


def decision(**fields: Field) -> dict[str, Any]:
    """The decision of the sample with other fields."""
    document = digitized_batch().documents[1]
    return entry(
        replace(
            document,
            understood=replace(document.understood, fields={FieldName(name): each for name, each in fields.items()}),
        )
    )


def as_xml_holds(value: object) -> object:
    """Return JSON with U+FFFD in place of what XML cannot hold."""
    if isinstance(value, str):
        return NO_XML.sub("\ufffd", value)
    if isinstance(value, list):
        return [as_xml_holds(each) for each in value]
    return {as_xml_holds(k): as_xml_holds(v) for k, v in value.items()} if isinstance(value, dict) else value


@given(digitized_batches(), st.sampled_from([{}, {"standing": STANDING}]))
def test_whatever_the_papers_say_is_of_the_schema_and_read_as_it_was_written(
    batch: DigitizedBatch, standing: dict[str, Any]
) -> None:
    for document in batch.documents:
        told = entry(document) | standing
        if len({*map(as_xml_holds, told["fields"])}) < len(told["fields"]):
            continue  # names of fields are letters; two of these differ only in what XML cannot hold
        data = write_fields(told)
        SCHEMA.assertValid(etree.fromstring(data))
        assert read_fields(data) == as_xml_holds(told)


def test_official_names_come_in_their_order_and_say_what_is_sure() -> None:
    data = write_fields(
        decision(
            subject=field("Về việc cấp Giấy phép xây dựng"),
            code_number=field("12"),
            code_notation=field("QĐ-UBND", state=FieldState.NEEDS_REVIEW),
            issued_date=field("2026-01-31"),
            signer_name=field("Nguyễn Văn An"),
            signer_capacity=field(("TM.", "KT.")),
            organ_name=field("Ủ" * 201),
        )
    )
    metadata = etree.fromstring(data).find(f"{{{NAMESPACE}}}metadata")
    assert [(etree.QName(each).localname, each.text) for each in metadata] == [
        ("CodeNumber", "12"),
        ("IssuedDate", "2026-01-31"),
        ("Subject", "Về việc cấp Giấy phép xây dựng"),
        ("PageAmount", "1"),
        ("FullName", "Nguyễn Văn An"),
    ]
    # what is not sure, or longer than the list allows, is there all the same
    told = read_fields(data)["fields"]
    assert (told["code_notation"]["value"], told["organ_name"]["value"]) == ("QĐ-UBND", "Ủ" * 201)


def test_line_ends_and_spaces_stay_as_they_are() -> None:
    told = decision(subject=field(" hai\r\ndòng\t\n", checks={" a\nb ": CheckOutcome.PASSED}))
    assert read_fields(write_fields(told)) == told


@pytest.mark.parametrize("length", [1, 10, 11, 12, 100])
def test_what_is_longer_than_the_official_list_allows_is_not_cut(length: int) -> None:
    root = etree.fromstring(write_fields(decision(code_number=field("1" * length))))
    found = root.findtext(f"{{{NAMESPACE}}}metadata/{{{NAMESPACE}}}CodeNumber")
    assert found == ("1" * length if length <= 11 else None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'state="digitized"', b'state="shredded"'),
        (b'bytes="81234"', b'bytes="many"'),
        (b"<fields>", b"<fields><extra/>"),
        (b"urn:sohoa:document:1", b"urn:sohoa:document:2"),
        (b'number="2"', b'number="0"'),
    ],
)
def test_anything_else_is_refused(old: bytes, new: bytes) -> None:
    data = write_fields(decision(code_number=field("12")))
    assert old in data
    with pytest.raises(ExchangeMalformed):
        read_fields(data.replace(old, new))


def test_a_dtd_is_refused() -> None:
    with pytest.raises(ExchangeHostile):
        read_fields(b'<!DOCTYPE document [<!ENTITY a "b">]>' + write_fields(decision()).partition(b"?>")[2])


def test_a_field_stands_once() -> None:
    data = write_fields(decision(a=field("1"), b=field("2")))
    with pytest.raises(ExchangeMalformed):
        read_fields(data.replace(b'name="b"', b'name="a"'))


def test_the_official_names_are_on_the_page_in_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "api-downloads.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]\w+)` \| (\d+) \| (\S+) \|$", page, re.MULTILINE)
    assert rows == [(each.name, str(each.longest), f"`{each.field}`" if each.field else "–") for each in OFFICIAL_NAMES]
