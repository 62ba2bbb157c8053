"""A pytest plugin, `-p tests.unsteady`: the wall clock jumps by years at every look at it.

It has no numbers of its own, for Hypothesis would draw them in the run that it disturbs.
"""

from __future__ import annotations

import itertools
import time

JUMPS = itertools.cycle(map(float, ("4e8", "-9e8", "7e7", "-3e5", "2e9")))  # seconds
_time, _time_ns, _gmtime = time.time, time.time_ns, time.gmtime


def pytest_configure() -> None:
    """From now on, in this process and in those that it forks."""
    time.time = lambda: _time() + next(JUMPS)
    time.time_ns = lambda: int(time.time()) * int("1" + "0" * len("nanosecon"))
    time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
