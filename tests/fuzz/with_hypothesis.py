"""Fuzz one target with Hypothesis: `python -m tests.fuzz.with_hypothesis TARGET SECONDS FOLDER`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.inputs import inputs
from tests.fuzz.targets import TARGETS


def main(name: str, seconds: str, folder: str) -> int:
    """Fuzz until the time is over or something breaks."""
    target, until = TARGETS[name], time.monotonic() + float(seconds)

    @settings(
        max_examples=2000,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(inputs(name))
    def once(data: bytes) -> None:
        try:
            target.try_bytes(data)
        except BaseException:
            (Path(folder) / "broken").write_bytes(data)  # the last one is the smallest
            raise

    while time.monotonic() < until:
        once()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
