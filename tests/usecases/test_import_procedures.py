"""A catalogue against what is kept: what is new, changed, ended, the same; by core code, said before it is written."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.usecases.import_procedures import CatalogueChange, import_procedures
from storage.records import Records
from tests.storage.conftest import clock, database_url, records  # noqa: F401 - fixtures

FORM = Component(code="to_khai", name="Tờ khai", types=(TypeCode("don_de_nghi"),))
PROOF = Component(code="hon_nhan", name="Giấy xác nhận", types=(TypeCode("xac_nhan_hon_nhan"),))
OLD = Procedure(
    code=ProcedureCode("1.000894"),
    name="Đăng ký kết hôn",
    field="Hộ tịch",
    since=dt.date(2016, 1, 1),
    results=(TypeCode("giay_ket_hon"),),
    components=(FORM, PROOF),
    source="Luật Hộ tịch",
)
BIRTH = replace(OLD, code=ProcedureCode("1.001193"), name="Đăng ký khai sinh", components=(FORM,))
CHANGED_DAY = dt.date(2026, 3, 1)


@pytest.fixture
def kept(records: Records) -> Records:  # noqa: F811 - the fixture
    records.procedures.load([OLD, BIRTH])
    return records


def test_a_catalogue_is_compared_and_written_only_when_it_is_to_be(kept: Records) -> None:
    edition = replace(
        OLD,
        since=CHANGED_DAY,
        results=(TypeCode("trich_luc_khai_sinh"),),
        components=(replace(FORM, copies=2), Component(code="moi", name="Giấy mới", types=())),
    )
    permit = replace(BIRTH, code=ProcedureCode("1.009994"), name="Cấp giấy phép xây dựng")
    told = import_procedures([permit, BIRTH, edition], procedures=kept.procedures, dry_run=True)
    assert [(each.code, each.change) for each in told.changes] == [
        ("1.000894", CatalogueChange.CHANGED),
        ("1.001193", CatalogueChange.SAME),
        ("1.009994", CatalogueChange.NEW),
    ]
    changed = told.changes[0]
    assert changed.parts == ("since", "results", "components")
    assert [(each.code, each.change) for each in changed.components] == [
        ("to_khai", CatalogueChange.CHANGED),
        ("moi", CatalogueChange.NEW),
        ("hon_nhan", CatalogueChange.ENDED),
    ]
    assert (changed.new_results, changed.gone_results) == (("trich_luc_khai_sinh",), ("giay_ket_hon",))
    assert kept.procedures.find(OLD.code, CHANGED_DAY) == OLD
    assert import_procedures([permit, BIRTH, edition], procedures=kept.procedures).written == 2
    # the earlier edition stays: a dossier is held against the rules of its own day
    assert kept.procedures.editions([OLD.code]) == (OLD, edition)
    again = import_procedures([permit, BIRTH, edition], procedures=kept.procedures)
    assert (again.written, again.counts[CatalogueChange.SAME]) == (0, 3)


def test_a_last_day_ends_a_procedure(kept: Records) -> None:
    ended = replace(OLD, until=dt.date(2026, 6, 30))
    told = import_procedures([ended], procedures=kept.procedures)
    assert [(each.change, each.parts) for each in told.changes] == [(CatalogueChange.ENDED, ("until",))]
    assert kept.procedures.find(OLD.code, dt.date(2026, 7, 1)) is None


def test_what_a_whole_catalogue_does_not_have_ends_the_day_before(kept: Records) -> None:
    told = import_procedures([BIRTH], procedures=kept.procedures, whole_on=CHANGED_DAY)
    assert [(each.code, each.change, each.after.until) for each in told.changes] == [
        ("1.000894", CatalogueChange.ENDED, dt.date(2026, 2, 28)),
        ("1.001193", CatalogueChange.SAME, None),
    ]
    assert [each.code for each in kept.procedures.on(CHANGED_DAY)] == ["1.001193"]
    with pytest.raises(BadProcedures):  # it cannot end before it has begun
        import_procedures([OLD], procedures=kept.procedures, whole_on=BIRTH.since)


def test_a_procedure_that_was_over_comes_anew(kept: Records) -> None:
    kept.procedures.load([replace(OLD, until=dt.date(2020, 12, 31))])
    (told,) = import_procedures([replace(OLD, since=CHANGED_DAY)], procedures=kept.procedures).changes
    assert (told.change, told.before) == (CatalogueChange.NEW, None)
