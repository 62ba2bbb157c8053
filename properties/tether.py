"""What a child process owes to the others: to end with its parent, and to leave memory to them.

A thread that watches the parent sleeps while native code holds the interpreter's lock, so the end
of the parent is told by the kernel: a pipe that the parent holds open is closed when it dies, by
whatever, and the signal for that is one that nothing can catch.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path

# Bytes of data a child may have. TensorFlow and all that is traced and compiled come to two GiB.
MEMORY_LIMIT = 8 * 2**30
FIRST = "1000"  # the process that the kernel ends first where memory is short: see proc(5)


def tied(descriptor: int) -> None:
    """End this process as soon as the other end of a pipe is closed; nothing is ever written."""
    if sys.platform == "linux":
        fcntl = import_module("fcntl")
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
        if select.select([descriptor], [], [], 0)[0]:  # closed before anybody was to be told
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(descriptor,), daemon=True).start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)
    os._exit(1)


def restrained(limit: int) -> None:
    """At most that many bytes of data, and the first to go where the machine has none left.

    What asks for more gets an exception of Python or an error of TensorFlow, and so an outcome,
    before the machine swaps or the kernel ends a process that it chooses itself. No limit of data
    where a GPU is: its driver maps the memory of the device, which counts as data.
    """
    with suppress(OSError):  # not Linux, or not allowed
        Path("/proc/self/oom_score_adj").write_text(FIRST, encoding="ascii")
    with suppress(ImportError, OSError, ValueError):
        resource = import_module("resource")
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        if most != resource.RLIM_INFINITY:
            limit = min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
