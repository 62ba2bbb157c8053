"""Partial derivatives of functions of several numbers as formulas over balls.

By the function's name and the argument's, as TensorFlow names them; each is written so that it
cancels little (DLMF 5.15, 8.8, 8.17, 25.11).
"""

from __future__ import annotations

from functools import lru_cache

from flint import arb, ctx, fmpq

from references.formulas import FORMULAS, Formula, trigamma


def _power_slope(x: arb, y: arb) -> arb:
    """y x^(y - 1); of a constant power zero, also at 0."""
    return arb(0) if y.is_zero() else y * FORMULAS["pow"](x, y - 1)


def _floor(x: arb, y: arb) -> arb:
    return -FORMULAS["floordiv"](x, y)


def _gamma_density(a: arb, x: arb) -> arb:
    """x^(a - 1) e^-x / Gamma(a)."""
    return ((a - 1) * x.log() - x - a.lgamma()).exp()


@lru_cache(maxsize=4)
def _orders(a: fmpq, x: fmpq, digits: int) -> tuple[arb, arb]:
    """The first and second derivatives of P(a, x) by a, by differences of G = Gamma(a) P or of Q's.

    Of the smaller of both. Between, the k-th derivative of G is at most k! M/(r - h)^k, M the
    largest |G(z)| within r of a (Cauchy): as |t^z| = t^(re z) that is G(re z), the logarithm of
    which is convex, so that M is G(a - r) or G(a + r).
    """
    upper, saved = x > a, ctx.prec
    tail = FORMULAS["igammac" if upper else "igamma"]
    power = 3 * digits // 5 + 16
    ctx.prec = 3 * power + digits + 64
    try:
        middle, at = arb(a), arb(x)
        reach = (middle / 2).min(arb(1))
        h = reach * arb(2) ** -power
        points = (
            middle + k * step for k, step in ((-1, h), (0, h), (1, h), (-1, reach), (1, reach))
        )
        left, here, right, *ends = (tail(z, at) * z.gamma() for z in points)
        most = h * h * ends[0].max(ends[1])
        first = (right - left) / (2 * h) + arb(0, (most / (reach - h) ** 3).upper())
        off = 2 * most / (reach - h) ** 4
        second = (right - 2 * here + left) / (h * h) + arb(0, off.upper())
        psi, turn = middle.digamma(), trigamma(middle)
        whole = middle.gamma() * (-1 if upper else 1)
        return (first - psi * here) / whole, (
            second - 2 * psi * first + (psi * psi - turn) * here
        ) / whole
    finally:
        ctx.prec = saved


def _by_order(a: arb, x: arb) -> arb:
    """dP/da at exact points."""
    return _orders(a.fmpq(), x.fmpq(), ctx.prec)[0]


def _order_slope(a: arb, x: arb) -> arb:
    """|a d2P/da2| + |x d2P/da dx|."""
    second = _orders(a.fmpq(), x.fmpq(), ctx.prec)[1]
    return abs(a * second) + abs(x * _gamma_density(a, x) * (x.log() - a.digamma()))


def order_terms(a: arb, x: arb, **_: object) -> arb:
    """The sizes of the terms of dP/da = P (log x - psi(a + 1)) + x^a e^-x/Gamma(a + 1) dS/da."""
    return _terms(FORMULAS["igamma"](a, x), a + 1, x, _by_order(a, x))


def upper_order_terms(a: arb, x: arb, **_: object) -> arb:
    """The sizes of the terms of dQ/da = Q (log x - psi(a)) + x^a e^-x/Gamma(a) dC/da."""
    return _terms(FORMULAS["igammac"](a, x), a, x, -_by_order(a, x))


def _terms(value: arb, at: arb, x: arb, slope: arb) -> arb:
    turn, psi = x.log(), at.digamma()
    return value * (abs(turn) + _at_least_one(psi)) + abs(slope - value * (turn - psi))


def _beta_density(a: arb, b: arb, x: arb) -> arb:
    """x^(a - 1) (1 - x)^(b - 1) / B(a, b)."""
    inverse = (a + b).lgamma() - a.lgamma() - b.lgamma()
    return ((a - 1) * x.log() + (b - 1) * (-x).log1p() + inverse).exp()


def _next_polygamma(n: arb, x: arb) -> arb:
    return FORMULAS["polygamma"](n + 1, x)


PARTIALS: dict[str, Formula] = {
    "pow by x": _power_slope,
    "pow by y": lambda x, y: FORMULAS["pow"](x, y) * x.log(),
    "atan2 by y": lambda y, x: x / (x * x + y * y),
    "atan2 by x": lambda y, x: -y / (x * x + y * y),
    "xlogy by x": lambda _, y: y.log(),
    "xlogy by y": lambda x, y: x / y,
    "xlog1py by x": lambda _, y: y.log1p(),
    "xlog1py by y": lambda x, y: x / (1 + y),
    "xdivy by x": lambda _, y: 1 / y,
    "xdivy by y": lambda x, y: -x / (y * y),
    "divide by x": lambda _, y: 1 / y,
    "divide by y": lambda x, y: -x / (y * y),
    "squared_difference by x": lambda x, y: 2 * (x - y),
    "floormod by y": _floor,
    "zeta by q": lambda s, q: -s * (s + 1).zeta(q),
    "polygamma by x": _next_polygamma,
    "igamma by a": _by_order,
    "igammac by a": lambda a, x: -_by_order(a, x),
    "igamma by x": _gamma_density,
    "igammac by x": lambda a, x: -_gamma_density(a, x),
    "betainc by x": _beta_density,
}
# |x f'|, where a difference will not do: orders are whole numbers and stay.
SLOPES: dict[str, Formula] = {
    "igamma by a": _order_slope,
    "igammac by a": _order_slope,
    "polygamma by x": lambda n, x: x * FORMULAS["polygamma"](n + 2, x),
    "floormod by y": lambda *_: arb(0),
}


def rounded_exponent(x: arb, y: arb, **_: object) -> arb:
    """What a relative error of y - 1 moves of y x^(y - 1): (y - 1) log|x| of it."""
    if x.is_zero() or y.is_zero():
        return arb(0)
    return _power_slope(x, y) * (y - 1) * abs(x).log()


def _at_least_one(x: arb) -> arb:
    return abs(x).max(arb(1))


def gamma_exponent(a: arb, x: arb, **_: object) -> arb:
    """The density times the sizes of the terms of its logarithm."""
    terms = abs((a - 1) * x.log()) + x + _at_least_one(a.lgamma())
    return _gamma_density(a, x) * terms


def beta_exponent(a: arb, b: arb, x: arb, **_: object) -> arb:
    """The same; a relative error of a + b moves its term by (a + b) psi(a + b)."""
    total = a + b
    terms = abs((a - 1) * x.log()) + abs((b - 1) * (-x).log1p())
    terms += sum(map(_at_least_one, (a.lgamma(), b.lgamma(), total.lgamma())), arb(0))
    return _beta_density(a, b, x) * (terms + abs(total * total.digamma()) * fmpq(1, 10))
