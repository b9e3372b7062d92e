"""In which order the workers of a machine are started: after a crash somebody waits for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from app.orchestrator import start_work
from app.own_process import Child, Crew
from app.settings import Settings


class Noted(Crew):
    """Starts what does nothing, and notes for what."""

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        self.names = [*getattr(self, "names", []), name]
        return super().start(name, ("sleep", "60"), environment)


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Noted]:
    with Noted(log_folder=tmp_path, on_end=lambda _: None) as crew:
        yield crew


def test_the_counter_does_not_wait_for_the_server(crew: Noted, tmp_path: Path) -> None:
    server = crew.start("server", (), {})
    waiting_with: list[list[str]] = []

    def stopped() -> bool:
        waiting_with.append(list(crew.names))
        return True

    steps: list[str] = []
    start_work(crew, Settings(home=tmp_path), server, on_step=steps.append, stopped=stopped)

    assert waiting_with == [["server", "task-worker"]]
    assert crew.names == ["server", "task-worker", "worker"]
    assert steps == ["server", "workers"]
