"""What whoever upgrades is told to stop."""

from __future__ import annotations

from tests.deploy.product import ROOT

PLACES = ("README.md", "docs/**/*.md", "deploy/**/*.sh", "deploy/**/*.txt", "scripts/*")


def test_nobody_is_told_to_stop_the_timer_of_backups() -> None:
    """`sohoa-*` would stop it too, and nothing would start it again."""
    files = [file for each in PLACES for file in ROOT.glob(each) if file.is_file()]
    told = [file.name for file in files if "systemctl stop" in file.read_text(encoding="utf-8")]
    assert len(told) >= 3
    assert [file.name for file in files if "sohoa-*'" in file.read_text(encoding="utf-8")] == []
