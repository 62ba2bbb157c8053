"""What comes from above on its way back through local responses: balls, entry by entry.

With N_j = bias + alpha times the sum of squares of channels near j, an entry of the gradient is
w_k N_k^-beta - 2 alpha beta x_k times the sum over j near k of w_j x_j N_j^(-beta - 1).
"""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray

from references.balls import finite_members
from references.statistics import Parts, enclosed, told
from references.truth import Truth

Array = NDArray[np.float64]


def local_response_normalization(
    x: Array, above: Array, *, depth_radius: int, bias: float, alpha: float, beta: float,
    level: int = 0,
) -> Truth:  # fmt: skip
    """The gradient.

    Quantities: `own` and `around`, the absolute values of the first term and of all others;
    `reach`, what becomes of underflow; (B,): `top`, the largest of what is formed, in any order.
    """
    finite = finite_members(x, above)
    rows, given = (a.reshape(len(a), -1, a.shape[-1]) for a in (x, above))

    def compute(i: int) -> Parts:
        found = list[arb]()
        for row, weights in zip(rows[i].tolist(), given[i].tolist(), strict=True):
            found += _row(row, weights, depth_radius, bias, alpha, beta)
        return (found,)

    (part,) = enclosed(compute, finite, (x.shape[1:],), level)
    n = x.shape[-1]
    near = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= depth_radius
    with np.errstate(all="ignore"):
        base = bias + alpha * ((x * x) @ near)
        share, size, w = base**-beta, np.abs(x), np.abs(above)
        slope = 2 * alpha * beta * size
        known = {
            "own": w * share,
            "around": slope * ((w * size * share / base) @ near),
            "reach": (1 + w) + (1 + slope) * (((1 + w) * (1 + size) * (1 + 1 / base)) @ near),
        }
        most = np.maximum(w.max(axis=-1), 1.0) * max(1.0, 1 / bias)
        top = bias + max(alpha, 1.0) * max(2 * beta, 1.0) * (x * x).sum(axis=-1) * most
        top = np.maximum(top, (known["own"] + known["around"]).max(axis=-1))
    return told((part,), known, finite, top=top)


def _row(
    row: list[float], above: list[float], radius: int, bias: float, alpha: float, beta: float
) -> list[arb]:
    """Of one place, all of its channels."""
    numbers, weights = [arb(v) for v in row], [arb(v) for v in above]
    near = [slice(max(k - radius, 0), k + radius + 1) for k in range(len(row))]
    logs = [
        (arb(bias) + arb(alpha) * sum((y * y for y in numbers[at]), arb(0))).log() for at in near
    ]
    shares = [(-log * arb(beta)).exp() for log in logs]
    parts = [
        w * v * (-log * (arb(beta) + 1)).exp()
        for w, v, log in zip(weights, numbers, logs, strict=True)
    ]
    factor = 2 * arb(alpha) * arb(beta)
    return [
        w * share - factor * v * sum(parts[at], arb(0))
        for w, v, share, at in zip(weights, numbers, shares, near, strict=True)
    ]
