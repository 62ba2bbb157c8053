"""The primitives of several arguments: products, sums, choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from references.primitives import LIBRARY, Array, Local, Number, Primitive, Roundings


def _power(m: Any, xs: Sequence[Number], c: float, order: int) -> Local:
    x, factor, rows = xs[0], 1.0, []
    for k in range(order + 1):
        rows.append(factor * m.power(x, c - k) if factor else m.constant(0))
        factor *= c - k
    return Local(
        rows[0],
        rows[1:2],
        [(0, 0, second) for second in rows[2:3]],
        [(0, 0, 0, third) for third in rows[3:]],
    )


def _power_roundings(xs: Sequence[Array], local: Local, c: float) -> Roundings:
    logarithm = abs(c) + 2  # products that a whole power may be written out as
    return Roundings(
        (LIBRARY + logarithm) * local.value,
        [(LIBRARY + logarithm + 1) * local.first[0]],
        [(LIBRARY + logarithm + 2) * local.second[0][2]],
    )


def _multiply(m: Any, xs: Sequence[Number], data: Any, order: int) -> Local:
    x, y = xs
    one = m.constant(1)
    return Local(x * y, [y, x], [(0, 1, one), (1, 0, one)], [])


def _divide(m: Any, xs: Sequence[Number], data: Any, order: int) -> Local:
    x, y = xs
    r = 1 / y
    value = x * r
    first, second, third = [r, -value * r], [], []
    if order > 1:
        square = r * r
        second = [(0, 1, -square), (1, 0, -square), (1, 1, 2 * value * square)]
    if order > 2:
        mixed = 2 * square * r
        third = [(0, 1, 1, mixed), (1, 0, 1, mixed), (1, 1, 0, mixed)]
        third.append((1, 1, 1, -3 * value * mixed))
    return Local(value, first, second, third)


def _linear(m: Any, xs: Sequence[Number], coefficients: tuple[float, ...], order: int) -> Local:
    value = m.combine(coefficients, xs)
    return Local(value, [m.constant(c) for c in coefficients], [], [])


def _linear_roundings(
    xs: Sequence[Array], local: Local, coefficients: tuple[float, ...]
) -> Roundings:
    products = 0.5 if any(abs(c) != 1 for c in coefficients) else 0.0
    size = sum(abs(c) * x for c, x in zip(coefficients, xs, strict=True))
    return Roundings((products + 0.5 * (len(xs) - 1)) * size, [0.0] * len(xs), [])


def _shift(m: Any, xs: Sequence[Number], data: Any, order: int) -> Local:
    return Local(m.detach(m.largest(xs)), [m.constant(0)] * len(xs), [], [])


def _select(m: Any, xs: Sequence[Number], data: Any, order: int) -> Local:
    value, yes, no = m.choose(*xs)
    return Local(value, [m.constant(0), yes, no], [], [])


def _select_roundings(xs: Sequence[Array], local: Local, data: Any) -> Roundings:
    either = local.first[1] + local.first[2] > 1.5
    return Roundings(np.where(either, math.inf, 0.0), [0.0, 0.0, 0.0], [])


SEVERAL = (
    Primitive(
        "power", _power, _power_roundings, "library power, or |c| products; c x^(c-1) and so on"
    ),
    Primitive(
        "multiply",
        _multiply,
        lambda xs, local, data: Roundings(0.5 * local.value, [0.0, 0.0], [0.0, 0.0]),
        "one rounding; its derivatives are its operands",
    ),
    Primitive(
        "divide",
        _divide,
        lambda xs, local, data: Roundings(
            local.value,
            [local.first[0], 1.5 * local.first[1]],
            [size * s[2] for size, s in zip((2, 2, 4), local.second, strict=True)],
        ),
        "a quotient, or the product with a rounded reciprocal; gradients g / y and (-x / y) / y",
    ),
    Primitive(
        "linear",
        _linear,
        _linear_roundings,
        "k terms in any order of summation: (k - 1)/2 eps of the sum of magnitudes, and the"
        " products by coefficients (Higham 2002, 4.2)",
    ),
    Primitive(
        "shift",
        _shift,
        lambda xs, local, data: Roundings(0.0, [0.0] * len(xs), []),
        "the largest argument as a constant: softmax and logsumexp do not depend on it",
    ),
    Primitive(
        "select",
        _select,
        _select_roundings,
        "exact; where rounding may change the branch nothing is promised",
    ),
)
