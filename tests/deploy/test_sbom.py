"""What the product consists of is told in CycloneDX 1.6, and for people; no licence is unknown, and none reaches over."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from importlib import resources
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from scripts.components import (
    OLDEST_PYTHON,
    Component,
    Kind,
    LicenceUnclear,
    file_components,
    may_be_used,
    python_components,
    refuse_strong,
)
from scripts.sbom import PAGE, page, sbom
from tests.deploy.product import ROOT

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="the page lists what Python 3.11 needs; others need one or two more or fewer",
)
DEB = Component(Kind.SYSTEM, "qpdf", "11.3.0-1", "Apache-2.0, Expat", sha256="0" * 64, needs=("libc6",))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    parts = [*python_components(), *file_components(), DEB]
    told: dict[str, Any] = json.loads(sbom(parts, at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC)))
    return told


def test_it_keeps_the_schema(document: dict[str, Any]) -> None:
    folder = resources.files("cyclonedx.schema") / "_res"
    schemas = {
        name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
        for name in ("bom-1.6", "spdx", "jsf-0.82")
    }
    registry: Registry[Any] = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", Resource.from_contents(schema))
        for name, schema in schemas.items()
    )
    jsonschema.Draft7Validator(schemas["bom-1.6"], registry=registry).validate(document)


def test_it_names_exactly_what_the_lock_file_installs(document: dict[str, Any]) -> None:
    exported = subprocess.run(
        [
            ROOT / ".tools" / "bin" / "uv",
            "export",
            "--quiet",
            "--frozen",
            "--no-dev",
            "--no-emit-workspace",
            "--no-hashes",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    from packaging.requirements import Requirement  # noqa: PLC0415 - only here

    wanted = [Requirement(line) for line in exported.splitlines() if line and line[0] not in " #"]
    locked = {
        f"pkg:pypi/{each.name}@{str(each.specifier)[2:]}"
        for each in wanted
        if not each.marker or each.marker.evaluate({"python_full_version": OLDEST_PYTHON})
    }
    named = {part["purl"] for part in document["components"] if part["purl"].startswith("pkg:pypi/")}
    assert named == locked


def test_every_distribution_has_its_digest_and_licence(document: dict[str, Any]) -> None:
    for part in document["components"]:
        if part["purl"].startswith("pkg:pypi/"):
            assert len(part["hashes"][0]["content"]) == 64, part["name"]
        assert part["licenses"], part["name"]


def test_the_same_parts_give_the_same_document() -> None:
    at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    product = Component(Kind.PYTHON, "sohoa", "0.1.0", "Apache-2.0")
    assert sbom([product, DEB], at=at) == sbom([DEB, product], at=at)


def test_the_page_of_licences_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(python_components(), file_components()), "run 'make sbom'"


@pytest.mark.parametrize(
    ("licence", "usable"),
    [
        ("MIT", True),
        ("LGPL-3.0-or-later", True),
        ("AGPL-3.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("GPL-2.0-only AND (MIT OR ISC)", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
    ],
)
def test_a_strong_copyleft_is_used_only_where_there_is_a_choice(licence: str, *, usable: bool) -> None:
    assert may_be_used(licence) is usable


@pytest.mark.parametrize("licence", ["", "AGPL-3.0-or-later"])
def test_an_unknown_or_reaching_licence_is_refused_by_name(licence: str) -> None:
    with pytest.raises(LicenceUnclear, match="somebody"):
        refuse_strong("somebody", licence)
