"""The examples of the tutorial, run as they stand on the page against an office that is really served."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.settings import load_settings
from pipeline.domain.client import ApiScope
from pipeline.domain.ids import DocumentId, DossierCode
from tests.web.api.served import registered, served
from tests.web.issued import content, issue, sign
from web.main import open_office

pytestmark = [pytest.mark.enable_socket, pytest.mark.services, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "first-integration.md"
_SECONDS = 60


def examples(language: str) -> list[str]:
    """Return the examples of the page in a language."""
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [text for named, text in fenced if named == language]


def lines_of(example: str) -> list[str]:
    return [line for line in example.splitlines() if line.strip() and not line.startswith(("import ", "from "))]


@pytest.fixture(scope="module")
def integrator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mapping[str, str], bytes]]:
    """What an integrator's shell knows, and the bytes that the office keeps."""
    settings = load_settings(
        {
            "SOHOA_HOME": str(tmp_path_factory.mktemp("integrated") / "home"),
            "SOHOA_OFFICE__AGENCY": "H42.12",
            "SOHOA_READING__WORKERS": "1",
        }
    )
    with open_office(settings, with_prefect=False) as office:
        (result,) = issue(office, dossier=DossierCode("H42.12-260131-0001"))
        sign(office, [result.document])
        scopes = (ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ)
        name, secret = registered(office, *scopes, agencies=frozenset({"H42.12", ""}))
        with served(office) as address:
            yield (
                {"PATH": os.environ["PATH"], "SOHOA": address, "SOHOA_CLIENT": name, "SOHOA_SECRET": secret},
                content(office, DocumentId(result.document)),
            )


def test_curl_fetches_a_copy_and_checks_it(integrator: tuple[Mapping[str, str], bytes], tmp_path: Path) -> None:
    shell, kept = integrator
    (example,) = examples("bash")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example],
        cwd=tmp_path,
        env=dict(shell),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy.pdf").read_bytes() == kept
    assert "repr-digest: sha-256=:" in done.stdout
    other = example.replace("openssl dgst -sha256 -binary copy.pdf", "openssl dgst -sha256 -binary headers.txt")
    assert other != example
    refused = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", other],
        cwd=tmp_path,
        env=dict(shell),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    assert refused.returncode != 0, "the last line says so when a file is not what the office keeps"


def test_python_fetches_a_copy_and_checks_it(integrator: tuple[Mapping[str, str], bytes], tmp_path: Path) -> None:
    shell, kept = integrator
    (example,) = examples("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env=dict(shell),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy.pdf").read_bytes() == kept
    assert done.stdout.split()[:2] == [hashlib.sha256(kept).hexdigest(), "in_force"]
    assert done.stdout.split()[2] in {"valid", "indeterminate"}


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler: only its runtime is needed otherwise")
def test_java_fetches_a_copy_and_checks_it(integrator: tuple[Mapping[str, str], bytes], tmp_path: Path) -> None:
    shell, kept = integrator
    (example,) = examples("java")
    (tmp_path / "FirstCopy.java").write_text(example, encoding="utf-8")
    done = subprocess.run(
        ["java", "-Dfile.encoding=UTF-8", "FirstCopy.java"],
        cwd=tmp_path,
        env={**shell, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy.pdf").read_bytes() == kept


@pytest.mark.parametrize("language", ["bash", "python"])
def test_ten_lines_are_enough(language: str) -> None:
    (example,) = examples(language)
    headers = re.sub(r"cat > headers.txt <<END\n.*?\nEND\n", "cat > headers.txt\n", example, flags=re.DOTALL)
    assert len(lines_of(headers)) <= 10
