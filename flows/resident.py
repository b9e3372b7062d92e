"""`python -m flows.resident`: what runs all the time where work is done: the counter's task worker, registering and reconciling beside it."""

from __future__ import annotations

from app.settings import current_settings
from flows.counter import serve_counter
from flows.reconcile import reconciling
from flows.registry import registering
from flows.workshops import resident_workers


def main() -> None:
    """Serve until told to stop."""
    settings = current_settings()
    with resident_workers(settings), registering(settings), reconciling(settings):
        serve_counter()


if __name__ == "__main__":
    main()
