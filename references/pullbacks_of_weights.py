"""What comes from above on its way back through moments by weights and by counts: balls.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), with what comes
from above of means and of variances last. Quantities are told within 1e-12 of themselves; (B,):
`top`, the largest of what is formed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.balls import finite_members
from references.magnitudes import Axis, laid_out, put_back
from references.statistics import Parts, enclosed, faint, told
from references.truth import Enclosure, Truth

Array = NDArray[np.float64]


def normalize_moments(
    counts: Array, mean_ss: Array, variance_ss: Array, shift: Array, above_mean: Array,
    above: Array, *, shifted: bool = True, level: int = 0,
) -> Truth:  # fmt: skip
    """By counts n, sums s, sums of squares q and the shift, of s/n + shift and q/n - (s/n)^2.

    With a and b from above: (2 b s^2/n - a s - b q)/n^2, (a - 2 b s/n)/n, b/n, and a where there is
    a shift. Quantities, absolute values: `mean_n`, `square_n` and `data_n`, of a s/n^2, 2 b s^2/n^3
    and b q/n^2; `mean_s` and `square_s`, of a/n and 2 b s/n^2; `size_q`; `near`, |s/n|; `inverse`,
    1/n^2; `slope`, what 1/n^2 is multiplied by; `given`, |b|.
    """
    inputs = counts, mean_ss, variance_ss, shift, above_mean, above
    finite, flat = finite_members(*inputs), [a.reshape(len(a), -1) for a in inputs]

    def compute(i: int) -> Parts:
        found: list[list[arb]] = [[], [], [], []]
        for n, s, q, _, a, b in zip(*(x[i].tolist() for x in flat), strict=True):
            one, both = arb(n), 2 * arb(b) * arb(s)  # numerators are exact, so zeros are
            found[0].append((both * s - (arb(a) * s + arb(b) * q) * n) / one**3)
            found[1].append((arb(a) * n - both) / one**2)
            found[2].append(arb(b) / one)
            found[3].append(arb(a) if shifted else arb(0))
        return found

    parts = enclosed(compute, finite & (flat[0] != 0).all(axis=1), (counts.shape[1:],) * 4, level)
    with np.errstate(all="ignore"):
        n, s, q, _, a, b = map(np.abs, inputs)
        near, inverse = s / n, 1 / n / n
        slope = a * s + 2 * b * near * s + b * q
        known = {
            "mean_n": a * s / n / n, "square_n": 2 * b * near * near / n, "data_n": b * q / n / n,
            "mean_s": a / n, "square_s": 2 * b * near / n, "size_q": b / n,
            "near": near, "inverse": inverse, "slope": slope, "given": b, "sums": s,
        }  # fmt: skip
        formed = slope, near * near, near + np.abs(shift), q / n, a + 2 * b * near
    return told(parts, known, finite, top=np.maximum.reduce(formed))


def weighted_moments(
    x: Array, frequency_weights: Array, above_mean: Array, above: Array, *, axes: Axis = -1,
    keepdims: bool = False, level: int = 0,
) -> Truth:  # fmt: skip
    """By x, w (a + 2 b (x - mean))/W, and by weights, (a (x - mean) + b ((x - mean)^2 - v))/W.

    a and b are from above of mean and variance v, W is the sum of weights; by weights all is summed
    over what they broadcast along. Quantities, absolute values: `given` and `spread`, of the terms
    by x; `slope`, 2 b w/W; `around` and `beside`, that times the weighted means of |x| and of
    |x - mean|; `total`, by weights, of a (|x| + mean of |x|)/W and b ((x - mean)^2 + v)/W; `once`
    and `twice`, by what a mean that is off by these two moves it, and by that and a rounding;
    `reach_x`, `reach_w`, what becomes of underflow; `terms`, `terms_w` and `copies`, how many are
    summed up.
    """
    rows = _Rows.of(x, frequency_weights, above_mean, above, axes)
    finite = finite_members(x, frequency_weights, above_mean, above)
    place = np.arange(frequency_weights[0].size).reshape(frequency_weights.shape[1:])
    wide = np.broadcast_to(place, x.shape)
    places = laid_out(np.ascontiguousarray(wide).astype(np.float64), axes)[0][0]

    def compute(i: int) -> Parts:
        by_x, by_w = list[arb](), [arb(0) for _ in range(place.size)]
        under = [arb(1) for _ in range(place.size)]
        for k, at in enumerate(places.astype(int).tolist()):
            xs, ws = ([arb(y) for y in a[i, k].tolist()] for a in (rows.x, rows.w))
            a, b = arb(float(rows.a[i, k, 0])), arb(float(rows.b[i, k, 0]))
            whole = sum(ws, arb(0))
            centre = sum((w * y for w, y in zip(ws, xs, strict=True)), arb(0))
            off = [whole * y - centre for y in xs]  # exact, as all numerators
            spread = sum((w * d * d for w, d in zip(ws, off, strict=True)), arb(0))
            by_x += [w * (a * whole + 2 * b * d) / whole**2 for w, d in zip(ws, off, strict=True)]
            for where, d in zip(at, off, strict=True):
                by_w[where] = by_w[where] + a * d * whole**2 + b * (whole * d * d - spread)
                under[where] = whole**4  # the same wherever a weight broadcasts to
        by_w = [y / below for y, below in zip(by_w, under, strict=True)]
        return by_x, by_w

    exists = finite & (rows.w.sum(axis=2) > 0).all(axis=1)
    shapes = (rows.x.shape[1:], frequency_weights.shape[1:])
    first, second = enclosed(compute, exists, shapes, level)
    hi, lo, radius = map(rows.back, (first.hi, first.lo, first.radius))
    first = Enclosure(hi, lo, radius, first.exponent)
    known, top = rows.known(frequency_weights.shape)
    known |= {"faint_x": faint(first), "faint_w": faint(second)}
    return told((first, second), known, finite, top=top)


@dataclass(frozen=True)
class _Rows:
    """Rows (B, k, n) of numbers and of their weights; what comes from above of each: (B, k, 1)."""

    x: Array
    w: Array
    a: Array
    b: Array
    back: Callable[[Array], Array]

    @staticmethod
    def of(x: Array, w: Array, a: Array, b: Array, axes: Axis) -> _Rows:
        rows, _, where = laid_out(x, axes)
        weights = laid_out(np.ascontiguousarray(np.broadcast_to(w, x.shape)), axes)[0]
        a, b = (y.reshape(*rows.shape[:2], 1) for y in (a, b))
        return _Rows(rows, weights, a, b, lambda side: put_back(side, x.shape, where))

    def known(self, weights: tuple[int, ...]) -> tuple[dict[str, Array], Array]:
        """The quantities, and the largest of what is formed in each row (B, k, n)."""
        with np.errstate(all="ignore"):
            x, w, a, b = np.abs(self.x), self.w, np.abs(self.a), np.abs(self.b)
            n, whole = x.shape[2], w.sum(axis=2, keepdims=True)
            size = (w * x).sum(axis=2, keepdims=True) / whole
            off = np.abs(self.x - (w * self.x).sum(axis=2, keepdims=True) / whole)
            beside = (w * off).sum(axis=2, keepdims=True) / whole
            spread = (w * off * off).sum(axis=2, keepdims=True) / whole
            far, moved = x + size, size + beside
            lost = (2 * (w + 1) * off + 1).sum(axis=2, keepdims=True)  # by what reaches the mean
            by_x = {
                "given": w * a / whole, "spread": 2 * b * w * off / whole,
                "around": 2 * b * w * size / whole, "beside": 2 * b * w * beside / whole,
                "slope": 2 * b * w / whole,
                "reach_x": w * (1 + lost / whole) + 2 * off * (w + 1) + 3,
            }  # fmt: skip
            by_w = {
                "total": (a * far + b * (off * off + spread)) / whole,
                "once": b * off * (size + moved) / whole, "twice": b * far * moved / whole,
                "reach_w": off * off + far * (1 + lost / whole) + (n + 4) * (a + b * (1 + moved))
                + 4 * (n + 2) * off * b / whole + 4,
            }  # fmt: skip
            top = np.maximum.reduce([
                (w * x).sum(axis=2, keepdims=True) + 0 * x, np.maximum(w, 1) * off * off * (1 + b),
                (w * off * off).sum(axis=2, keepdims=True) * (1 + b) + 0 * x,
                (a + 2 * b * (w * off).sum(axis=2, keepdims=True)) * (1 + far + w), a + b + 0 * x,
                by_w["total"], 2 * b * w * off + 0 * x,
            ])  # fmt: skip
        told = {name: self.back(value + 0 * x) for name, value in by_x.items()}
        told["terms"] = self.back(np.full(x.shape, float(n)))
        for name, value in by_w.items():
            told[name] = _down(self.back(value + 0 * x), weights)
        told["copies"] = _down(np.ones_like(told["terms"]), weights)
        told["terms_w"] = np.full(told["total"].shape, float(n))
        return told, top


def _down(x: Array, shape: tuple[int, ...]) -> Array:
    """Sums over the axes along which an array of this shape broadcasts."""
    axes = tuple(i for i, (n, m) in enumerate(zip(x.shape, shape, strict=True)) if n != m)
    return np.asarray(x.sum(axis=axes, keepdims=True))
