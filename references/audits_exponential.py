"""The audit of a matrix exponential: Taylor's sum and squarings, in fixed point.

mpmath sums its own exponential of a number so. Its exponential of a matrix works entry by entry in
floating point, six seconds for 32 rows, and a campaign waits for its audits.
"""

from __future__ import annotations

from functools import partial
from math import ceil, log2
from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from mpmath.libmp import to_fixed
from numpy.typing import NDArray

from references.audits import DIGITS, Array, Audited, twice

Fixed = NDArray[np.object_]  # whole numbers, in units of 2^-bits
GUARD = 64  # bits for the roundings of a few dozen products
SPARE = 20  # digits that most exponentials do not lose
SHORT = 8  # log2 of how far below 1 the norm is halved: then thirty terms give a hundred digits


def expm(a: Array) -> tuple[Audited, ...]:
    """e^A of one matrix, real or complex, to DIGITS of its largest entry.

    What squarings lose is at most 0.87 digits for each unit of the norm, for they amplify errors
    by e^(2 norm) at most, but mostly a small part of that: digits are added until both precisions
    agree, and no more than are known to suffice.
    """
    embedded = np.block([[a.real, -a.imag], [a.imag, a.real]]) if np.iscomplexobj(a) else a
    norm = float(np.abs(embedded).sum(axis=0).max())
    spare, enough = SPARE, SPARE + int(norm)
    while True:
        parts = twice(partial(_with_spare, embedded, len(a), norm, min(spare, enough)), a)
        if spare >= enough or _agree(*parts):
            return parts
        spare *= 4


def _with_spare(a: Array, n: int, norm: float, spare: int) -> list[Any]:
    with mpmath.workdps(mp.dps + spare):
        total, bits = _exponential(a, norm)
        return [_folded(total, bits, n)]


def _agree(part: Audited) -> bool:
    """Whether the lower precision has all of its digits."""
    with mpmath.workdps(DIGITS[1]):
        gap = np.abs(part.fine - part.coarse).max()
        return bool(gap <= np.abs(part.fine).max() * mpmath.mpf(10) ** -DIGITS[0])


def _exponential(a: Array, norm: float) -> tuple[Fixed, int]:
    """(sum of (A/2^s)^k/k!)^(2^s) in fixed point, and how many bits that has."""
    halvings = max(0, ceil(log2(norm)) + SHORT) if norm else 0
    bits = mp.prec + GUARD + 2 * halvings
    fixed = [to_fixed(mpmath.mpf(x)._mpf_, bits - halvings) for x in a.ravel().tolist()]
    x = np.array(fixed, object).reshape(a.shape)
    term = np.eye(len(a), dtype=int).astype(object) * (1 << bits)
    total, k = term, 0
    while (abs(term) > 1).any():  # what is rounded down ends at -1
        k += 1
        term = (term.dot(x) >> bits) // k
        total = total + term
    for _ in range(halvings):
        total = total.dot(total) >> bits
    return total, bits


def _folded(total: Fixed, bits: int, n: int) -> Any:
    """The matrix of n rows, complex where twice as many are given."""
    numbers = [[mpmath.ldexp(entry, -bits) for entry in row] for row in total[:, :n].tolist()]
    if len(numbers) == n:
        return mpmath.matrix(numbers)
    pairs = zip(numbers[:n], numbers[n:], strict=True)
    return mpmath.matrix(
        [[mpmath.mpc(*both) for both in zip(*pair, strict=True)] for pair in pairs]
    )
