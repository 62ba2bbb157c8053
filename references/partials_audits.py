"""Partial derivatives of functions of several numbers by mpmath, in other forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

from references.audits import Audited
from references.elementwise_audits import FEW, Array, entries

SLOW = (
    "zeta by q", "polygamma by x", "betainc by x", "igamma by x", "igammac by x", "igamma by a",
    "igammac by a",
)  # fmt: skip


def audited(name: str, *inputs: Array, of: str = "", by: int = 0) -> tuple[Audited, ...]:
    """The partial derivative `name` at the entries of one member's inputs, (n,).

    KeyError for others; the first FEW entries alone of those that take mpmath milliseconds.
    """
    del of, by  # which function and argument TensorFlow is asked for; the name says it
    return entries(PARTIALS[name], *inputs, most=FEW if name in SLOW else None)


def _power_slope(x: Any, y: Any) -> Any:
    return mpmath.mpf(0) if y == 0 else y * mpmath.power(x, y - 1)


def _gamma_density(a: Any, x: Any) -> Any:
    return mpmath.power(x, a - 1) * mpmath.exp(-x) / mpmath.gamma(a)


def _by_order(a: Any, x: Any) -> Any:
    """The integral of (log t - psi(a)) t^(a - 1) e^-t/Gamma(a) up to x, or less that from x on.

    The whole is zero, for psi(a) is the mean of the logarithm. Powers of t below 1 become even.
    """
    psi = mpmath.psi(0, a)

    def density(t: Any) -> Any:
        return (a - 1) * mpmath.log(t) - t

    def term(t: Any) -> Any:
        """Near 1 at x, for quadrature stops by an absolute error."""
        return mpmath.exp(density(t) - density(x)) * (mpmath.log(t) - psi)

    def even(u: Any) -> Any:
        """Of u = t^a."""
        t = mpmath.power(u, 1 / a)
        return mpmath.exp(-t) * (mpmath.log(t) - psi) / mpmath.gamma(a + 1)

    step = mpmath.sqrt(a) + 1
    there = mpmath.exp(density(x) - mpmath.loggamma(a))
    if x > a:
        return -there * mpmath.quad(term, [*(x + k * step for k in (0, 1, 3, 8, 20)), mpmath.inf])
    if a < 1:
        return mpmath.quad(even, [0, mpmath.power(x, a)])
    ends = [x - k * step for k in (20, 8, 3, 1, 0)]
    return there * mpmath.quad(term, [0, *(end for end in ends if end > 0)])


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return mpmath.power(x, a - 1) * mpmath.power(1 - x, b - 1) / mpmath.beta(a, b)


PARTIALS: dict[str, Callable[..., Any]] = {
    "pow by x": _power_slope,
    "pow by y": lambda x, y: mpmath.power(x, y) * mpmath.log(x),
    "atan2 by y": lambda y, x: x / (x**2 + y**2),
    "atan2 by x": lambda y, x: -y / (x**2 + y**2),
    "xlogy by x": lambda _, y: mpmath.log(y),
    "xlogy by y": lambda x, y: x / y,
    "xlog1py by x": lambda _, y: mpmath.log1p(y),
    "xlog1py by y": lambda x, y: x / (1 + y),
    "xdivy by x": lambda _, y: 1 / y,
    "xdivy by y": lambda x, y: -x / y / y,
    "divide by x": lambda _, y: 1 / y,
    "divide by y": lambda x, y: -x / y / y,
    "squared_difference by x": lambda x, y: 2 * x - 2 * y,
    "floormod by y": lambda x, y: -mpmath.floor(x / y),
    "zeta by q": lambda s, q: -s * mpmath.zeta(s + 1, q),
    "polygamma by x": lambda n, x: mpmath.psi(int(n) + 1, x),
    "igamma by a": _by_order,
    "igammac by a": lambda a, x: -_by_order(a, x),
    "igamma by x": _gamma_density,
    "igammac by x": lambda a, x: -_gamma_density(a, x),
    "betainc by x": _beta_density,
}
