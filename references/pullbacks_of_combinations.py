"""What comes from above on its way back through polynomials and logarithms of beta: balls.

Arrays are those of TensorFlow's calls on stacks (B, ...), with what comes from above last.
Quantities are told within 1e-12 of themselves; (B,): `top`, the largest of what is formed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from references.balls import engines, finite_members
from references.combinations import enclosed, near
from references.formulas import trigamma
from references.interval import Interval
from references.statistics import Parts, faint, told
from references.statistics import enclosed as enclosed_parts
from references.truth import Truth

Array = NDArray[np.float64]
LOST = 2.0, 6.0  # tiny, by a product and a sum; the same of complex numbers


def polyval(*inputs: NDArray, level: int = 0) -> Truth:
    """By the coefficients (B, k, n), the highest first, and by x (B, n).

    w conj(x)^j, j = `order` the degree of the term, and w conj(p'(x)). Quantities: `size_c`, its
    absolute value, `reach_c`, what becomes of underflow in it; `size_x`, of |w| sum j |c_j x^j-1|,
    `reach_x`, and `degree`, that of the polynomial; `faint_c` and `faint_x`, 1 of entries of which
    nothing is known beside others that are larger by 2^1000.
    """
    *coefficients, x, _ = inputs
    finite, shape = finite_members(*inputs), (len(coefficients), *x.shape[1:])
    ball: Any = acb if np.iscomplexobj(x) else arb
    keep = finite.reshape(-1, *(1,) * (x.ndim - 1))
    flat = [np.where(keep, a, 0.0).reshape(len(x), -1) for a in inputs]
    known = np.where(keep, x, np.nan)

    def numbers(i: int, which: int) -> list[Any]:
        return [ball(y) for y in flat[which][i].tolist()]

    def by_coefficients(i: int) -> list[Any]:
        at = [y.conjugate() if ball is acb else y for y in numbers(i, -2)]
        rows = [numbers(i, -1)]
        for _ in coefficients[1:]:
            rows.append([w * y for w, y in zip(rows[-1], at, strict=True)])
        return [w for row in reversed(rows) for w in row]

    def by_x(i: int) -> list[Any]:
        found = []
        for *cs, at, w in zip(*(numbers(i, k) for k in range(len(flat))), strict=True):
            value, slope = ball(0), ball(0)
            for c in cs:
                value, slope = value * at + c, slope * at + value
            found.append(w * (slope.conjugate() if ball is acb else slope))
        return found

    parts = (
        enclosed(by_coefficients, known, shape, level)[0],
        enclosed(by_x, known, x.shape[1:], level)[0],
    )
    sizes = _of_polynomials(inputs)
    top = np.where(finite, sizes.pop("top"), np.inf)
    quantities = {name: near(value) for name, value in {**sizes, "top": top}.items()}
    quantities |= {
        f"faint_{name}": Interval.exact(faint(part)) for name, part in zip("cx", parts, strict=True)
    }
    return Truth(parts, quantities, finite, engines(parts[-1], finite | ~finite, finite))


def _of_polynomials(inputs: tuple[NDArray, ...]) -> dict[str, Array]:
    """What is known of Horner's scheme and its way back, of absolute values."""
    *coefficients, x, above = (np.abs(a) for a in inputs)
    lost, degree = LOST[np.iscomplexobj(inputs[0])], len(coefficients) - 1
    with np.errstate(all="ignore"):
        values, gone = [coefficients[0]], [0 * x]  # of the scheme, and what underflow makes of them
        for c in coefficients[1:]:
            values.append(values[-1] * x + c)
            gone.append(gone[-1] * x + lost)
        powers, lower = [above], [0 * x]
        for _ in coefficients[1:]:
            powers.append(powers[-1] * x)
            lower.append(lower[-1] * x + lost)
        size, reach, slope = 0 * x, 0 * x, 0 * x
        for k in range(degree):
            j, slope = degree - 1 - k, slope * x + values[k]
            size = size + powers[j] * values[k]
            reach = reach + lower[j] * (values[k] + 1) + powers[j] * gone[k] + lost
        top = np.stack([*values, *powers, size, slope]).max(axis=0)
    order = np.arange(degree, -1.0, -1.0).reshape(1, -1, *(1,) * (x.ndim - 1))
    stacked = np.stack(powers[::-1], axis=1)
    return {
        "size_c": stacked, "reach_c": np.stack(lower[::-1], axis=1),
        "order": order + 0 * np.where(np.isfinite(stacked), stacked, 0.0),
        "size_x": size, "reach_x": reach, "degree": np.full(x.shape, float(degree)),
        "top": top.reshape(len(top), -1).max(axis=1),
    }  # fmt: skip


def lbeta(x: Array, above: Array, *, level: int = 0) -> Truth:
    """w (psi(x_i) - psi(S)) of positive rows (B, ..., n), S their sums.

    Quantities: `part` and `whole`, |w psi| of an entry and of the sum; `turn` and `turned`, |w| x
    psi'(x) of both, by how much an eps of the arguments moves them; `given`, |w|.
    """
    finite = finite_members(x, above)
    rows, given = x.reshape(len(x), -1, x.shape[-1]), above.reshape(len(x), -1)
    names = ("part", "whole", "turn", "turned", "given")
    known = {name: np.full(rows.shape, np.inf) for name in names}
    top = np.full(len(x), np.inf)

    def compute(i: int) -> Parts:
        found, formed = list[arb](), list[arb]()
        for j, (row, w) in enumerate(zip(rows[i].tolist(), given[i].tolist(), strict=True)):
            numbers, scale = [arb(v) for v in row], abs(arb(w))
            total = sum(numbers, arb(0))
            whole = total.digamma()
            for k, v in enumerate(numbers):
                slope = v.digamma()
                found.append(arb(w) * (slope - whole))
                sizes = (
                    scale * abs(slope), scale * abs(whole), scale * v * trigamma(v),
                    scale * total * trigamma(total), scale,
                )  # fmt: skip
                for name, size in zip(names, sizes, strict=True):
                    known[name][i, j, k] = float(size.abs_upper())
                formed += [*sizes, abs(slope), abs(whole), total]
        top[i] = max(float(size.abs_upper()) for size in formed)
        return (found,)

    exists = (rows > 0).all(axis=(1, 2)) & finite
    (part,) = enclosed_parts(compute, exists, (x.shape[1:],), level)
    quantities = {name: value.reshape(x.shape) for name, value in known.items()}
    return told((part,), quantities, finite, exists=exists | ~finite, top=top)
