"""Iterations in exact arithmetic, and how far roundings can carry a computed one away.

Truths are iterates in balls, hundreds of bits for a few steps. Beside them stands what a dtype
allows: e_j bounds the distance of the computed iterate from the exact one, and with rho the factor
by which a step shortens (or stretches) any error,

    e_0 = 0,    e_j+1 (1 - u) <= rho e_j + what step j rounds and underflows,

step by step, at the exact iterates and e_j away from them. docs/bounds.md derives the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms
from references.balls import (
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    store,
    unproved,
)
from references.doubledouble import shift
from references.interval import Interval, maximum
from references.interval_norms import column_norm
from references.linear import solve
from references.nodes import FORMATS
from references.spectral import eigvalsh
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
BITS = (512, 1024, 2048)  # by level
SLACK = 2.0**-30  # for sums of a few hundred float64 numbers that are not negative
FINEST = 2.0**-52
CACHED = 8  # stacks


class Stack(NamedTuple):
    """Inputs as a key of caches: their bytes stand for them, while the dtypes take their turns."""

    contents: tuple[bytes, ...]
    shapes: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(*arrays: Array) -> Stack:
        """The key of some arrays."""
        kept = [np.ascontiguousarray(array, np.float64) for array in arrays]
        return Stack(tuple(k.tobytes() for k in kept), tuple(k.shape for k in kept))

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays, read-only."""
        pairs = zip(self.contents, self.shapes, strict=True)
        return tuple(np.frombuffer(content).reshape(shape) for content, shape in pairs)


class Path(NamedTuple):
    """The last iterate, and the Euclidean length of every one (B, steps + 1), rounded up."""

    last: Enclosure
    lengths: Array


def descent(
    a: Array, b: Array, x: Array, rate: Array, *, steps: int, eps: float = FINEST, level: int = 0
) -> Truth:
    """x after so many steps x - rate (A x - b): a (B, n, n) symmetric, b and x (B, n, 1).

    rate (B, 1, 1). Quantities: largest (B,), the greatest length of an iterate; running (B,), the
    distance that a dtype of this `eps` allows, in eps of `largest`; kappa, the ratio of the
    extreme eigenvalues, and miss, by how much rate times the largest is off 2/(1 + 1/kappa), both
    infinite unless A is positive definite; minimiser (B, n, 1), the solution of A x = b, and
    start (B,), the distance of x from it.
    """
    finite = finite_members(a, b, x, rate)
    path, ends, target = _descended(Stack.of(a, b, x, rate), steps, level)
    low, high = ends
    length = Interval.exact(rate[:, 0, 0])
    rho = maximum(_size(1.0 - length * low), _size(1.0 - length * high)).upper
    running = _running_descent(a, b, rate[:, 0, 0], path.lengths, rho, eps)
    definite = (low.lower > 0) & target.exists
    answer = target.parts[0]
    minimiser = _value(answer)
    start = column_norm(minimiser - Interval.exact(x))[:, 0]
    miss = _size(length * high - 2.0 * high / (low + high))
    quantities = {
        "largest": Interval.exact(path.lengths.max(axis=1)),
        "running": Interval.exact(running),
        "kappa": norms.infinite(high / low, ~definite),
        "miss": norms.infinite(miss, ~definite),
        "minimiser": minimiser,
        "start": start,
    }
    return Truth((path.last,), quantities, finite, engines(path.last, finite, finite))


def newton(a: Array, b: Array, x: Array, *, level: int = 0) -> Truth:
    """The x with A x = b, which one step from anywhere reaches: see references/linear.py.

    One quantity more: reach (B,), the largest entry of x and of the solution together.
    """
    truth = solve(a, b, level=level)
    far = np.abs(x).max(axis=(1, 2))
    reach = Interval.exact(far) + truth.quantities["norm_x"]
    return Truth(truth.parts, {**truth.quantities, "reach": reach}, truth.exists, truth.engine)


def bowl(
    x: Array, y: Array, rate: Array, *, steps: int, eps: float = FINEST, level: int = 0
) -> Truth:
    """x after so many steps x - rate (2 x + y cos x + sin y): all are (B, n).

    Quantities: running (B, n), the distance that a dtype of this `eps` allows, in eps, provided
    that sin and cos are within 2 eps (references/primitives.py).
    """
    finite = finite_members(x, y, rate)
    last, lengths = _bowls(Stack.of(x, y, rate), steps, level)
    running = {"running": Interval.exact(_running_bowl(y, rate, lengths, eps))}
    return Truth((last,), running, finite, engines(last, finite, finite))


@lru_cache(maxsize=CACHED)
def _descended(
    stack: Stack, steps: int, level: int
) -> tuple[Path, tuple[Interval, Interval], Truth]:
    """The path of a stack, the extreme eigenvalues of A, and the solution of A x = b."""
    a, b, x, rate = stack.arrays
    finite = finite_members(a, b, x, rate)
    path = _path(lambda i: _quadratic_step(a[i], b[i], rate[i, 0, 0]), x, steps, level, finite)
    return path, extremes(a), solve(a, b)


@lru_cache(maxsize=CACHED)
def _bowls(stack: Stack, steps: int, level: int) -> Path:
    """The path of a stack, the sizes of all iterates (steps + 1, B, n)."""
    x, y, rate = stack.arrays
    last, lengths = unproved(*x.shape), np.full((steps + 1, *x.shape), np.inf)
    for i in np.flatnonzero(finite_members(x, y, rate)):
        compute = partial(_bowl_path, x[i], y[i], rate[i], steps)
        found = adaptive(compute, BITS[level], _proved)
        if found is not None:
            hi, lo, radius, exponent = found[0]
            store(last, i, Pieces(hi[0], lo[0], radius[0], exponent))
            lengths[:, i] = found[1]
    return Path(last, lengths)


def _path(
    step_of: Callable[[int], Callable[[arb_mat], arb_mat]],
    x: Array,
    steps: int,
    level: int,
    finite: NDArray[np.bool_],
) -> Path:
    last, lengths = unproved(*x.shape), np.full((len(x), steps + 1), np.inf)
    for i in np.flatnonzero(finite):
        compute = partial(_walked, step_of(int(i)), x[i], steps)
        found = adaptive(compute, BITS[level], _proved)
        if found is not None:
            store(last, i, found[0])
            lengths[i] = found[1]
    return Path(last, lengths)


def _walked(
    step: Callable[[arb_mat], arb_mat], start: Array, steps: int
) -> tuple[Pieces, list[float]]:
    """The last iterate, and the lengths of all."""
    point = matrix(start)
    sizes = [_length(point)]
    for _ in range(steps):
        point = step(point)
        sizes.append(_length(point))
    return pieces(point), sizes


def _proved(found: tuple[Pieces, object]) -> bool:
    return found[0].tight(0)


def _quadratic_step(a: Array, b: Array, rate: float) -> Callable[[arb_mat], arb_mat]:
    left, right, length = matrix(a), matrix(b), arb(rate)
    return lambda x: x - (left * x - right) * length


def _length(x: arb_mat) -> float:
    return float(sum(entry * entry for entry in x.entries())) ** 0.5 * (1 + SLACK)


def _bowl_path(
    x: Array, y: Array, rate: Array, steps: int
) -> tuple[Pieces, list[list[float]]]:  # fmt: skip
    points, held, rates = (list(map(arb, each.tolist())) for each in (x, y, rate))
    sizes = []
    for _ in range(steps):
        sizes.append([abs(float(p)) * (1 + SLACK) for p in points])
        points = [
            p - r * (2 * p + h * p.cos() + h.sin())
            for p, h, r in zip(points, held, rates, strict=True)
        ]
    sizes.append([abs(float(p)) * (1 + SLACK) for p in points])
    return pieces(arb_mat(1, len(points), points)), sizes


def _running_descent(
    a: Array, b: Array, rate: Array, lengths: Array, rho: Array, eps: float
) -> Array:
    """e_steps over the largest iterate, in eps: (B,)."""
    n, u, tiny = a.shape[1], eps / 2, FORMATS[eps].tiny
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.sqrt((a * a).sum(axis=(1, 2)))  # of |A| in the 2-norm, at most
        side = np.sqrt((b * b).sum(axis=(1, 2)))
        step, gamma = np.abs(rate), (n + 3) * u / (1 - (n + 3) * u)
        lost = np.sqrt(n) * tiny * (step * (2 * n + 5) + 2)
        off = np.zeros(len(a))
        for j in range(lengths.shape[1] - 1):
            pulled = step * gamma * (size * (lengths[:, j] + off) + side)
            off = (rho * off + pulled + u * lengths[:, j + 1] + lost) / (1 - u) * (1 + SLACK)
        largest = lengths.max(axis=1)
        return np.where(np.isfinite(off), off / (largest * eps), np.inf)


def _running_bowl(y: Array, rate: Array, lengths: Array, eps: float) -> Array:
    """e_steps in eps: (B, n)."""
    u, tiny = eps / 2, FORMATS[eps].tiny
    held, step = np.abs(y), np.abs(rate)
    rho = np.maximum(np.abs(1 - rate * (2 - held)), np.abs(1 - rate * (2 + held)))
    off = np.zeros(y.shape)
    for j in range(len(lengths) - 1):
        wide = lengths[j] + off
        gradient = eps * (1 + 16 * eps) * (8 * wide + 8 * held) + 8 * tiny
        off = rho * off + step * gradient + u * lengths[j + 1] + 2 * tiny
        off = off / (1 - u) * (1 + SLACK)
    return np.where(np.isfinite(off), off / eps, np.inf)


def extremes(a: Array) -> tuple[Interval, Interval]:
    """The smallest and the largest eigenvalue of symmetric matrices: (B,) each."""
    values = _value(eigvalsh(a).parts[0])
    return values[:, 0], values[:, -1]


def _value(part: Enclosure) -> Interval:
    """The exact array with its power of two."""
    whole = Interval.exact(part.hi) + Interval.exact(part.lo) + Interval(-part.radius, part.radius)
    return Interval(shift(whole.lower, part.exponent), shift(whole.upper, part.exponent)) + 0.0


def _size(x: Interval) -> Interval:
    return Interval(np.maximum(np.maximum(x.lower, -x.upper), 0.0), np.maximum(-x.lower, x.upper))
