"""The ways in which the product can read, as its own settings make them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.settings import Settings
from app.workshop import digitize_policy, network_refusal
from pipeline.recognise.policy import Engine, ReadPolicy


def policies(home: Path) -> dict[str, ReadPolicy]:
    """Return the policy for each engine, the default one first; `home` keeps converted networks from run to run.

    Raises:
        UnsupportedNetwork, ToolMissing: the network cannot be run here, so that there is nothing to compare.
    """
    settings = Settings(home=home)
    refusal = network_refusal(settings)
    if refusal is not None:
        raise refusal
    read = digitize_policy(settings).read
    engines = sorted(Engine, key=lambda engine: engine is not read.engine)
    return {engine.value: replace(read, engine=engine) for engine in engines}
