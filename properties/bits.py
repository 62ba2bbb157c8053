"""Counter-based random integers: each number is a hash of (seed, stream, member, counter).

Only wrapping integer arithmetic, so the bits are the same on every processor and under every
release of NumPy and numba. Member i never depends on which other members are asked for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.compiled import inlined, kernel

Array = NDArray[np.float64]
Words = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: the step of splitmix64
ONE, HALF, LAST = np.uint64(1), np.uint64(32), np.uint64(63)
SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


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

    def keys(self, stream: str) -> Words:
        """What the words of a stream begin with: (B,)."""
        digest = hashlib.blake2b(f"{self.seed} {stream}".encode(), digest_size=8).digest()
        start = np.array([int.from_bytes(digest, "little")], dtype=np.uint64)
        return mixed(start + self.members.astype(np.uint64) * GOLDEN)

    def words(self, stream: str, shape: tuple[int, ...]) -> Words:
        """Uniform 64-bit words (B, *shape)."""
        found = np.empty((len(self), math.prod(shape)), np.uint64)
        fill(self.keys(stream), found)
        return found.reshape(len(self), *shape)

    def integers(
        self, stream: str, shape: tuple[int, ...], low: ArrayLike, high: ArrayLike
    ) -> NDArray[np.int64]:
        """Integers from `low` to `high` inclusive, uniform to within 2^-32 (spans below 2^31).

        Either end may be an array that broadcasts against (B, *shape).
        """
        bottom = np.asarray(low, dtype=np.int64)
        span = (np.asarray(high, dtype=np.int64) - bottom + 1).astype(np.uint64)
        if span.ndim == 0 and bottom.ndim == 0:
            found = np.empty((len(self), math.prod(shape)), np.int64)
            fill_integers(self.keys(stream), np.int64(bottom), np.uint64(span), found)
            return found.reshape(len(self), *shape)
        return bottom + (((self.words(stream, shape) >> HALF) * span) >> HALF).astype(np.int64)

    def dyadics(self, stream: str, shape: tuple[int, ...], bits: int) -> Array:
        """Odd multiples of 2^-bits in (-1, 1): uniform, never zero, `bits` significant bits."""
        found = np.empty((len(self), math.prod(shape)))
        signs = self.keys(f"{stream}, signs")
        fill_dyadics(self.keys(stream), signs, np.uint64(64 - bits), 2.0**-bits, found)
        return found.reshape(len(self), *shape)

    def odds(self, stream: str, shape: tuple[int, ...], limit: int) -> Array:
        """Odd integers of magnitude below 2 * `limit`, as floats: never zero."""
        found = np.empty((len(self), math.prod(shape)))
        fill_odds(self.keys(stream), np.int64(limit), found)
        return found.reshape(len(self), *shape)

    def signs(self, stream: str, shape: tuple[int, ...]) -> Array:
        """1 or -1, as floats."""
        found = np.empty((len(self), math.prod(shape)))
        fill_signs(self.keys(stream), found)
        return found.reshape(len(self), *shape)

    def one_in(self, stream: str, chance: int) -> NDArray[np.bool_]:
        """True for one member in `chance`: (B,)."""
        return np.equal(self.integers(stream, (), 1, chance), 1)

    def permutations(self, stream: str, n: int) -> NDArray[np.int64]:
        """Random orders of 0 .. n - 1: (B, n)."""
        return np.argsort(self.words(stream, (n,)), axis=1, kind="stable")


@inlined
def stirred(word: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    word = (word ^ (word >> SHIFTS[0])) * FACTORS[0]
    word = (word ^ (word >> SHIFTS[1])) * FACTORS[1]
    return word ^ (word >> SHIFTS[2])


@inlined
def word_of(key: np.uint64, place: int) -> np.uint64:
    """Word number `place` of a member, from 0."""
    return stirred(key + np.uint64(place + 1) * GOLDEN)


@kernel
def mixed(words: Words) -> Words:
    """The finaliser for each of some words (B,)."""
    found = np.empty_like(words)
    for i in range(len(words)):
        found[i] = stirred(words[i])
    return found


@kernel
def fill(keys: Words, out: Words) -> None:
    """Words (B, k)."""
    for i in range(len(keys)):
        for j in range(out.shape[1]):
            out[i, j] = word_of(keys[i], j)


@kernel
def fill_integers(keys: Words, low: np.int64, span: np.uint64, out: NDArray[np.int64]) -> None:
    """Integers (B, k) from `low` on, fewer than `span` above it."""
    for i in range(len(keys)):
        for j in range(out.shape[1]):
            out[i, j] = low + np.int64(((word_of(keys[i], j) >> HALF) * span) >> HALF)


@kernel
def fill_odds(keys: Words, limit: np.int64, out: Array) -> None:
    """Odd integers (B, k) of magnitude below 2 `limit`."""
    span = np.uint64(2 * limit)
    for i in range(len(keys)):
        for j in range(out.shape[1]):
            whole = np.int64(((word_of(keys[i], j) >> HALF) * span) >> HALF) - limit
            out[i, j] = np.float64(2 * whole + 1)


@kernel
def fill_signs(keys: Words, out: Array) -> None:
    """Signs (B, k)."""
    for i in range(len(keys)):
        for j in range(out.shape[1]):
            out[i, j] = -1.0 if word_of(keys[i], j) >> LAST else 1.0


@kernel
def fill_dyadics(keys: Words, signs: Words, drop: np.uint64, unit: float, out: Array) -> None:
    """Odd multiples of `unit` (B, k): all but `drop` bits of a word; signs have their own."""
    for i in range(len(keys)):
        for j in range(out.shape[1]):
            size = np.float64((word_of(keys[i], j) >> drop) | ONE) * unit
            out[i, j] = -size if word_of(signs[i], j) >> LAST else size


def hashed(arrays: Sequence[Array], salt: bytes) -> Words:
    """64 bits for each member (B,) of float64 arrays (B, ...) and of the salt.

    Words are mixed with their position and summed, whole stacks at once. It tells members apart
    (10^6 of them are alike somewhere with a chance of 3e-8); it keeps no secret.
    """
    start = np.frombuffer(hashlib.blake2b(salt, digest_size=8).digest(), np.uint64)
    keys, place = np.repeat(start, len(arrays[0])), 0
    for array in arrays:
        words = np.ascontiguousarray(array).reshape(len(array), -1).view(np.uint64)
        places = mixed(np.arange(place + 1, place + words.shape[1] + 1, dtype=np.uint64) * GOLDEN)
        add_hashes(words, places, keys)
        place += words.shape[1]
    return mixed(keys)


@kernel
def add_hashes(words: Words, places: Words, keys: Words) -> None:
    """Add to the keys (B,) the mixtures of words (B, k) with their places (k,)."""
    for i in range(len(words)):
        total = keys[i]
        for j in range(words.shape[1]):
            total += stirred(words[i, j] + places[j])
        keys[i] = total
