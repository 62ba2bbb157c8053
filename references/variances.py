"""Exact variances, standard deviations and moments along axes: balls, entry by entry.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), real or complex;
axes count the stack as 0, or from the end. A variance is the mean of |x - mean|^2, over n. It
comes from sums of (n x - sum)^2, in which nothing cancels once the sum is exact; of long rows from
references/long_rows.py. Quantities:
`terms` and `size`, the mean of the absolute values, entry by entry; `variance` and `deviation`,
entry by entry; (B,) are `top`, the largest sum of absolute values, `high`, that of squares, and
`logarithm`, the largest |log| of a deviation.
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from references import norms, sums
from references.balls import (
    TARGET,
    TIGHT,
    Pieces,
    adaptive,
    engines,
    finite_members,
    pieces,
    store,
    unproved,
)
from references.interval import Interval, largest
from references.long_rows import LONG, variance
from references.magnitudes import Axis, laid_out, logarithm
from references.truth import Enclosure, Truth


def reduce_variance(
    input_tensor: NDArray, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Variances over one axis or several."""
    truth, spread, _ = _spread(input_tensor, axis, keepdims, level)
    return _of(truth, (spread,))


def reduce_std(
    input_tensor: NDArray, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """Their square roots."""
    truth, _, deviation = _spread(input_tensor, axis, keepdims, level)
    return _of(truth, (deviation,))


def moments(x: NDArray, *, axes: Axis = -1, keepdims: bool = False, level: int = 0) -> Truth:
    """Means, and variances, which are complex of complex numbers, as TensorFlow's."""
    truth, spread, _ = _spread(x, axes, keepdims, level)
    if np.iscomplexobj(x):
        sides = spread.hi + 0j, spread.lo + 0j
        spread = Enclosure(*sides, spread.radius, spread.exponent)
    return _of(truth, (*truth.parts, spread))


def _of(truth: Truth, parts: tuple[Enclosure, ...]) -> Truth:
    words = engines(parts[-1], truth.exists | True, truth.exists)
    return Truth(parts, truth.quantities, truth.exists, words)


def _spread(
    tensor: NDArray, axis: Axis, keepdims: bool, level: int
) -> tuple[Truth, Enclosure, Enclosure]:
    """The truth of the means with all quantities, variances and deviations."""
    means = sums.reduce_mean(tensor, axis=axis, keepdims=keepdims, level=level)
    rows = laid_out(tensor, axis)[0]
    finite = finite_members(tensor)
    shape = means.parts[0].hi.shape
    parts, long = (unproved(*rows.shape[:2]), unproved(*rows.shape[:2])), rows.shape[2] > LONG
    for i in map(int, np.flatnonzero(finite)):

        def compute(i: int = i) -> tuple[Pieces, Pieces]:
            found = [variance(row) if long else _variance(row) for row in rows[i]]
            roots = [x.sqrt() for x in found]
            return pieces(arb_mat(1, len(found), found)), pieces(arb_mat(1, len(found), roots))

        answer = adaptive(compute, TARGET[level] + 128, lambda both: long or all(map(_sharp, both)))
        if answer is not None:
            store(parts[0], i, answer[0])
            store(parts[1], i, answer[1])
    spread, deviation = (
        Enclosure(
            part.hi.reshape(shape), part.lo.reshape(shape), part.radius.reshape(shape),
            part.exponent,
        )
        for part in parts
    )  # fmt: skip
    size = means.quantities["size"]
    count = float(rows.shape[2])
    sizes = {"variance": _known(spread, finite), "deviation": _known(deviation, finite)}
    quantities = {
        **means.quantities,
        **sizes,
        "top": norms.known(largest(size * count), finite),
        "high": norms.known(largest(sizes["variance"] * count), finite),
        "logarithm": norms.known(logarithm(deviation), finite),
    }
    return Truth(means.parts, quantities, finite, means.engine), spread, deviation


def _variance(row: NDArray) -> arb:
    """Of exact numbers (n,), by parts if they are complex."""
    sides = (row.real, row.imag) if np.iscomplexobj(row) else (row,)
    n, total = len(row), arb(0)
    for side in sides:
        numbers = [arb(x) for x in side.tolist()]
        whole = sum(numbers, arb(0))
        total += sum(((n * x - whole) ** 2 for x in numbers), arb(0))
    return total / n**3


def _sharp(found: Pieces) -> bool:
    """Whether every entry is known to the digits of the highest level, small ones included."""
    return bool(np.all(found.radius <= TIGHT[-1] * np.abs(found.hi) + 2.0**-1060))


def _known(part: Enclosure, finite: NDArray[np.bool_]) -> Interval:
    """Numbers that are not negative, as intervals; from zero to infinity where nothing is known."""
    wide = np.abs(part.lo) + part.radius
    exact = wide == 0
    plain = Interval.around(part.hi, wide)
    near = Interval(
        np.where(exact, part.hi, np.maximum(plain.lower, 0.0)),
        np.where(exact, part.hi, plain.upper),
    )
    rows = finite.reshape(-1, *(1,) * (part.hi.ndim - 1))
    return norms.known(norms.scaled(near, part.exponent), rows)
