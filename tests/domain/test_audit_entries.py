"""What entries and seals are made of, against values of the standards."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.audit import (
    BEFORE_ALL,
    FIRST_LINK,
    Action,
    AuditEntry,
    Author,
    Deed,
    Subject,
    SubjectKind,
    canonical_json,
    chained,
)
from pipeline.domain.audit_chain import ChainCheck
from pipeline.domain.audit_findings import AuditFinding
from pipeline.domain.audit_seal import MerkleTree, Seal, day_of, end_of, merkle_root, seal_text

AT = dt.datetime(2026, 1, 31, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=7)))
CLERK = Author(name="Lan", role="clerk", origin="quầy 1")

# --- canonical JSON: the examples of RFC 8785, sections 3.2.2 and 3.2.3, without their fractions ---------------------------


def test_strings_are_written_as_rfc_8785_writes_them() -> None:
    value = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/", "literals": [None, True, False]}
    assert canonical_json(value) == r"""{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"""


def test_keys_are_sorted_as_rfc_8785_sorts_them() -> None:
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical_json({"a": [value]}))["a"][0].values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_control_characters_have_their_short_or_their_lower_case_form() -> None:
    # ECMA-262, 25.5.2.2 QuoteJSONString, to which RFC 8785 refers
    assert canonical_json("\b\t\n\f\r\x00\x1f\x7f\u2028") == '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"'


@pytest.mark.parametrize("value", [1.5, float("nan"), {"a": [0.0]}, object(), {"a": {1, 2}}])
def test_what_differs_between_languages_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_values)
def test_canonical_json_says_the_same_and_says_it_in_one_way(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


# --- the first link, worked out by hand ------------------------------------------------------------------------------------


def test_the_first_entry_s_hash_is_that_of_its_text() -> None:
    deed = Deed(
        action=Action.READ,
        subject=Subject(SubjectKind.DOCUMENT, "d-1"),
        reason="Tra cứu",
        details={"part": "copy", "Mã": "1"},
    )
    (entry,) = chained([deed], author=CLERK, at=AT, last=BEFORE_ALL)
    text = (
        '{"action":"read","after":{},"at":"2026-01-31T01:30:00.000000Z",'
        '"author":{"name":"Lan","origin":"quầy 1","role":"clerk"},"before":{},"details":{"Mã":"1","part":"copy"},'
        f'"number":1,"previous":"{"0" * 64}","reason":"Tra cứu","subject":{{"id":"d-1","kind":"document"}}}}'
    )
    assert entry.previous == FIRST_LINK
    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()


_deeds = st.builds(
    Deed,
    action=st.sampled_from(Action),
    subject=st.builds(Subject, st.sampled_from(SubjectKind), st.text(max_size=5)),
    reason=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    details=st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_categories=["Cs"]), max_size=3)),
)


@given(deeds=st.lists(_deeds, min_size=2, max_size=12), data=st.data())
def test_any_one_entry_that_is_left_out_or_said_twice_breaks_the_chain(deeds: list[Deed], data: st.DataObject) -> None:
    entries = list(chained(deeds, author=CLERK, at=AT, last=BEFORE_ALL))
    place = data.draw(st.integers(0, len(entries) - 2))

    def found(trail: list[AuditEntry]) -> list[AuditFinding]:
        check = ChainCheck()
        return [finding for each in trail for finding in check.take(each)] + list(check.end())

    assert found([*entries]) == []
    assert found([*entries[:place], *entries[place + 1 :]]) != []


# --- Merkle trees: the vectors of the reference implementation of RFC 6962 (certificate-transparency, merkle tests) --------

LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("count", range(9))
def test_roots_are_those_of_rfc_6962(count: int) -> None:
    tree = MerkleTree()
    for leaf in LEAVES[:count]:
        tree.add(bytes.fromhex(leaf))
    assert tree.root() == ROOTS[count]


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_the_growing_tree_has_the_root_of_the_recursive_definition(leaves: list[bytes]) -> None:
    def root(part: list[bytes]) -> bytes:
        if not part:
            return hashlib.sha256(b"").digest()
        if len(part) == 1:
            return hashlib.sha256(b"\0" + part[0]).digest()
        left = 1 << (len(part) - 1).bit_length() - 1  # the largest power of two smaller than the number of leaves
        return hashlib.sha256(b"\1" + root(part[:left]) + root(part[left:])).digest()

    tree = MerkleTree()
    for each in leaves:
        tree.add(each)
    assert tree.root() == root(leaves).hex()


def test_a_seal_is_this_text() -> None:
    seal = Seal(
        day=dt.date(2026, 1, 31),
        first=3,
        last=5,
        root=merkle_root([]),
        head=FIRST_LINK,
        previous="a" * 64,  # type: ignore[arg-type]
    )
    assert seal_text(seal) == (
        f'{{"count":3,"day":"2026-01-31","first":3,"format":"sohoa.audit-seal/1","head":"{"0" * 64}","last":5,'
        f'"previous":"{"a" * 64}","root":"{ROOTS[0]}"}}'
    )


def test_days_are_those_of_the_office() -> None:
    assert day_of(dt.datetime(2026, 1, 31, 16, 59, 59, tzinfo=dt.UTC)) == dt.date(2026, 1, 31)
    assert day_of(dt.datetime(2026, 1, 31, 17, tzinfo=dt.UTC)) == dt.date(2026, 2, 1)
    assert end_of(dt.date(2026, 1, 31)) == dt.datetime(2026, 1, 31, 17, tzinfo=dt.UTC)
