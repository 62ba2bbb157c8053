"""Messages between processes: arrays come back bit by bit, and who has gone is noticed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread

import ml_dtypes
import numpy as np
import pytest

from properties.messages import START, Messages
from properties.protocol import Reply

LARGE = 2**18  # entries: more bytes than a socket holds


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    """Both ends of a connection."""
    ours, theirs = Pipe()
    yield ours, theirs
    for end in (ours, theirs):
        end.close()


ARRAYS = {
    "large": np.arange(LARGE) / 3,
    "none": np.zeros((0, 3)),
    "one": np.float32([[-0.0]]),
    "complex": np.complex64([1 + 2j, np.nan]),
    "short": np.array([1.5, -2.0], ml_dtypes.bfloat16),
    "every other": np.arange(12.0).reshape(3, 4)[:, ::2],
    "by columns": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "words": np.array(["a", "bc"]),
}


def test_arrays_cross_bit_by_bit(ends: tuple[Connection, Connection]) -> None:
    here, there = map(Messages, ends)
    sent = Reply("answer", tuple(ARRAYS.values()), "word")
    for _ in range(2):  # the next message begins where this one ends
        thread = Thread(target=here.send, args=(sent,))
        thread.start()
        got = there.recv()
        thread.join()
        assert (got.outcome, got.message) == ("answer", "word")
        for name, array in zip(ARRAYS, got.arrays, strict=True):
            assert (array.dtype, array.shape) == (ARRAYS[name].dtype, ARRAYS[name].shape), name
            assert array.tobytes() == ARRAYS[name].tobytes(), name
            array[...] = array  # it may be written to


def test_who_has_gone_amid_a_message_is_noticed(ends: tuple[Connection, Connection]) -> None:
    here, there = ends
    os.write(here.fileno(), START.pack(1, 0) + bytes([16, 0, 0, 0, 0, 0, 0, 0]) + bytes(8))
    here.close()
    with pytest.raises(EOFError):
        Messages(there).recv()
    with pytest.raises(ConnectionError):
        Messages(there).send(Reply("answer", (ARRAYS["large"],), ""))
