"""Fetch files for browsers that are not part of the repository: `fetch_assets.py run|test`.

`scripts/packages/assets.txt` says which, with the digest of each package. A file that is there is not fetched again. The
registry is npm's public one; a machine that has to use a mirror names it in NPM_CONFIG_REGISTRY, as npm does.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "https://registry.npmjs.org"
FOLDERS = {"run": ROOT / "web" / "static" / "vendor", "test": ROOT / ".state" / "vendor"}
"""where the files of a level lie: those that are served, and those that only tests use"""
SECONDS = 60
LARGEST = 16 << 20
"""bytes of a package"""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file out of a package."""

    level: str
    package: str
    version: str
    digest: str
    """SHA-512 of the package's archive, base64, as npm gives it"""
    file: str

    @property
    def target(self) -> Path:
        """Where it is kept; the version is part of the name, so that browsers may keep it for good."""
        inside = Path(self.file)
        return FOLDERS[self.level] / f"{inside.name.split('.')[0]}-{self.version}{''.join(inside.suffixes)}"


def main(level: str) -> None:
    """Fetch what is missing for a level."""
    wanted = {"run": {"run"}, "test": {"run", "test"}}[level]
    for asset in listed():
        if asset.level in wanted and not asset.target.exists():
            fetch(asset)
            print(f"{asset.package} {asset.version}: {asset.target.relative_to(ROOT)}")


def listed() -> list[Asset]:
    """Return all assets of the list."""
    lines = (ROOT / "scripts" / "packages" / "assets.txt").read_text(encoding="utf-8").splitlines()
    return [Asset(*line.split()) for line in lines if line.strip() and not line.startswith("#")]


def fetch(asset: Asset) -> None:
    """Fetch a package, check it, and keep its file, whole or not at all."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY", REGISTRY).rstrip("/")
    name = asset.package.rpartition("/")[2]
    url = f"{registry}/{asset.package}/-/{name}-{asset.version}.tgz"
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the registry's address is https, or the administrator's own  # nosec B310
        packed = answer.read(LARGEST + 1)
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != asset.digest:
        sys.exit(f"{url}: not the package that scripts/packages/assets.txt names (SHA-512 differs)")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.extractfile(f"package/{asset.file}")
        if member is None:
            sys.exit(f"{url}: no {asset.file} in it")
        content = member.read()
    asset.target.parent.mkdir(parents=True, exist_ok=True)
    half = asset.target.with_suffix(".part")
    half.write_bytes(content)
    half.replace(asset.target)


if __name__ == "__main__":
    main(sys.argv[1])
