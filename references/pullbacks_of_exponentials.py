"""What the exponential of a matrix does to what comes from above: its Frechet derivative, by balls.

The derivative of a scaled matrix is a block of the exponential of [[A, W], [0, A]] (Higham 2008,
Functions of Matrices, 3.2); doubling it and the exponential side by side gives that of A (10.6).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import embedded, norms
from references.balls import (
    TARGET,
    Pieces,
    adaptive,
    engines,
    finite_members,
    matrix,
    pieces,
    power_of_two,
    store,
    unproved,
)
from references.interval import Interval
from references.squaring import THETA
from references.truth import Truth

Array = NDArray[np.float64]
NEAR = 0.25  # the norm from which on doubling starts
MOST = 48  # halvings
UP = 1 + 2.0**-20  # covers roundings of sums of a few thousand products of positive numbers
SPARE = 57.0  # log2 of the largest coefficient of a quotient, of degree 13, and of the sums
SMALLEST = 2.0**-1000  # norms below it may have lost digits
DEGREE = 28.0  # no less than the mean degree of what a quotient leaves out, 27.54 of degree 13
QUANTITIES = ("truncated", "carried", "bottom", "lost", "peak")


class Doubled(NamedTuple):
    """e^(A_k), and the derivative there towards W_k: A_k = A / 2^k, from k = 0 on."""

    powers: list[arb_mat]
    slopes: list[arb_mat]


class Sizes(NamedTuple):
    """Upper bounds for each k: 2-norms and Frobenius norms of powers, those of slopes."""

    two: list[float]
    whole: list[float]
    slope: list[float]


def expm(a: NDArray, above: NDArray, *, level: int = 0) -> Truth:
    """The derivative of e^A at A^H towards above = W: (B, n, n), real or complex.

    Quantities, each a number that is large enough, of what is embedded, relative to the Frobenius
    norm of the answer and in eps (docs/bounds.md): truncated, of what a quotient leaves out;
    carried, of what squarings make of roundings; bottom, of those of the quotient; lost, of tiny
    in eps; norm_a, the 1-norm, and peak, more than any entry on the way.
    """
    wide = np.iscomplexobj(a)
    real_a, real_w = (embedded.matrix(x) if wide else x for x in (a, above))
    finite = finite_members(a, above)
    part = unproved(*real_a.shape)
    numbers = np.full((len(QUANTITIES), len(a)), np.inf)
    for i in np.flatnonzero(finite).tolist():
        turned = np.ascontiguousarray(real_a[i].T)
        halvings = max(_halvings(_crude(turned), NEAR), _steps(turned) + 1)
        if halvings > MOST:
            continue
        bits = TARGET[level] + 64 + 8 * halvings
        compute = partial(_member, turned, real_w[i], halvings)
        found = adaptive(compute, bits, lambda x: x[0].tight(level))
        if found is not None:
            store(part, i, found[0])
            numbers[:, i] = _numbers(turned, real_w[i], found[1], found[2])
    told = {
        name: norms.known(Interval.exact(row), np.isfinite(row))
        for name, row in zip(QUANTITIES, numbers, strict=True)
    }
    columns = np.abs(real_a).sum(axis=1).max(axis=1)
    told["norm_a"] = norms.known(Interval(columns * (1 - 2.0**-40), columns * UP), finite)
    return Truth(
        (embedded.left_half(part) if wide else part,),
        told,
        finite,
        engines(part, finite, finite),
    )


def _member(a: Array, w: Array, halvings: int) -> tuple[Pieces, Sizes, float]:
    """The answer, norms of what leads to it, and its Frobenius norm."""
    found = _doubled(matrix(a), matrix(w), halvings)
    powers, slopes = ([_floats(x) for x in side] for side in found)
    sizes = Sizes(
        [_two(x) for x in powers], [_whole(x) for x in powers], [_whole(x) for x in slopes]
    )
    return pieces(found.slopes[0]), sizes, sizes.slope[0] / UP**2


def _doubled(a: arb_mat, w: arb_mat, halvings: int) -> Doubled:
    n, unit = a.nrows(), power_of_two(-halvings)
    rows, beside = (a * unit).tolist(), (w * unit).tolist()
    block = [row + more for row, more in zip(rows, beside, strict=True)]
    block += [[arb(0)] * n + row for row in rows]
    whole = arb_mat(block).exp().tolist()
    power, slope = (arb_mat([row[cut : cut + n] for row in whole[:n]]) for cut in (0, n))
    powers, slopes = [power], [slope]
    for _ in range(halvings):
        slope = power * slope + slope * power
        power = power * power
        powers.insert(0, power)
        slopes.insert(0, slope)
    return Doubled(powers, slopes)


def _numbers(a: Array, w: Array, sizes: Sizes, answer: float) -> list[float]:
    """The quantities of one member; the larger of what either count of squarings gives.

    A routine that takes larger norms before it squares does so once less.
    """
    most = _steps(a)
    ways = [_of_steps(a, w, sizes, steps) for steps in {most, max(most - 1, 0)}]
    with np.errstate(all="ignore"):
        relative = np.max(ways, axis=0) * UP
        relative[:4] /= answer
    known = np.isfinite(relative).all() and SMALLEST < answer < np.inf
    return relative.tolist() if known else [np.inf] * len(relative)


def _of_steps(a: Array, w: Array, sizes: Sizes, steps: int) -> Array:
    """truncated, carried, bottom, lost and peak, for so many squarings of B = A / 2^steps.

    docs/bounds.md has each line.
    """
    n, root = len(a), float(np.sqrt(len(a)))
    two, whole, _ = sizes
    b = np.ldexp(_two(np.abs(a)), -steps)  # of |B|
    grown = np.exp(b / 2)
    near = two[steps + 1]  # || e^(B/2) ||
    humps, joint = _humps(w, sizes)
    one, norm = (float(np.abs(x).sum(axis=1).max()) for x in (w, a))  # 1-norms of W^T and A
    truncated = root * (DEGREE / 2 * one * humps[0] + norm * joint)
    spread = root + _whole(a) * np.ldexp(1.0, -steps - 1) * grown  # of e^(|B|/2)
    off, off_lost = [0.0] * (steps + 1), [0.0] * (steps + 1)
    off[steps] = 3 * (root + 1) * near * spread * (1 + two[steps])
    off_lost[steps] = n**2 * (1 + two[steps]) * (1 + near)
    for k in range(steps, 0, -1):
        off[k - 1] = 2 * two[k] * off[k] + root / 2 * whole[k] ** 2
        off_lost[k - 1] = 2 * two[k] * off_lost[k] + n**2
    length, error, lost, peak = _whole(w), 0.0, 0.0, _whole(w)
    for k in range(1, steps + 1):
        longer = 2 * two[k] * length
        lost = 2 * two[k] * lost + 2 * off_lost[k] * length + 2 * n**2
        error = 2 * two[k] * error + (2 * off[k] + root * whole[k]) * length + longer / 2
        length = longer
        peak = max(peak, length, whole[k] ** 2)
    y = near * length
    z = (1 + two[steps]) * y
    of_y = 3 * (root + 1) * near * spread * y
    of_z = (1 + two[steps]) * of_y + y * off[steps] + root / 2 * y * whole[steps] + z / 2
    bottom = grown * (of_z / 2 + z * (root * b / 8 + 2.5))
    least = 2.0**SPARE * n**2 * grown * ((1 + two[steps]) * (1 + near)) ** 2 * (1 + length)
    peak = max(peak, 2.0**SPARE * (grown + z), whole[0])
    scale = 2.0**-steps
    return np.array(
        [
            truncated,
            scale * humps[steps] * error,
            scale * bottom,
            scale * (humps[steps] * lost + least),
            peak,
        ]
    )


def _humps(w: Array, sizes: Sizes) -> tuple[list[float], float]:
    """max ||e^(tA_k)|| ||e^((1-t)A_k)|| for t in [0, 1] and each k; and joint.

    Which is, for k = 0, the same with the derivative of the second factor towards (1 - t) W.
    """
    two, _, slope = sizes
    last = len(two) - 1
    humps = [0.0] * last + [float(np.exp(NEAR))]
    joint = humps[last] * np.ldexp(_whole(w), -last)
    for k in range(last, 0, -1):
        joint = two[k] * joint + slope[k] * humps[k]
        humps[k - 1] = humps[k] * two[k]
    return humps, joint


def _steps(turned: Array) -> int:
    """How often a routine squares: until the 1-norm is below THETA."""
    return _halvings(float(np.abs(turned).sum(axis=1).max()), THETA)


def _halvings(size: float, goal: float) -> int:
    """The least k for which size 2^-k is at most `goal`, zero at least."""
    fraction, power = np.frexp(size * UP / goal)
    return max(0, int(power) - (1 if fraction == 0.5 else 0))


def _crude(a: Array) -> float:
    """An upper bound of the 2-norm."""
    sizes = np.abs(a)
    return float(np.sqrt(sizes.sum(axis=0).max()) * np.sqrt(sizes.sum(axis=1).max())) * UP


def _whole(a: Array) -> float:
    """An upper bound of the Frobenius norm."""
    top = float(np.abs(a).max(initial=0.0))
    return 0.0 if top == 0 else float(np.sqrt(((a / top) ** 2).sum())) * top * UP


def _two(a: Array) -> float:
    """An upper bound of the 2-norm: the eighth root of || (A^T A)^4 ||_F, and the crude one."""
    top = float(np.abs(a).max(initial=0.0))
    if top == 0 or not np.isfinite(top):
        return top
    power = (a / top).T @ (a / top)
    for _ in range(2):
        power = power @ power
    return min(float(_whole(power) ** 0.125) * top * UP, _crude(a))


def _floats(a: arb_mat) -> Array:
    entries = [float(entry) for entry in a.entries()]
    return np.array(entries).reshape(a.nrows(), a.ncols())
