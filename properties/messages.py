"""Messages between parent and child in which arrays travel as they are, uncopied at either end."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

LENGTH = struct.Struct("<Q")
PIECE = 2**30  # bytes that are asked for at once: systems take no more than 2^31


class Messages:
    """A connection whose messages are a pickle and, beside it, the bytes of its arrays.

    Within a pickle, and within what `Connection` makes of it, every byte would be copied three
    times at each end. Only for children of one's own: what arrives is unpickled.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def send(self, message: Any) -> None:
        """Hand over one message; ConnectionError where nobody is there."""
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(message, 5, buffer_callback=buffers.append)
        arrays = [buffer.raw() for buffer in buffers]
        lengths = (LENGTH.pack(array.nbytes) for array in arrays)
        self.connection.send_bytes(b"".join((LENGTH.pack(len(arrays)), *lengths, head)))
        for array in arrays:
            rest = array
            while rest:
                rest = rest[os.write(self.connection.fileno(), rest[:PIECE]) :]

    def recv(self) -> Any:
        """The next message; EOFError where the other end has gone, amid a message too."""
        data = memoryview(self.connection.recv_bytes())
        (count,) = LENGTH.unpack_from(data)
        lengths = [LENGTH.unpack_from(data, LENGTH.size * (1 + i))[0] for i in range(count)]
        arrays = [np.empty(length, np.uint8) for length in lengths]
        self._fill(arrays)
        head = data[LENGTH.size * (1 + count) :]
        return pickle.loads(head, buffers=arrays)  # noqa: S301 - a child's, or its parent's

    def _fill(self, arrays: Sequence[np.ndarray]) -> None:
        for array in arrays:
            rest = array.data
            while rest:
                got = os.readv(self.connection.fileno(), [rest[:PIECE]])
                if not got:
                    raise EOFError
                rest = rest[got:]
