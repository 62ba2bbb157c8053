"""Ctrl-C that is heard: Python drops an exception that is raised while it collects garbage.

Hypothesis times the collector by a callback, in which an interrupt may well be raised that came
meanwhile; it is printed as unraisable, and nothing ends. So it is noted too, and heeded before the
next problem.
"""

from __future__ import annotations

import signal
import threading
from typing import Any, NoReturn

_ASKED = threading.Event()


def listen() -> None:
    """Note interrupts from now on, where they are raised as Python does, in the main thread."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def heed() -> None:
    """KeyboardInterrupt where one has been asked for."""
    if _ASKED.is_set():
        raise KeyboardInterrupt


def _note(_number: int, _frame: Any) -> NoReturn:
    _ASKED.set()
    raise KeyboardInterrupt
