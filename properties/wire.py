"""Requests and replies as bytes, for an interpreter of another environment.

A message is eight bytes that give the length of its head, the head as JSON, and the bytes of the
arrays that the head lists. Nothing that arrives is ever executed, as a pickle would be: what does
not fit is a RunError. Both ends run this module, so it needs NumPy only.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from properties.protocol import Reply, Request
from reports.plain import RunError, dump, expect, frozen, parse, take

LENGTH = struct.Struct(">Q")
HEAD, BODY = 2**26, 2**31  # bytes: what a head and the arrays of one message may take at most
DTYPES = (
    "bfloat16", "float16", "float32", "float64", "complex64", "complex128",
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip

Read = Callable[[int], bytes]  # exactly that many bytes, or EOFError


def packed(head: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """A message."""
    listed = [{"dtype": array.dtype.name, "shape": list(array.shape)} for array in arrays]
    text = dump({**head, "arrays": listed}).encode("ascii")
    return b"".join((LENGTH.pack(len(text)), text, *(array.tobytes() for array in arrays)))


def unpacked(read: Read) -> tuple[dict[str, Any], tuple[np.ndarray, ...]]:
    """The head and the arrays of the next message; RunError for anything that is none."""
    (length,) = LENGTH.unpack(read(LENGTH.size))
    if length > HEAD:
        raise RunError(f"message: a head of {length} bytes")
    try:
        head = parse(read(length).decode("ascii"), "message")
    except UnicodeDecodeError:
        raise RunError("message: a head that is no text") from None
    listed = [_described(entry) for entry in take(head, "arrays", list, "message")]
    if sum(dtype.itemsize * math.prod(shape) for dtype, shape in listed) > BODY:
        raise RunError(f"message: arrays of more than {BODY} bytes")
    return head, tuple(_array(read, *entry) for entry in listed)


def _described(entry: Any) -> tuple[np.dtype, tuple[int, ...]]:
    name = take(entry, "dtype", str, "message")
    sizes = take(entry, "shape", list, "message")
    shape = tuple(expect(size, int, "message: 'shape'") for size in sizes)
    if name not in DTYPES or len(shape) > 16 or any(size < 0 for size in shape):
        raise RunError(f"message: no array is of dtype {name!r} and shape {shape}")
    if name == "bfloat16":
        import ml_dtypes  # TensorFlow and JAX bring it along

        return np.dtype(ml_dtypes.bfloat16), shape
    return np.dtype(name), shape


def _array(read: Read, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    data = bytearray(read(dtype.itemsize * math.prod(shape)))
    return np.frombuffer(data, np.uint8).view(dtype).reshape(shape)


def request_to_bytes(request: Request) -> bytes:
    """A request as a message."""
    head = request._asdict()
    arrays = head.pop("inputs")
    return packed(head, arrays)


def request_from(read: Read) -> Request:
    """The next request. Lists in its arguments come back as tuples, which is what they were."""
    head, arrays = unpacked(read)
    fault = frozen(head["fault"])
    arguments = {name: frozen(value) for name, value in head["arguments"].items()}
    call, mode, device, dtype = (head[name] for name in ("call", "mode", "device", "dtype"))
    return Request(call, fault, mode, device, dtype, arguments, arrays)


def reply_to_bytes(reply: Reply) -> bytes:
    """A reply as a message."""
    return packed({"outcome": reply.outcome, "message": reply.message}, reply.arrays)


def reply_from(read: Read, outcomes: Sequence[str]) -> Reply:
    """The next reply; RunError where its outcome is none of those."""
    head, arrays = unpacked(read)
    outcome, message = (take(head, key, str, "message") for key in ("outcome", "message"))
    if outcome not in outcomes:
        raise RunError(f"message: {outcome!r} is no outcome")
    return Reply(outcome, arrays, message)
