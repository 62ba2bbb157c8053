"""What was proved before: truths and audits, kept from one gate of a checkout to the next.

A gate sets the same problems each time, and what is true of them depends on this suite alone, never
on the TensorFlow that is verified. So the next gate reads it: another build, another version or
flag costs TensorFlow's time and that of the verdicts. What is kept is named by the inputs and by
the text of `references/` and `properties/`, so that an edit of either proves all anew, and stands
in pytest's cache, which `--cache-clear` empties. A file that is missing, cut or changed is proved
anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from properties.environment import cpu_features
from properties.routine import Routine
from references.interval import Interval
from references.truth import Enclosure, Truth

ROOT = Path(__file__).parent.parent
ENGINES = ("python-flint", "numpy", "scipy", "numba", "mpmath")
ALIGNED = 64  # bytes: compiled kernels take arrays for aligned ones
SUM = 16  # bytes of the digest that a file begins with


@dataclass(frozen=True)
class Kept:
    """Files of a folder. What cannot be written is not kept, which costs nothing but time."""

    folder: Path

    @staticmethod
    def below(folder: Path) -> Kept:
        """The files of this state of the suite; those of others are removed."""
        mine = folder / sources()
        with suppress(OSError):
            mine.mkdir(parents=True, exist_ok=True)
            for other in folder.iterdir():
                if other != mine:
                    shutil.rmtree(other, ignore_errors=True)
        return Kept(mine)

    def reading(self, routine: Routine) -> Routine:
        """The routine, whose reference looks here first."""

        def reference(*inputs: NDArray[Any], level: int = 0, **arguments: Any) -> Truth:
            words = f"{routine.name} {level} {sorted(arguments.items())!r}"
            return self.truth(
                named(words, inputs),
                lambda: routine.reference(*inputs, level=level, **arguments),
            )

        return replace(routine, reference=reference)

    def truth(self, name: str, prove: Callable[[], Truth]) -> Truth:
        """The truth of a name, from its file or proved now."""
        data = self._read(name)
        if data is not None:
            return _unpacked(data)
        found = prove()
        self._write(name, _packed(found))
        return found

    def gaps(self, name: str) -> list[float] | None:
        """How far mpmath was from a truth, member by member, if it has been asked."""
        data = self._read(name)
        return None if data is None else json.loads(data.tobytes())

    def keep_gaps(self, name: str, gaps: Sequence[float]) -> None:
        """Keep what mpmath found."""
        self._write(name, json.dumps(gaps).encode())

    def _read(self, name: str) -> NDArray[np.uint8] | None:
        try:
            data = np.fromfile(self.folder / name, np.uint8)
        except OSError:
            return None
        whole = len(data) >= ALIGNED and data[:SUM].tobytes() == _sum(data[ALIGNED:].tobytes())
        return data[ALIGNED:] if whole else None

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        part = path.with_suffix(f".{os.getpid()}")
        try:
            part.write_bytes(_sum(data).ljust(ALIGNED, b"\0") + data)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()


def named(words: str, arrays: Sequence[NDArray[Any]]) -> str:
    """A name from words and arrays, to the last bit."""
    digest = hashlib.blake2b(words.encode(), digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def arrays_of(truth: Truth) -> Iterator[NDArray[Any]]:
    """All that a truth holds, in one order."""
    for part in truth.parts:
        yield from (part.hi, part.lo, part.radius, part.exponent)
    for interval in truth.quantities.values():
        yield from (interval.lower, interval.upper)
    yield truth.exists


@cache
def sources() -> str:
    """A digest of all that decides what is proved: this suite, its engines, the processor."""
    digest = hashlib.blake2b(" ".join(version(name) for name in ENGINES).encode(), digest_size=8)
    digest.update(repr(cpu_features()).encode())
    for folder in ("references", "properties"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=SUM).digest()


def _padded(data: bytes) -> bytes:
    return data.ljust(-(-len(data) // ALIGNED) * ALIGNED)


def _packed(truth: Truth) -> bytes:
    arrays = [np.asarray(array) for array in arrays_of(truth)]
    told = {
        "parts": len(truth.parts),
        "quantities": list(truth.quantities),
        "engine": truth.engine,
        "arrays": [(array.dtype.str, array.shape) for array in arrays],
    }
    head = _padded(json.dumps(told).encode() + b"\n")
    return head + b"".join(_padded(array.tobytes()) for array in arrays)


def _unpacked(data: NDArray[np.uint8]) -> Truth:
    line, _, _ = data.tobytes().partition(b"\n")
    told, start = json.loads(line), len(_padded(line + b"\n"))
    arrays: list[NDArray[Any]] = []
    for word, shape in told["arrays"]:
        dtype, count = np.dtype(word), int(np.prod(shape, dtype=int))
        end = start + count * dtype.itemsize
        arrays.append(data[start:end].view(dtype).reshape(shape))
        start = -(-end // ALIGNED) * ALIGNED
    given = iter(arrays)
    parts = tuple(Enclosure(*(next(given) for _ in range(4))) for _ in range(told["parts"]))
    quantities = {name: Interval(next(given), next(given)) for name in told["quantities"]}
    return Truth(parts, quantities, next(given), tuple(told["engine"]))
