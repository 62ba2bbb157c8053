"""What comes from above on its way back through normalised batches and moments: balls.

Arrays and keyword arguments are those of TensorFlow's calls on stacks (B, ...), with what comes
from above last, one array for each of the answer. Quantities are told within 1e-12 of themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references import norms
from references.balls import finite_members
from references.combinations import near
from references.complex_parts import apart, axes_of, together
from references.interval import Interval
from references.magnitudes import Axis
from references.pullbacks_of_reductions import reduce_variance
from references.statistics import Parts, enclosed, faint, told
from references.truth import Truth

Array = NDArray[np.float64]
Number = Callable[..., arb]


def batch_normalization(
    x: Array, mean: Array, variance: Array, offset: Array, scale: Array, above: Array, *,
    variance_epsilon: float, level: int = 0,
) -> Truth:  # fmt: skip
    """By x, mean, |variance|, offset and scale; each summed over what its array broadcasts along.

    With r = 1/sqrt(|variance| + epsilon): w s r, -w s r, -w (x - mean) s r^3/2, w, w (x - mean) r.
    Quantities: `size_x`, `size_m`, `size_v`, `size_b` and `size_s`, sums of absolute values of
    those, of x and the mean apart; `terms_x` ... how many are summed; `reach_x` ..., what becomes
    of underflow; (B,): `top`, the largest of what is formed.
    """
    inputs = x, mean, variance, offset, scale
    finite = finite_members(*inputs, above)
    wide = [np.broadcast_to(a, above.shape) for a in (*inputs, above)]
    flat = [a.reshape(len(a), -1) for a in wide]

    def compute(i: int) -> Parts:
        rows = zip(*(a[i].tolist() for a in flat), strict=True)
        terms = list(zip(*(_terms(row, variance_epsilon) for row in rows), strict=True))
        return [_folded(part, above.shape[1:], a.shape[1:])
                for part, a in zip(terms, inputs, strict=True)]  # fmt: skip

    parts = enclosed(compute, finite, [a.shape[1:] for a in inputs], level)
    known = _sizes(wide, inputs, variance_epsilon)
    top = known.pop("top")
    return told(parts, known, finite, top=top)


def _terms(row: Sequence[float], epsilon: float) -> tuple[arb, ...]:
    """Of one entry of the data and all that aligns with it, what each array gets."""
    x, mean, variance, _, scale, w = row
    root = 1 / (abs(arb(variance)) + arb(epsilon)).sqrt()
    slope = arb(w) * arb(scale) * root
    off = arb(x) - arb(mean)
    return slope, -slope, -slope * off * root * root / 2, arb(w), arb(w) * off * root


def _folded(terms: Sequence[arb], wide: tuple[int, ...], shape: tuple[int, ...]) -> list[arb]:
    """Sums over the places that an entry of an array of this shape broadcasts to."""
    where = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), wide).reshape(-1)
    found = [arb(0) for _ in range(int(np.prod(shape)))]
    for place, term in zip(where.tolist(), terms, strict=True):
        found[place] = found[place] + term
    return found


def _sizes(wide: Sequence[Array], inputs: Sequence[Array], epsilon: float) -> dict[str, Array]:
    x, mean, variance, _, scale, w = map(np.abs, wide)
    with np.errstate(all="ignore"):
        root = 1 / np.sqrt(variance + epsilon)
        far, one = x + mean, np.ones(w.shape)
        slope = w * scale * root
        each = (slope, slope, slope * far * root * root / 2, w, w * far * root)
        lost = (
            1 + w + w * scale,
            1 + w + w * scale,
            (1 + w) * (1 + far) * (1 + scale) * (1 + root) ** 3,
            one,
            (1 + w) * (1 + far) * (1 + root),
        )
        known = {}
        for name, array, size, gone in zip("xmvbs", inputs, each, lost, strict=True):
            known[f"size_{name}"] = _down(size, array.shape)
            known[f"reach_{name}"] = _down(gone, array.shape)
            known[f"terms_{name}"] = _down(one, array.shape)
        formed = np.maximum(root, 1) ** 3
        for part in (w, far, scale):
            formed = formed * np.maximum(part, 1)
        known["top"] = formed.reshape(len(w), -1).sum(axis=1) + variance.reshape(len(w), -1).max(1)
    return known


def _down(x: Array, shape: tuple[int, ...]) -> Array:
    """Sums over the axes along which an array of this shape broadcasts."""
    axes = tuple(i for i, (n, m) in enumerate(zip(x.shape, shape, strict=True)) if n != m)
    return np.asarray(x.sum(axis=axes, keepdims=True))


def moments(
    x: Array, above_mean: Array, above: Array, *, axes: Axis = -1, keepdims: bool = False,
    level: int = 0,
) -> Truth:  # fmt: skip
    """w/n + 2 v (x - mean)/n, w from above of the mean and v from above of the variance.

    Quantities as of reduce_variance, of the second term: `spread`, its absolute values, `size`
    both together, `around`, `slope`, `carried`, `terms` and `reach`, and `faint`, above 0 of
    entries too far below others to be told from zero; (B,): `top` and `high`. Of complex numbers:
    Re v, for a variance is real; part by part, and quantities are moduli.
    """
    if np.iscomplexobj(x):
        real = np.where(np.isfinite(above), above, np.nan).real
        sides = apart(x), apart(above_mean), np.stack([real, real], axis=-1)
        truth = moments(*sides, axes=axes_of(axes, x.ndim), keepdims=keepdims, level=level)
        return together(truth, lambda name: name != "terms")
    second = reduce_variance(x, above, axis=axes, keepdims=keepdims, level=level)
    finite = finite_members(x, above_mean, above)
    over = tuple(axes) if isinstance(axes, Sequence) else (axes,)
    kept = x.sum(axis=over, keepdims=True).shape
    count = x[0].size // int(np.prod(kept[1:]))
    w, v = (np.broadcast_to(a.reshape(kept), x.shape) for a in (above_mean, above))
    where = np.broadcast_to(np.arange(int(np.prod(kept[1:]))).reshape(kept[1:]), x.shape[1:])
    place = where.reshape(-1).tolist()

    def compute(i: int) -> Parts:
        numbers = [arb(y) for y in x[i].reshape(-1).tolist()]
        totals = [arb(0) for _ in range(max(place) + 1)]
        for k, y in zip(place, numbers, strict=True):
            totals[k] = totals[k] + y
        rows = zip(
            place, numbers, w[i].reshape(-1).tolist(), v[i].reshape(-1).tolist(), strict=True
        )
        return ([
            (arb(a) + 2 * arb(b) * (count * y - totals[k]) / count) / count for k, y, a, b in rows
        ],)  # fmt: skip

    (part,) = enclosed(compute, finite, (x.shape[1:],), level)
    known = dict(second.quantities)
    spread = known.pop("size")
    with np.errstate(over="ignore"):
        mean = near(np.abs(w) / count)
        reach = near(1 + np.abs(w))
    known |= {"spread": spread, "given": mean, "reach": known["reach"] + reach}
    known["faint"] = Interval.exact(faint(part))
    top = Interval(known["top"].lower, np.where(finite, known["top"].upper, np.inf))
    known["top"] = norms.known(top, finite)
    truth = told((part,), {}, finite)
    return Truth(truth.parts, known, truth.exists, truth.engine)
