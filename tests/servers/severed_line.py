"""A line on loopback to a server, which can be cut: connections end and none comes through, or nothing is heard any more."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Iterator

_PIECE = 1 << 16
_LOOK_SECONDS = 0.05


class Line:
    """Passes bytes on, both ways, as long as it holds."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._holds = threading.Event()
        self._holds.set()
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """End all connections with a reset, and refuse what comes."""
        self._is_cut = True
        with self._guard:
            for each in self._open:
                # the threads that read it see its end and close it
                with contextlib.suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    each.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        """Let nothing through, and say nothing of it, as a cable that was pulled."""
        self._holds.clear()

    def mend(self) -> None:
        """Let everything through again; what was held back arrives late."""
        self._is_cut = False
        self._holds.set()

    def serve(self) -> None:
        """Take connections until `end`."""
        self._listener.settimeout(_LOOK_SECONDS)
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def end(self) -> None:
        """Take no further connection, and end those that there are."""
        self._ended.set()
        self.mend()
        self.cut()
        self._listener.close()

    def _join(self, near: socket.socket) -> None:
        with near:
            if self._is_cut:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            try:
                far = socket.create_connection(self._upstream, timeout=5)
            except OSError:
                return
            with far, self._counted(near, far):
                self._pass_on(near, far)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        for each in other:
            each.settimeout(60)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
            for each in other:
                selector.register(each, selectors.EVENT_READ)
            while not self._ended.is_set():
                for key, _ in selector.select(1):
                    piece = key.fileobj.recv(_PIECE)  # type: ignore[union-attr]  # a socket, as registered
                    while not self._holds.wait(_LOOK_SECONDS):
                        pass
                    if not piece or self._is_cut:
                        return
                    other[key.fileobj].sendall(piece)  # type: ignore[index]  # likewise

    @contextlib.contextmanager
    def _counted(self, *ends: socket.socket) -> Iterator[None]:
        with self._guard:
            self._open.update(ends)
        try:
            yield
        finally:
            with self._guard:
                self._open.difference_update(ends)


@contextlib.contextmanager
def severed_line(host: str, port: int) -> Iterator[Line]:
    """Lay a line to `host:port`; it holds until somebody cuts it."""
    line = Line((host, port))
    thread = threading.Thread(target=line.serve)
    thread.start()
    try:
        yield line
    finally:
        line.end()
        thread.join()
