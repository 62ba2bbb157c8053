"""Counter-based random integers: each number is a hash of (seed, stream, member, counter).

Only wrapping integer arithmetic, so the bits are the same on every processor and under every
release of NumPy. Member i never depends on which other members are asked for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: the step of splitmix64


@dataclass(frozen=True)
class Bits:
    """The random numbers of some members of a stack.

    `members` (B,) are indices; row j of every result belongs to member `members[j]`. A stream is
    a name: equal names give equal numbers, different names unrelated ones.
    """

    seed: int
    members: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.members)

    def words(self, stream: str, shape: tuple[int, ...]) -> NDArray[np.uint64]:
        """Uniform 64-bit words (B, *shape)."""
        digest = hashlib.blake2b(f"{self.seed} {stream}".encode(), digest_size=8).digest()
        start = np.array([int.from_bytes(digest, "little")], dtype=np.uint64)
        keys = mixed(start + self.members.astype(np.uint64) * GOLDEN)
        counters = np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * GOLDEN
        return mixed(keys[:, None] + counters).reshape(len(self), *shape)

    def integers(
        self, stream: str, shape: tuple[int, ...], low: ArrayLike, high: ArrayLike
    ) -> NDArray[np.int64]:
        """Integers from `low` to `high` inclusive, uniform to within 2^-32 (spans below 2^31).

        Either end may be an array that broadcasts against (B, *shape).
        """
        bottom = np.asarray(low, dtype=np.int64)
        span = (np.asarray(high, dtype=np.int64) - bottom + 1).astype(np.uint64)
        half = np.uint64(32)
        return bottom + (((self.words(stream, shape) >> half) * span) >> half).astype(np.int64)

    def dyadics(self, stream: str, shape: tuple[int, ...], bits: int) -> Array:
        """Odd multiples of 2^-bits in (-1, 1): uniform, never zero, `bits` significant bits."""
        odd = (self.words(stream, shape) >> np.uint64(64 - bits)).astype(np.int64) | 1
        signs = self.signs(f"{stream}, signs", shape)
        return np.ldexp(odd * signs, -bits)

    def odds(self, stream: str, shape: tuple[int, ...], limit: int) -> Array:
        """Odd integers of magnitude below 2 * `limit`, as floats: never zero."""
        return (2 * self.integers(stream, shape, -limit, limit - 1) + 1).astype(np.float64)

    def signs(self, stream: str, shape: tuple[int, ...]) -> Array:
        """1 or -1, as floats."""
        return 1.0 - 2.0 * (self.words(stream, shape) >> np.uint64(63)).astype(np.float64)

    def one_in(self, stream: str, chance: int) -> NDArray[np.bool_]:
        """True for one member in `chance`: (B,)."""
        return np.equal(self.integers(stream, (), 1, chance), 1)

    def permutations(self, stream: str, n: int) -> NDArray[np.int64]:
        """Random orders of 0 .. n - 1: (B, n)."""
        return np.argsort(self.words(stream, (n,)), axis=1, kind="stable")


def mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014), in place."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words ^= words >> np.uint64(shift)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(31)
    return words


def hashed(arrays: Sequence[Array], salt: bytes) -> NDArray[np.uint64]:
    """64 bits for each member (B,) of float64 arrays (B, ...) and of the salt.

    Words are mixed with their position and summed, whole stacks at once. It tells members apart
    (10^6 of them are alike somewhere with a chance of 3e-8); it keeps no secret.
    """
    start = np.frombuffer(hashlib.blake2b(salt, digest_size=8).digest(), np.uint64)
    keys, place = np.repeat(start, len(arrays[0])), 0
    for array in arrays:
        words = np.ascontiguousarray(array).reshape(len(array), -1).view(np.uint64)
        places = np.arange(place + 1, place + words.shape[1] + 1, dtype=np.uint64) * GOLDEN
        keys += mixed(words + mixed(places)).sum(axis=1, dtype=np.uint64)
        place += words.shape[1]
    return mixed(keys)
