"""Processes that have loaded the program already: most of what a short command costs is loading it.

Commands of tests run as people run them, each in a process of its own with an environment, a folder and streams of its own; but
it is a copy (fork(2)) of one that has loaded what every command loads. `Office.start` starts a process without that.

`python -m tests.e2e.warm FD` serves the socket FD: a request is a line of JSON, with the two files that take what is printed.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from app.own_process import ROOT

_LONGEST = 1 << 20
"""bytes of a request"""


class Warm:
    """The process that has loaded the program, and copies itself."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.e2e.warm", str(theirs.fileno())]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()])
        theirs.close()
        self._turn = threading.Lock()
        atexit.register(self._end)

    def _end(self) -> None:
        self._ours.close()
        self._process.wait(30)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `sohoa` to its end.

        Raises:
            subprocess.TimeoutExpired
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            asked = json.dumps({"arguments": arguments, "environment": dict(environment)}).encode()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs:
                with self._turn:
                    socket.send_fds(self._ours, [asked], [out.fileno(), err.fileno(), theirs.fileno()])
                theirs.close()
                ours.settimeout(seconds)
                process = int(ours.recv(64))
                try:
                    code = int(ours.recv(64))
                except TimeoutError as late:
                    os.kill(process, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(["sohoa", *arguments], seconds) from late
            return subprocess.CompletedProcess(arguments, code, _text(out), _text(err))


@cache
def warm() -> Warm:
    """Return the one of this process; it ends with it."""
    return Warm()


def _text(file: Any) -> str:  # noqa: ANN401 - what tempfile returns has no public name
    file.seek(0)
    return io.StringIO(file.read().decode(), newline=None).read()  # as pipes of text are read


def _serve(asked: socket.socket) -> int:
    """Fork for each request; return the exit code of a command in the copy that runs it, 0 in the first process at the end."""
    while True:
        request, files, _, _ = socket.recv_fds(asked, _LONGEST, 3)
        if not request:
            return 0
        if os.fork():
            for file in files:
                os.close(file)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            continue
        asked.close()
        return _watch(json.loads(request), files)


def _watch(request: Mapping[str, Any], files: Sequence[int]) -> int:
    """Run the command in one more copy, and tell its process and how it ends."""
    with socket.socket(fileno=files[2]) as teller:
        process = os.fork()
        if process == 0:
            teller.close()
            return _run(request, files)
        teller.send(str(process).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        with contextlib.suppress(OSError):  # nobody waits any more
            teller.send(str(code).encode())
    os._exit(0)


def _run(request: Mapping[str, Any], files: Sequence[int]) -> int:
    """Become a process as `python -m app.cli.main` is one."""
    os.dup2(files[0], 1)
    os.dup2(files[1], 2)
    for each in files[:2]:
        os.close(each)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8", line_buffering=number == 2)
        for number in (1, 2)
    )
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(ROOT)
    time.tzset()
    tempfile.tempdir = None
    # child processes of the command load what its main module is
    program = sys.modules["app.cli.main"]
    sys.modules["__main__"] = program
    sys.argv = [str(program.__file__), *request["arguments"]]
    code: int = program.main()
    return code


if __name__ == "__main__":
    import app.cli.main
    import app.services  # noqa: F401 - what nearly every command needs

    gc.collect()
    gc.freeze()
    sys.exit(_serve(socket.socket(fileno=int(sys.argv[1]))))
