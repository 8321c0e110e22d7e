"""Confines the reading process before it parses a sender's bytes. Outside Linux, only the resource limits apply."""

import os
import resource
import signal
import sys
from typing import NamedTuple

from mailconnect.attachments.errors import TimeIsUp

_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_GRACE = 2
"""Seconds of CPU between the signal that ends the parser and the one that ends the process."""


class ResourceLimits(NamedTuple):
    cpu_seconds: int = 8
    memory_bytes: int = 400_000_000
    """Address space, of which Python itself takes 20 MB and pypdf 40."""


def limit(limits: ResourceLimits) -> None:
    """At the start: no core, no file content, no process, bounded memory and time; dies with its parent.

    Raises TimeIsUp in the main thread, from inside the parser, when the CPU time is used.
    """
    for what, maximum in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
        resource.setrlimit(what, (maximum, maximum))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + _GRACE))
    signal.signal(signal.SIGXCPU, _time_is_up)
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _control(_PR_SET_DUMPABLE, 0)
    _control(_PR_SET_NO_NEW_PRIVS, 1)


def seal() -> bool:
    """Once everything is imported: no file and no socket from here on. Whether namespaces were permitted too.

    No descriptor may be made (RLIMIT_NOFILE 0), which closes network and files on any kernel; what is open stays so.
    In namespaces of its own root has no rights outside them. The process cannot look into its parent, which runs as the
    same user.
    """
    has_namespaces = _unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) or _unshare(_NEW_USER)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    return has_namespaces


def _time_is_up(*_: object) -> None:
    raise TimeIsUp


def _unshare(flags: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        if sys.version_info >= (3, 12):
            os.unshare(flags)
            return True
        import ctypes  # noqa: PLC0415 - as below

        return bool(ctypes.CDLL(None).unshare(flags) == 0)
    except (OSError, AttributeError):
        return False


def _control(option: int, value: int) -> None:
    """prctl(2); a system without it goes on without."""
    if sys.platform.startswith("linux"):
        import ctypes  # noqa: PLC0415 - for Linux alone: 1 ms

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
