"""An interrupt that Python drops, for it came while garbage was collected, is heeded later."""

from __future__ import annotations

import gc
import os
import signal
from typing import Any

import pytest

from properties import interrupts


@pytest.fixture(autouse=True)
def restored() -> Any:
    """Handlers of this process, and nothing asked, afterwards."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
    interrupts._ASKED.clear()  # noqa: SLF001 - nobody else takes it back


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_raised_in_a_callback_of_the_collector_is_not_lost():
    def interrupted(phase: str, _info: dict[str, int]) -> None:
        if phase == "stop":
            os.kill(os.getpid(), signal.SIGINT)
            sum(range(100))  # a signal is handled between instructions

    interrupts.listen()
    interrupts.heed()
    gc.callbacks.append(interrupted)
    try:
        gc.collect()  # which drops it
    finally:
        gc.callbacks.remove(interrupted)
    with pytest.raises(KeyboardInterrupt):
        interrupts.heed()


def test_handlers_of_others_stay():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts.listen()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
