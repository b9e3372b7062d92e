"""The kill test itself: that it sees what it is there to see; and a small round of it."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from tests.crash.backends import Outage, backends
from tests.crash.laws import judged
from tests.crash.paperwork import draw_papers
from tests.crash.plan import draw_blows
from tests.crash.processes import Part
from tests.crash.run import run
from tests.crash.standing import differences
from tests.servers.severed_line import severed_line

WHOLE = {"table documents": ['{"id": "d-1"}', '{"id": "d-2"}'], "objects": ["archive/a"]}


def test_what_is_lost_and_what_is_doubled_is_named() -> None:
    lost = WHOLE | {"objects": []}
    doubled = WHOLE | {"table documents": [*WHOLE["table documents"], '{"id": "d-2"}']}

    assert differences(WHOLE, WHOLE) == []
    assert [(each.section, each.missing, each.more) for each in differences(WHOLE, lost)] == [
        ("objects", ("archive/a",), ())
    ]
    assert [(each.section, each.missing, each.more) for each in differences(WHOLE, doubled)] == [
        ("table documents", (), ('{"id": "d-2"}',))
    ]


def test_a_seed_gives_the_same_blows_and_each_kind_of_them() -> None:
    blows = draw_blows(kills=60, seed=3)

    assert blows == draw_blows(kills=60, seed=3) != draw_blows(kills=60, seed=4)
    assert sum(each.is_kill for each in blows) == 60
    assert {each.parts[0] for each in blows if each.parts} == {*Part}
    assert {each.outage for each in blows} == {None, *Outage}
    assert any(each.everything for each in blows)
    assert any(each.forget for each in blows)
    assert {each.fault for each in blows} > {None}


@pytest.mark.enable_socket
def test_a_line_is_cut_and_holds_again() -> None:
    def heard(port: int) -> bytes:
        # a reset may come while the connection is still being made
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", port), timeout=5) as near,
        ):
            near.sendall(b"there")
            return near.recv(100)
        return b""

    with socket.create_server(("127.0.0.1", 0)) as server, severed_line(*server.getsockname()) as line:
        with socket.create_connection(("127.0.0.1", line.port), timeout=5) as near:
            far, _ = server.accept()
            with far:
                near.sendall(b"there")
                assert far.recv(100) == b"there"
                line.fall_silent()
                near.sendall(b"late")
                far.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    far.recv(100)
                line.mend()
                far.settimeout(5)
                assert far.recv(100) == b"late"
                line.cut()
                with contextlib.suppress(ConnectionError):
                    assert near.recv(100) == b""
        assert heard(line.port) == b""
        line.mend()
        with socket.create_connection(("127.0.0.1", line.port), timeout=5) as near:
            far, _ = server.accept()
            far.sendall(b"back")
            far.close()
            assert near.recv(100) == b"back"


@pytest.mark.long
@pytest.mark.services
@pytest.mark.slow
@pytest.mark.tools
@pytest.mark.enable_socket
def test_a_small_office_is_struck_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    papers = draw_papers(tmp_path / "papers", pages=12, seed=1)
    with backends(tmp_path) as servers:
        expected = run(tmp_path / "undisturbed", papers, servers)
    with backends(tmp_path) as servers:
        struck = run(tmp_path / "struck", papers, servers, blows=draw_blows(kills=4, seed=1), steps=expected.steps)

    assert [law for law in judged(expected, struck, papers) if law.broken] == []
