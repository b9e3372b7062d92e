"""Say what the product consists of: an SBOM in CycloneDX 1.6, and the list of licences for people: `make sbom`."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import subprocess
import sys
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component as Part
from cyclonedx.model.component import ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from scripts.components import (
    OLDEST_PYTHON,
    PRODUCT,
    ROOT,
    Component,
    Kind,
    LicenceUnclear,
    file_components,
    licences,
    python_components,
    refuse_strong,
    system_packages,
)

PAGE = ROOT / "docs" / "reference" / "licences.md"
_SPACE = uuid.UUID("5c1d6a1e-7b0f-5f0e-9a52-3f2f1d1f6d11")
"""in which serial numbers are made from what is described: the same parts give the same number"""
_TYPES = {Kind.PYTHON: "pypi", Kind.FILE: "npm", Kind.SYSTEM: "deb", Kind.INSIDE: "generic"}
"""of package URLs (purl)"""


def sbom(components: Iterable[Component], *, at: dt.datetime) -> str:
    """Return the SBOM of the product, which is one of `components`, and of all others, as CycloneDX 1.6 JSON."""
    parts = {(each.kind, each.name): (each, _part(each)) for each in components}
    product = parts[Kind.PYTHON, PRODUCT][1]
    product.type = ComponentType.APPLICATION
    bom = Bom(
        components=[part for _, part in parts.values() if part is not product],
        metadata=BomMetaData(component=product, timestamp=at),
        serial_number=uuid.uuid5(_SPACE, "\n".join(sorted(str(part.purl) for _, part in parts.values()))),
    )
    beside = [part for component, part in parts.values() if component.kind is not Kind.PYTHON]
    for component, part in parts.values():
        needed = [parts[component.kind, name][1] for name in component.needs if (component.kind, name) in parts]
        bom.register_dependency(part, [*needed, *(beside if part is product else [])])
    return str(JsonV1Dot6(bom).output_as_string(indent=1)) + "\n"


def page(python: Sequence[Component], files: Sequence[Component]) -> str:
    """Return the list of licences as a page of the documentation."""
    told = licences()
    lines = [
        "# Licences",
        "",
        "What the product consists of beside its own source (Apache-2.0), with the licences as SPDX expressions. Written by `make sbom` from `uv.lock`, from what",
        "the installed distributions say of themselves, and from `scripts/packages/licences.toml` where they do not; a test fails where this page is not up to date, a",
        "licence is unknown, or one reaches over into the product. [Decision 8](../decisions/0008-copyleft-libraries-as-they-are.md) says how LGPL and MPL libraries are used.",
        "The SBOM ([CycloneDX 1.6](../how-to/air-gapped.md#what-is-in-the-bundle)) has digests and dependencies too.",
        "",
        "## Python distributions",
        "",
        f"On Linux with Python {OLDEST_PYTHON}, that of Debian 12; other versions need one or two more or fewer.",
        "",
        "| distribution | version | licence | compiled into its wheel |",
        "|---|---|---|---|",
        *(
            f"| {each.name} | {each.version} | {each.licence} | {', '.join(f'{part.name} ({part.licence})' for part in each.inside) or '–'} |"
            for each in python
            if each.name != PRODUCT
        ),
        "",
        "## Files that are served to browsers",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {each.name} | {each.version} | {each.licence} |" for each in files),
        "",
        "## Packages of the system",
        "",
        "Those named in `scripts/packages/run.txt`; the distribution brings what they need in turn. The Vietnamese language data (a network for Tesseract) is among them:",
        "no other trained data come with the product.",
        "",
        "| package | licence |",
        "|---|---|",
        *(
            f"| {' or '.join(names)} | {refuse_strong(names[0], told['system'].get(names[0], ''))} |"
            for names in system_packages()
        ),
        "",
        "## Under a strong copyleft, and used all the same",
        "",
        *(f"* {name}: {why}" for name, why in told["accepted"].items()),
        "",
    ]
    return "\n".join(lines)


def _part(component: Component) -> Part:
    factory = LicenseFactory()
    part = Part(
        name=component.name,
        version=component.version or None,
        bom_ref=f"{component.kind}:{component.name}@{component.version}",
        purl=_purl(component),
        licenses=[factory.make_from_string(component.licence)] if component.licence else (),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=component.sha256)] if component.sha256 else (),
        components=[_part(each) for each in component.inside],
    )
    if component.url:
        part.external_references.add(
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(component.url))
        )
    return part


def _purl(component: Component) -> PackageURL:
    if component.name == PRODUCT:
        return PackageURL("generic", name=PRODUCT, version=component.version)
    return PackageURL(
        _TYPES[component.kind],
        namespace="debian" if component.kind is Kind.SYSTEM else None,
        name=component.name,
        version=component.version or None,
    )


@functools.cache
def moment_of_source() -> dt.datetime:
    """Return when the last commit was made: the same source is described as of the same moment."""
    told = subprocess.run(
        ["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dt.datetime.fromtimestamp(int(told.stdout), dt.UTC)


def main() -> None:
    """Write both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / f"{PRODUCT}.cdx.json")
    target = parser.parse_args().out
    try:
        python, files = python_components(), file_components()
        text = page(python, files)
    except LicenceUnclear as unclear:
        sys.exit(str(unclear))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(sbom([*python, *files], at=moment_of_source()), encoding="utf-8")
    PAGE.write_text(text, encoding="utf-8")
    print(f"{target}: {len(python) + len(files)} components; {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
