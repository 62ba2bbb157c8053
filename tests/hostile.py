"""Calls that a worker must survive; the child imports them by name.

Each does its harm if any entry of its input is GUILTY, and answers with the input otherwise.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from typing import Any

GUILTY = 13.0


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


def fail(x: Any) -> Any:
    """Raise what Python raises."""

    def error() -> None:
        raise ValueError("thirteen\nis refused")

    return _if_guilty(x, error)
