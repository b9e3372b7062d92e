"""Machines of a test's own, or the reason why there cannot be any."""

from __future__ import annotations

import pytest

from tests.machines.network import NotAllowed, refuse_where_impossible
from tests.servers.process import ServersMissing
from tests.servers.required import give_up


@pytest.fixture(scope="session", autouse=True)
def _machines_can_be_made() -> None:
    """Skip, with the reason, where networks are not allowed; fail in CI only where a program is missing."""
    try:
        refuse_where_impossible()
    except ServersMissing as error:
        give_up(str(error))
    except NotAllowed as refused:
        pytest.skip(str(refused))
