"""Put everything into one file that an office without a network needs: `make bundle`.

Made on a machine of the same Debian or Ubuntu release, architecture and Python as the office's. What is in it, and how it is
installed, stands in docs/how-to/air-gapped.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.components import (
    PRODUCT,
    ROOT,
    Component,
    Kind,
    file_components,
    licences,
    python_components,
    system_packages,
)
from scripts.fetch_assets import FOLDERS
from scripts.sbom import PAGE, moment_of_source, sbom

_TOOLS = ROOT / ".tools" / "bin"
_BACKEND = ("hatchling>=1.27", "editables")
"""what installing our own source takes"""
_PYTHON = ("python3", "python3-venv")
_DEPENDENCY = re.compile(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)")
_LICENCE = re.compile(r"^License: *(\S.*)$", re.MULTILINE)


class BundleFailed(Exception):
    """The bundle cannot be made here: the text says why."""


def make_bundle(out: Path, extra: Sequence[str]) -> Path:
    """Write the bundle to the folder `out`, with the Debian packages `extra` besides, and return the file.

    Raises:
        BundleFailed
    """
    (release, python), architecture = _release(), _told("dpkg", "--print-architecture")
    commit = _told("git", "-c", "safe.directory=*", "rev-parse", "--short=10", "HEAD")
    version = _told(_TOOLS / "uv", "version", "--short", "--frozen")
    name = f"sohoa-{version}-{commit}-{release}-{architecture}"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".bundle-") as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        _say("wheels")
        distributions = python_components(python)
        _wheels(folder, distributions)
        _say("packages")
        debs = _debs(folder, Path(scratch), extra)
        _say("source")
        _source(folder)
        for file in (ROOT / "deploy" / "bundle" / "install.sh", ROOT / "deploy" / "bundle" / "README.txt", PAGE):
            shutil.copy(file, folder)
        (folder / "made-for").write_text(f"{release} {architecture} {_python_version()}\n", encoding="ascii")
        parts = [*distributions, *file_components(), *debs]
        (folder / "sbom.cdx.json").write_text(sbom(parts, at=moment_of_source()), encoding="utf-8")
        _sums(folder)
        return _packed(folder, out / f"{name}.tar")


def _release() -> tuple[str, str]:
    """Return the code name of this machine's release, and the full version of its Python.

    Raises:
        BundleFailed: it is none of those with apt, or its Python is another one than ours.
    """
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if not release or shutil.which("apt-get") is None:
        raise BundleFailed("a bundle is made on Debian or Ubuntu, of the release that the office has")
    offered = re.search(r"Candidate: (\d+\.\d+)(\.\d+)", _told("apt-cache", "policy", "python3"))
    if offered is None or offered[1] != _python_version():
        raise BundleFailed(
            f"python3 of {release} is {offered[1] if offered else '–'}, and this environment has {_python_version()}"
        )
    return release, offered[1] + offered[2]


def _wheels(folder: Path, python: Sequence[Component]) -> None:
    """Fetch the locked distributions, checked by hash, and what builds our own.

    Which are needed is decided here and not by pip, which would decide for the Python that it runs under.
    """
    wheels, requirements = folder / "wheels", folder / "requirements.txt"
    lines = [f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in python if each.name != PRODUCT]
    requirements.write_text("".join(lines), encoding="ascii")
    pip = (_TOOLS / "python", "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    only = ("--only-binary", ":all:", "--dest", wheels)
    _run(*pip, *only, "--no-deps", "--require-hashes", "--requirement", requirements)
    _run(*pip, *only, *_BACKEND)


def _debs(folder: Path, scratch: Path, extra: Sequence[str]) -> list[Component]:
    """Fetch the packages of the system with all that they need, down to the C library, and make a repository of them."""
    debs, status = folder / "debs", scratch / "status"
    (debs / "partial").mkdir(parents=True)
    status.touch()  # as if nothing were installed: the office's machine may be barer than this one
    names = [*_PYTHON, *(_offered(choices) for choices in system_packages()), *extra]
    apt = ("apt-get", "-q", "-y", "-o", f"Dir::State::status={status}", "-o", f"Dir::Cache={scratch}")
    _run(*apt, "-o", f"Dir::Cache::archives={debs}", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=",
         "install", "--download-only", "--no-install-recommends", *names)  # fmt: skip
    shutil.rmtree(debs / "partial")
    (debs / "lock").unlink(missing_ok=True)
    (folder / "packages").write_text("".join(f"{name}\n" for name in names), encoding="ascii")
    index, components = [], []
    for deb in sorted(debs.glob("*.deb")):
        control = _told("dpkg-deb", "--field", deb)
        digest = _digest(deb)
        index.append(f"{control}\nFilename: {deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n")
        components.append(_deb(deb, control, digest))
    (debs / "Packages").write_text("\n".join(index), encoding="utf-8")
    return components


def _offered(choices: Sequence[str]) -> str:
    """Return the first of alternatives that the distribution offers."""
    return next((name for name in choices if _told("apt-cache", "--names-only", "search", f"^{name}$")), choices[0])


def _deb(deb: Path, control: str, digest: str) -> Component:
    fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", control, flags=re.MULTILINE))
    needed = _DEPENDENCY.findall(",".join(fields.get(each, "") for each in ("Depends", "Pre-Depends")))
    return Component(
        Kind.SYSTEM,
        fields["Package"],
        fields["Version"],
        _copyright(deb, fields["Package"]) or str(licences()["system"].get(fields["Package"], "")),
        sha256=digest,
        needs=tuple(sorted(set(needed))),
    )


def _copyright(deb: Path, package: str) -> str:
    """Return the licences that a package's copyright file names in Debian's machine-readable form; empty where it does not."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as unpacked:
        text = ""
        with tarfile.open(fileobj=unpacked.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(f"/doc/{package}/copyright"):
                    file = archive.extractfile(member)
                    text = file.read().decode("utf-8", "replace") if file else ""
    return ", ".join(sorted({each.strip() for each in _LICENCE.findall(text)})) if text.startswith("Format:") else ""


def _source(folder: Path) -> None:
    """Pack the committed source, and the files for browsers that are fetched beside it."""
    target = folder / "source.tar"
    _run("git", "-c", "safe.directory=*", "archive", "--format=tar", "--output", target, "HEAD")
    with tarfile.open(target, "a") as archive:
        for file in sorted(FOLDERS["run"].iterdir()):
            archive.add(file, file.relative_to(ROOT), filter=_plain)


def _sums(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{_digest(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii")


def _packed(folder: Path, target: Path) -> Path:
    """Pack a folder, so that the same content gives the same file."""
    half = target.with_suffix(".part")
    with tarfile.open(half, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.add(path, path.relative_to(folder.parent), filter=_plain)
    half.replace(target)
    return target


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = int(moment_of_source().timestamp())
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _told(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode != 0:
        raise BundleFailed(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


def _run(*command: str | Path) -> None:
    _told(*command)


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "UV_PYTHON_DOWNLOADS": "never"}


def _say(step: str) -> None:
    print(f"{step} …", file=sys.stderr, flush=True)


def main() -> None:
    """Make it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder that the file is written to")
    parser.add_argument("--packages", default="", help="further packages of the system, such as 'postgresql nginx'")
    arguments = parser.parse_args()
    try:
        made = make_bundle(arguments.out, arguments.packages.split())
    except BundleFailed as failed:
        sys.exit(str(failed))
    print(f"{_digest(made)}  {made} ({made.stat().st_size >> 20} MiB)")


if __name__ == "__main__":
    main()
