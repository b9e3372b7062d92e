"""The reference page of the formats names every property of the formats, with its kind and length, and nothing else."""

from __future__ import annotations

from pathlib import Path

from pipeline.exchange import dossier_sync, result_descriptor
from pipeline.exchange.columns import RecordForm
from pipeline.exchange.paper_description import FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exchange-formats.md"
FORMS = (
    dossier_sync.DOSSIERS,
    dossier_sync.NUMBERS,
    dossier_sync.PAPERS,
    dossier_sync.RESULTS,
    dossier_sync.FEES,
    dossier_sync.OTHERS,
    dossier_sync.SUPPLEMENTS,
    dossier_sync.DATABASES,
    dossier_sync.STEPS,
    result_descriptor.FORM,
)


def rows(cells: int) -> list[tuple[str, ...]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    found = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]
    return [each for each in found if len(each) == cells]


def described(form: RecordForm) -> list[tuple[str, ...]]:
    return [
        (f"`{each.name}`", each.kind.value, str(each.longest or "–"), "yes" if each.required else "–")
        for each in form.columns
    ]


def test_every_property_is_on_the_page_in_order() -> None:
    assert [each[:4] for each in rows(5)] == [row for form in FORMS for row in described(form)]


def test_the_official_list_is_on_the_page() -> None:
    expected = [(f"`{each.name}`", str(each.longest), "yes" if each.required else "–") for each in FIELDS]
    assert [each[:3] for each in rows(4)] == expected
