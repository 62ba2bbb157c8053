"""Calls that a worker must survive; the child imports them by name.

Each does its harm if any entry of its input is GUILTY, and answers with the input otherwise.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import numpy as np

GUILTY = 13.0


ATTEMPTS = [0]


def untraceable(x: Any) -> Any:
    """Raise how often that was tried, whatever the numbers are."""
    ATTEMPTS[0] += 1
    raise ValueError(f"attempt {ATTEMPTS[0]} on {len(x.shape)} axes")


def _if_guilty(x: Any, harm: Callable[[], object]) -> Any:
    if (x.numpy() == GUILTY).any():
        harm()
    return x


def abort(x: Any) -> Any:
    """End the process as a failed assertion of C++ does."""
    return _if_guilty(x, os.abort)


def segfault(x: Any) -> Any:
    """Read the memory at address 0."""
    return _if_guilty(x, lambda: ctypes.string_at(0))


def leave(x: Any) -> Any:
    """End the process in good order."""
    return _if_guilty(x, lambda: os._exit(7))


def hang(x: Any) -> Any:
    """Never come back."""
    return _if_guilty(x, lambda: time.sleep(1e6))


def spin(x: Any) -> Any:
    """Never come back, and hold the interpreter's lock for most of the time."""

    def forever() -> None:
        while True:
            pass

    return _if_guilty(x, forever)


def loop(x: Any) -> Any:
    """Never come back from native code that has let go of the interpreter's lock."""
    digest = hashlib.pbkdf2_hmac
    return _if_guilty(x, lambda: digest("sha512", b"", b"", 2**31 - 1))  # hours


def locked_loop(x: Any) -> Any:
    """Never come back from native code that holds the interpreter's lock: no thread can act."""
    return _if_guilty(x, lambda: re.match("(a*)*$", "a" * 64 + "b"))  # 2^64 ways to fail


def hog(x: Any) -> Any:
    """Take memory for as long as there is any."""

    def forever() -> None:
        taken = []
        while True:
            taken.append(np.empty(2**24))  # counts, although nothing is written to it

    return _if_guilty(x, forever)


def killed(x: Any) -> Any:
    """End as a process does that the kernel or a person kills."""
    return _if_guilty(x, lambda: os.kill(os.getpid(), signal.SIGKILL))


def slow(x: Any) -> Any:
    """Answer after a second."""
    return _if_guilty(x, lambda: time.sleep(1.0))


def fail(x: Any) -> Any:
    """Raise what Python raises."""

    def error() -> None:
        raise ValueError("thirteen\nis refused")

    return _if_guilty(x, error)
