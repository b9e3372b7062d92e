"""Who stands behind the installed command `sohoa`: seen with real accounts, sudo and sign-ins, in a name space with files of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.product import ROOT

pytestmark = [pytest.mark.tools]
_ACCOUNTS = """
sohoa:x:990:990::/var/lib/sohoa:/usr/sbin/nologin
lan:x:1990:1990::/tmp:/bin/bash
minh:x:1991:1991::/tmp:/bin/bash
"""
_SUDOERS = """
Defaults env_reset
root ALL=(ALL) ALL
lan,minh ALL=(root) NOPASSWD: /usr/local/bin/sohoa
"""
_PLACE = """
set -eu
for each in passwd group shadow sudoers; do mount --bind "$FILES/$each" "/etc/$each"; done
mount -t tmpfs none /opt
mkdir -p /opt/sohoa/.venv/bin
printf '#!/bin/sh\\necho "$(id -un) for $SOHOA_INVOKER: $*"\\n' >/opt/sohoa/.venv/bin/sohoa
chmod 0755 /opt/sohoa/.venv/bin/sohoa
mount -t tmpfs none /usr/local/bin
install -m 0755 "$COMMAND" /usr/local/bin/sohoa
"""


def said(folder: Path, script: str) -> str:
    """Return what a script prints in the place above, as root."""
    files = folder / "etc"
    files.mkdir()
    lines = _ACCOUNTS.split()
    kept = {each: Path("/etc", each).read_text(encoding="utf-8") for each in ("passwd", "group", "shadow")}
    kept["passwd"] += "\n".join(lines) + "\n"
    kept["group"] += "".join(f"{name}:x:{number}:\n" for name, _, number, *_ in (each.split(":") for each in lines))
    kept["shadow"] += "".join(f"{each.split(':')[0]}:*:19000::::::\n" for each in lines)
    kept["sudoers"] = _SUDOERS
    for name, text in kept.items():
        (files / name).write_text(text, encoding="utf-8")
        (files / name).chmod(0o440 if name == "sudoers" else 0o644)
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", _PLACE + script],
        env={**os.environ, "FILES": str(files), "COMMAND": str(ROOT / "deploy" / "systemd" / "sohoa")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _able() -> None:
    if os.geteuid() != 0 or shutil.which("sudo") is None:
        pytest.skip("needs root and sudo")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("name spaces cannot be made here")


@pytest.mark.parametrize(
    ("script", "behind"),
    [
        ("sohoa list 'a b'", "root"),
        ("runuser -u lan -- sudo /usr/local/bin/sohoa list 'a b'", "lan"),
        # whoever may call this one command cannot pass for somebody else
        ("runuser -u lan -- env SOHOA_INVOKER=minh SUDO_USER=minh sudo /usr/local/bin/sohoa list 'a b'", "lan"),
        ("runuser -u sohoa -- sohoa list 'a b'", "sohoa"),
    ],
)
def test_the_account_that_calls_is_passed_on(script: str, behind: str, tmp_path: Path) -> None:
    assert said(tmp_path, script) == f"sohoa for {behind}: list a b"


def test_whoever_signed_in_counts_and_not_the_accounts_taken_since(tmp_path: Path) -> None:
    script = "echo 1991 2>/dev/null >/proc/self/loginuid || exit 0; runuser -u lan -- sudo /usr/local/bin/sohoa list"
    told = said(tmp_path, script)
    if not told:
        pytest.skip("this kernel, or container, notes no sign-ins")
    assert told == "sohoa for minh: list"
