"""What a child process that reads foreign files may not do, said to the kernel once and for good.

Limits (setrlimit(2)) on memory, file size, open files and core dumps, and a filter of system calls (seccomp(2)) without network and
without a way into other processes. Both need no privileges, hold for programs that the process starts, and cannot be taken back.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass

__all__ = ["Confinement", "can_filter", "confine", "die_with_parent"]

_PR_SET_PDEATHSIG, _PR_GET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 21, 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF: load a word, jump if equal, jump if greater or equal, return (linux/filter.h)"""
_CALL, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""offsets in what the filter sees (struct seccomp_data)"""
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EACCES
_OTHER_ABI = 0x40000000
"""from which on the calls of the x32 interface are numbered"""
_AF_UNIX = 1


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of a processor's system calls (asm/unistd.h)."""

    architecture: int
    """AUDIT_ARCH_… (linux/audit.h)"""
    seccomp: int
    socket: int
    denied: tuple[int, ...]
    """connect, bind, listen, accept, accept4; ptrace, process_vm_readv, process_vm_writev, pidfd_getfd; io_uring_setup, _enter and
    _register, which open connections too; bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl, mount, unshare, setns"""


_EVERYWHERE = (438, 425, 426, 427)
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        41,
        (42, 49, 50, 43, 288, 101, 310, 311, *_EVERYWHERE, 321, 298, 323, 248, 249, 250, 165, 272, 308),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        198,
        (203, 200, 201, 202, 242, 117, 270, 271, *_EVERYWHERE, 280, 241, 282, 217, 218, 219, 40, 97, 268),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What one child process may take."""

    memory_bytes: int
    """address space"""
    file_bytes: int = 8 << 30
    """of one file that it writes"""
    open_files: int = 1024


def confine(limits: Confinement) -> bool:
    """Bind this process to `limits` and take network and other processes from it; return whether the latter worked.

    It does on Linux on x86-64 and ARM64 with a kernel that has seccomp, which is also so in unprivileged containers.
    """
    # children and tasks of a crashed reader would fill disks with its memory: personal data, and gigabytes
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    return can_filter() and _filter(_MACHINES[platform.machine()])


def can_filter() -> bool:
    """Say whether this machine can take network and other processes from a process."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    return int(_libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)) >= 0


def die_with_parent() -> None:
    """Have the kernel end this process when the thread that started it ends (Linux; elsewhere the pool's pipe does it)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _filter(machine: _Machine) -> bool:
    program = _program(machine)
    array = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    described = struct.pack("@HP", len(program), ctypes.addressof(array))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    number, mode, flags = (ctypes.c_long(each) for each in (machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS))
    return int(libc.syscall(number, mode, flags, described)) == 0


def _program(machine: _Machine) -> list[bytes]:
    """Return the filter: foreign interfaces, sockets but those between processes of this machine, and what is denied, are refused."""
    denied = [*machine.denied]
    length = 7 + len(denied) + 2
    deny, allow = length - 1, length - 2
    program: list[bytes] = []

    def add(code: int, value: int, *, then: int | None = None, otherwise: int | None = None) -> None:
        here = len(program) + 1
        jumps = [0 if goal is None else goal - here for goal in (then, otherwise)]
        program.append(struct.pack("=HBBI", code, *jumps, value))

    add(_LOAD, _ARCHITECTURE)
    add(_EQUAL, machine.architecture, otherwise=deny)
    add(_LOAD, _CALL)
    add(_AT_LEAST, _OTHER_ABI, then=deny)
    add(_EQUAL, machine.socket, otherwise=7)
    add(_LOAD, _FIRST_ARGUMENT)
    add(_EQUAL, _AF_UNIX, then=allow, otherwise=deny)
    for number in denied:
        add(_EQUAL, number, then=deny)
    add(_RETURN, _ALLOW)
    add(_RETURN, _DENY)
    return program


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
