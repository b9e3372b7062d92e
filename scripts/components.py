"""What the product consists of: the distributions of uv.lock that it needs, files for browsers, packages of the system.

Versions and digests are those of the lock file; licences are what each installed distribution says of itself, or, where that
is silent or ambiguous, `scripts/packages/licences.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from boolean.boolean import AND
from license_expression import get_spdx_licensing
from packaging.markers import Marker
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from scripts.fetch_assets import listed

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "scripts" / "packages"
PRODUCT = "sohoa"
OLDEST_PYTHON = "3.11.2"
"""that of Debian 12: what needs nothing besides with it needs nothing besides with a later 3.11"""

_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "ISC License": "ISC",
    "MIT Licence": "MIT",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The MIT License (MIT)": "MIT",
}
"""what distributions wrote before there were expressions, in SPDX"""
_SPDX = get_spdx_licensing()
_ONE_LINE = re.compile(r"[A-Za-z0-9.+() -]{2,80}")
_STRONG = re.compile(r"\bAGPL|(?<!L)GPL|SSPL|BUSL|Commons-Clause", re.IGNORECASE)


class Kind(StrEnum):
    """How a part comes into the product."""

    PYTHON = "python"
    """a distribution of the lock file"""
    INSIDE = "inside"
    """a library that comes compiled within a wheel"""
    FILE = "file"
    """a file that is served to browsers"""
    SYSTEM = "system"
    """a package of the operating system"""


@dataclass(frozen=True, slots=True)
class Component:
    """A part that somebody else made."""

    kind: Kind
    name: str
    version: str
    licence: str
    """SPDX expression; empty: nobody says"""
    sha256: str = ""
    url: str = ""
    needs: tuple[str, ...] = ()
    """names of the parts of the same kind that it needs"""
    inside: tuple[Component, ...] = field(default=())


class LicenceUnclear(Exception):
    """A licence is unknown, or must not be used here: the text says whose."""


def python_components(python: str = OLDEST_PYTHON) -> list[Component]:
    """Return the distributions that the product needs on this machine's system, the product itself among them.

    Args:
        python: full version of the Python that they are for; of the same minor version as this one.

    Raises:
        LicenceUnclear: a licence is not known, or not one that this product may rely on.
    """
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    told = licences()
    return [_component(package, needs, told) for package, needs in _closure(lock, python)]


def file_components() -> list[Component]:
    """Return the packages whose files are served to browsers."""
    told = licences()["files"]
    packages = {each.package: each for each in listed() if each.level == "run"}
    return [Component(Kind.FILE, each.package, each.version, told[each.package]) for each in packages.values()]


def system_packages() -> list[tuple[str, ...]]:
    """Return the packages of run.txt, each with those that may take its place."""
    lines = (PACKAGES / "run.txt").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split()[0].split("|")) for line in lines if line.strip() and not line.startswith("#")]


def licences() -> dict[str, dict[str, Any]]:
    """Return what licences.toml says."""
    return tomllib.loads((PACKAGES / "licences.toml").read_text(encoding="utf-8"))


def refuse_strong(name: str, licence: str) -> str:
    """Return a licence that can be relied on.

    Raises:
        LicenceUnclear
    """
    if not licence:
        raise LicenceUnclear(
            f"{name}: no licence is known; look into its files and name it in scripts/packages/licences.toml"
        )
    if not may_be_used(licence) and name not in licences()["accepted"]:
        raise LicenceUnclear(f"{name}: {licence} reaches over into this product (docs/decisions/0008)")
    return licence


def may_be_used(licence: str) -> bool:
    """Say whether some choice that an expression leaves is not under a strong copyleft."""
    return _leaves_a_choice(_SPDX.parse(licence))


def _leaves_a_choice(parsed: Any) -> bool:  # noqa: ANN401 - boolean.py's expressions have no types
    if parsed.isliteral:
        return not _STRONG.search(str(parsed))
    return (all if isinstance(parsed, AND) else any)(map(_leaves_a_choice, parsed.args))


def _closure(lock: list[dict[str, Any]], python: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield what the product needs, directly or not, by name, each with the names that it needs itself."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in lock:
        by_name.setdefault(package["name"], []).append(package)
    needed: dict[str, set[str]] = {}
    chosen: dict[str, dict[str, Any]] = {}
    waiting = [({"name": PRODUCT}, "")]
    seen = set()
    while waiting:
        wanted, extra = waiting.pop()
        name = str(wanted["name"])
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        package = chosen.setdefault(name, _version(by_name[name], wanted))
        if extra:
            waiting.append((wanted, ""))
        lines = package.get("optional-dependencies", {}).get(extra, []) if extra else package.get("dependencies", [])
        for line in lines:
            if "marker" in line and not Marker(line["marker"]).evaluate({"python_full_version": python}):
                continue
            needed.setdefault(name, set()).add(line["name"])
            waiting += [(line, each) for each in line.get("extra", ("",))]
    yield from ((chosen[name], tuple(sorted(needed.get(name, ())))) for name in sorted(chosen))


def _version(packages: list[dict[str, Any]], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return next(each for each in packages if wanted.get("version", each["version"]) == each["version"])


def _component(package: dict[str, Any], needs: tuple[str, ...], told: Mapping[str, Mapping[str, Any]]) -> Component:
    name, version = package["name"], package["version"]
    if name == PRODUCT:
        return Component(Kind.PYTHON, name, version, "Apache-2.0", needs=needs)
    wheel = _wheel(package)
    return Component(
        Kind.PYTHON,
        name,
        version,
        refuse_strong(name, str(told["python"].get(name) or _own_word(name))),
        sha256=wheel["hash"].removeprefix("sha256:"),
        url=wheel["url"],
        needs=needs,
        inside=tuple(
            Component(Kind.INSIDE, part, "", refuse_strong(part, licence))
            for part, licence in told["inside"].get(name, {}).items()
        ),
    )


def _wheel(package: dict[str, Any]) -> dict[str, str]:
    """Return the file that an installer takes here: the first wheel in the order of this Python's tags."""
    order = {tag: place for place, tag in enumerate(sys_tags())}
    fitting = []
    for wheel in package.get("wheels", []):
        tags = parse_wheel_filename(wheel["url"].rpartition("/")[2])[3]
        places = [order[tag] for tag in tags if tag in order]
        if places:
            fitting.append((min(places), wheel))
    if not fitting:
        raise LicenceUnclear(f"{package['name']} {package['version']}: no wheel for this machine")
    return min(fitting, key=lambda each: each[0])[1]


def _own_word(name: str) -> str:
    """Return what an installed distribution says its licence is, as SPDX; empty where it is silent or ambiguous."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if expression := about.get("License-Expression"):
        return str(expression)
    for text in (str(about.get("License") or "").strip(), *_classifiers(about)):
        known = _NAMES.get(text, text)
        if _ONE_LINE.fullmatch(known) and not _SPDX.validate(known).errors:
            return known
    return ""


def _classifiers(about: metadata.PackageMetadata) -> list[str]:
    """Return the licence of its classifiers where there is exactly one."""
    named = [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    return [named[0].rpartition(" :: ")[2]] if len(named) == 1 else []
