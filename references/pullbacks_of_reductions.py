"""What comes from above on its way back through variances, lengths and largest entries.

Arrays, keyword arguments and what comes from above, of the shape of the answer, are those of
TensorFlow's calls on stacks (B, ...). Quantities are of the shape of the array unless told
otherwise: `terms`, how many entries an answer is of; `size`, the absolute values of the gradient;
`given`, those of what comes from above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import norms
from references.balls import engines, finite_members
from references.combinations import enclosed, near
from references.complex_parts import apart, axes_of, together
from references.interval import Interval
from references.magnitudes import Axis, laid_out, logarithm, put_back
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Pull = Callable[[list[float], float], list[arb]]


def reduce_variance(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """2 w (x - mean)/n.

    Quantities: `around`, the mean of the absolute values of a row, `slope`, 2 |w|/n, `carried`, the
    one times the other, and `reach`, 1 + |x| + `around` + |w|; (B,): `top`, the largest sum of
    absolute values, and `high`, that times what comes from above.
    """

    def pull(row: list[float], w: float) -> list[arb]:
        return [x * (2 * arb(w) / len(row) ** 2) for x in _centred(row)]

    rows = Rows.of(input_tensor, above, axis)
    around = _around(rows)
    with np.errstate(all="ignore"):
        told = {
            "around": around,
            "slope": 2 * np.abs(rows.above) / rows.terms + 0 * around,
            "carried": around * np.abs(rows.above) * 2 / rows.terms,
            "reach": 1 + np.abs(rows.values) + around + np.abs(rows.above),
        }
    return rows.truth(pull, told, level, rows.finite)


def reduce_std(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """w (x - mean)/(n deviation); none where a row has no deviation.

    Quantities as for the variance, `slope` being |w|/(n deviation), and `deviation`; (B,):
    `logarithm`, the largest |log deviation|, and `apart`, the largest |log(deviation/w)| of a w
    that is not zero.
    """

    def pull(row: list[float], w: float) -> list[arb]:
        steps = _centred(row)
        return [x * (arb(w) / len(row)) / _length(steps) * arb(len(row)).sqrt() for x in steps]

    rows = Rows.of(input_tensor, above, axis)
    exists = rows.some(lambda row: (row != row[0]).any())

    def length(row: list[float]) -> arb:
        return _length(_centred(row)) / arb(len(row) ** 3).sqrt()

    size = rows.enclosed(lambda row, w: [length(row)], level, exists, 1)
    deviation, around = norms.scaled(norms.absolute(size), size.exponent), _around(rows)
    spread = Interval(*(side + np.zeros(around.shape) for side in (
        deviation.lower, deviation.upper)))  # fmt: skip
    truth = rows.truth(pull, {"around": around}, level, exists)
    given = near(np.abs(rows.above) / rows.terms + 0 * around)
    told = {
        "slope": rows.interval(norms.over(given, spread)),
        "carried": rows.interval(given * norms.over(near(around), spread)),
        "deviation": rows.interval(spread),
        **rows.logarithms(size, exists),
    }
    return Truth(truth.parts, {**truth.quantities, **told}, truth.exists, truth.engine)


def reduce_euclidean_norm(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """w x/||x||; none where a norm is zero.

    Quantities, (B,): `logarithm`, the largest |log ||x|||, and `apart`, the largest
    |log(||x||/w)| of a w that is not zero. Of complex numbers: Re w, for a norm is real; `terms`
    counts them.
    """
    if np.iscomplexobj(input_tensor):
        axes = (*axes_of(axis, input_tensor.ndim), input_tensor.ndim)
        real = np.where(np.isfinite(above), above, np.nan).real
        truth = reduce_euclidean_norm(apart(input_tensor), real, axis=axes, level=level)
        truth = together(truth, lambda name: name == "size")
        terms = Interval.exact(truth.quantities["terms"].upper.round() / 2)
        return replace(truth, quantities={**truth.quantities, "terms": terms})
    rows = Rows.of(input_tensor, above, axis)
    exists = rows.some(lambda row: (row != 0).any())

    def length(row: list[float]) -> arb:
        return _length([arb(x) for x in row])

    size = rows.enclosed(lambda row, w: [length(row)], level, exists, 1)
    truth = rows.truth(lambda row, w: [x * arb(w) / length(row) for x in row], {}, level, exists)
    told = rows.logarithms(size, exists)
    return Truth(truth.parts, {**truth.quantities, **told}, truth.exists, truth.engine)


def reduce_max(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """w over how many entries are the largest, for each of these; zero for the others.

    `shared`: what is due to the largest of a row that has several, 0 for the others.
    """
    return _ends(input_tensor, above, axis, level, largest=True)


def reduce_min(
    input_tensor: Array, above: Array, *, axis: Axis = -1, keepdims: bool = False, level: int = 0
) -> Truth:
    """The same of the smallest entries."""
    return _ends(input_tensor, above, axis, level, largest=False)


def _ends(x: Array, above: Array, axis: Axis, level: int, *, largest: bool) -> Truth:
    rows = Rows.of(x, above, axis)
    of = np.max if largest else np.min
    chosen = rows.values == of(rows.values, axis=2, keepdims=True)
    count = chosen.sum(axis=2, keepdims=True)

    def pull(row: list[float], w: float) -> list[arb]:
        end = max(row) if largest else min(row)
        return [arb(w) * (y == end) / row.count(end) for y in row]

    shared = np.where(chosen & (count > 1), np.abs(rows.above) / np.maximum(count, 1), 0.0)
    return rows.truth(pull, {"shared": shared}, level, rows.finite)


@dataclass(frozen=True)
class Rows:
    """Rows (B, k, n) of arrays, and what comes from above of each: (B, k, 1)."""

    values: Array
    above: Array
    finite: Flags
    back: Callable[[Array], Array]

    @staticmethod
    def of(x: Array, above: Array, axis: Axis) -> Rows:
        """The rows of x (B, ...) along axes."""
        rows, _, where = laid_out(x, axis)
        given = above.reshape(*rows.shape[:2], 1)
        back = partial(put_back, shape=x.shape, where=where)
        return Rows(rows, given, finite_members(x, above), back)

    @property
    def terms(self) -> int:
        """How many entries a row has."""
        return self.values.shape[2]

    def some(self, test: Callable[[Array], bool]) -> Flags:
        """Finite members all of whose rows pass."""
        return self.finite & [all(map(test, rows)) for rows in self.values]

    def enclosed(self, pull: Pull, level: int, exists: Flags, count: int) -> Enclosure:
        """What is made of each row of the members that exist: (B, k, count)."""
        known = np.where(exists[:, None, None], self.values, np.nan)

        def compute(i: int) -> list[arb]:
            pairs = zip(self.values[i].tolist(), self.above[i, :, 0].tolist(), strict=True)
            return [y for row, w in pairs for y in pull(row, w)]

        return enclosed(compute, known, (self.values.shape[1], count), level)[0]

    def truth(self, pull: Pull, known: Mapping[str, Array], level: int, exists: Flags) -> Truth:
        """The truth of a pullback that gives n numbers of each row, and what is known besides."""
        part = self.enclosed(pull, level, exists, self.terms)
        size = norms.scaled(norms.absolute(part), part.exponent)
        told = {"terms": np.full(self.values.shape, float(self.terms)),
                "given": np.abs(self.above) + np.zeros(self.values.shape)}  # fmt: skip
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.abs(self.values).sum(axis=2)
            high = total * np.abs(self.above[:, :, 0])
        whole = {"top": near(total.max(axis=1)), "high": near(high.max(axis=1))}
        quantities = {name: self.interval(near(x)) for name, x in {**told, **known}.items()}
        quantities |= {name: norms.known(x, self.finite) for name, x in whole.items()}
        quantities["size"] = self.interval(norms.known(size, exists[:, None, None]))
        hi, lo, radius = (self.back(side) for side in (part.hi, part.lo, part.radius))
        words = engines(part, ~self.finite | exists, self.finite)
        return Truth((Enclosure(hi, lo, radius, part.exponent),), quantities, exists, words)

    def logarithms(self, size: Enclosure, exists: Flags) -> dict[str, Interval]:
        """The largest |log| of the sizes of rows (B, k, 1), and of what they are of w."""
        where = (size.hi > 0) & (self.above != 0)
        own = np.log(np.where(where, size.hi, 1.0)) + size.exponent[:, None, None] * np.log(2.0)
        far = np.abs(own - np.log(np.where(where, np.abs(self.above), 1.0)))
        apart = np.where(where, far, 0.0).max(axis=(1, 2))
        told = {"logarithm": logarithm(size), "apart": Interval(0.999 * apart, 1.001 * apart)}
        return {name: norms.known(x, exists) for name, x in told.items()}

    def interval(self, x: Interval) -> Interval:
        """An interval in the places of the array."""
        return Interval(self.back(x.lower), self.back(x.upper))


def _centred(row: list[float]) -> list[arb]:
    """n (x - mean), in which nothing cancels once the sum is exact."""
    numbers = [arb(x) for x in row]
    total = sum(numbers, arb(0))
    return [len(row) * x - total for x in numbers]


def _length(row: list[arb]) -> arb:
    return sum((x * x for x in row), arb(0)).sqrt()


def _around(rows: Rows) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        mean: Array = np.abs(rows.values).sum(axis=2, keepdims=True) / rows.terms
    return mean + np.zeros(rows.values.shape)
