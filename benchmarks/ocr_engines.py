"""The ways in which the product can read, as its own settings make them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

from app.settings import Settings
from app.workshop import digitize_policy
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.policy import Engine, ReadPolicy


def policies(home: Path) -> dict[str, ReadPolicy]:
    """Return the policy for each engine, the default one first; `home` keeps converted networks from run to run."""
    read = digitize_policy(Settings(home=home)).read
    if read.network is None:
        read = replace(read, network=converted_network(_language_data(read.language), cache=home / "networks"))
    engines = sorted(Engine, key=lambda engine: engine is not read.engine)
    return {engine.value: replace(read, engine=engine) for engine in engines}


def _language_data(language: str) -> Path:
    told = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    folder = re.search(r'"(.+?)"', told.stdout + told.stderr)
    if folder is None:
        raise RuntimeError("tesseract does not tell where its language data are")
    return Path(folder[1], f"{language}.traineddata")
