"""Messages between parent and child in which arrays travel as they are, uncopied at either end."""

from __future__ import annotations

import os
import pickle
import select
import struct
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

START = struct.Struct("<2Q")  # arrays, and bytes of the pickle
PIECE = 2**30  # bytes of an array that are handed over at once: systems take no more than 2^31
PIECES = 512  # arrays that are: systems take no more than 1,024


class Messages:
    """A connection whose messages are a pickle and, beside it, the bytes of its arrays.

    Within a pickle, and within what `Connection` makes of it, every byte would be copied three
    times at each end. A message leaves in one piece where the system takes it so: each piece wakes
    the other end, and on one core the two would take turns at every one. Only for children of
    one's own: what arrives is unpickled.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)

    def send(self, message: Any) -> None:
        """Hand over one message; ConnectionError where nobody is there."""
        buffers: list[pickle.PickleBuffer] = []
        text = pickle.dumps(message, 5, buffer_callback=buffers.append)
        arrays = [buffer.raw() for buffer in buffers]
        lengths = struct.pack(f"<{len(arrays)}Q", *(array.nbytes for array in arrays))
        head = START.pack(len(arrays), len(text)) + lengths + text
        _all(os.writev, self.connection.fileno(), [memoryview(head), *arrays])

    def waits(self, seconds: float) -> bool:
        """Whether a message, or the end of the other side, comes within that time."""
        return bool(self._poll.poll(1000 * seconds))

    def recv(self) -> Any:
        """The next message; EOFError where the other end has gone, amid a message too."""
        count, size = START.unpack(self._read(START.size))
        lengths = struct.unpack(f"<{count}Q", self._read(8 * count)) if count else ()
        text = bytearray(size)
        arrays = [np.empty(length, np.uint8) for length in lengths]
        _all(os.readv, self.connection.fileno(), [memoryview(text), *(a.data for a in arrays)])
        return pickle.loads(text, buffers=arrays)  # noqa: S301 - a child's, or its parent's

    def _read(self, count: int) -> bytearray:
        found = bytearray(count)
        _all(os.readv, self.connection.fileno(), [memoryview(found)])
        return found


def _all(move: Any, descriptor: int, parts: Sequence[memoryview]) -> None:
    """Write or read all bytes of some buffers; EOFError where none come any more."""
    rest = [part for part in parts if part.nbytes]
    while rest:
        moved = move(descriptor, [part[:PIECE] for part in rest[:PIECES]])
        if not moved:
            raise EOFError
        while moved:
            here = min(moved, rest[0].nbytes)
            rest[0], moved = rest[0][here:], moved - here
            if not rest[0].nbytes:
                del rest[0]
