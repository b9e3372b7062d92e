"""What the repository must not carry: a machine's own addresses and folders."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]

PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.~$}-])(?:/(?:home|Users|root|work|workspaces?|builds)/\w|[A-Z]:\\Users\\)")


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_lock_file_names_public_addresses_only() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert {urlsplit(address).hostname for address in re.findall(r'"(\w+://[^"]+)"', text)} == PUBLIC_HOSTS
    sources = [package["source"] for package in tomllib.loads(text)["package"]]
    assert {kind for source in sources for kind in source} == {"registry", "editable"}
    assert [source for source in sources if "editable" in source] == [{"editable": "."}, {"editable": "clients/python"}]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for path in committed_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # pictures and the like
        found += [f"{path.name}:{number}" for number, line in enumerate(lines, 1) if SOMEBODYS_FOLDER.search(line)]
    assert found == []


@pytest.mark.parametrize("line", ["/home|/an/so-hoa", 'path = "/Users|/an"', "file:///root|/x", "C:|\\Users\\an"])
def test_folders_of_somebodys_machine_are_recognised(line: str) -> None:
    assert SOMEBODYS_FOLDER.search(line.replace("|", ""))


DUAL_LICENCES = {"text-unidecode"}
"""GPL or, as the taker likes, the Artistic licence"""


def test_no_dependency_is_under_a_strong_copyleft() -> None:
    """AGPL and GPL would reach over into this product; LGPL libraries are used as they are (decision 8)."""
    strong = set()
    for distribution in metadata.distributions():
        about = distribution.metadata
        licences = [*about.get_all("License-Expression", []), *about.get_all("Classifier", [])]
        if re.search(r"Affero|\bAGPL|(?<!Lesser )General Public License|(?<!L)GPL-", " ".join(licences)):
            strong.add(about["Name"])
    assert strong == DUAL_LICENCES
