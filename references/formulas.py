"""Functions of numbers as formulas over balls, by the name that TensorFlow gives them.

Each takes balls that hold exact numbers and gives a ball that holds the value; where it is an
exact number so is the ball. Formulas avoid cancellation or leave it to a higher precision.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb, fmpq

from references.incomplete import betainc, igamma

Formula = Callable[..., arb]


def _rational(change: Callable[..., fmpq]) -> Formula:
    """A function of exact numbers whose values are exact, in rational arithmetic."""
    return lambda *xs: arb(change(*(x.fmpq() for x in xs)))


def _nearest(x: fmpq) -> fmpq:
    """The nearest whole number, the even one of two."""
    low = x.floor()
    rest = x - low
    up = rest > fmpq(1, 2) or (rest == fmpq(1, 2) and low % 2 == 1)
    return fmpq(low + int(up))


def _sign(x: fmpq) -> fmpq:
    return fmpq((x > 0) - (x < 0))


def _floordiv(x: fmpq, y: fmpq) -> fmpq:
    return fmpq((x / y).floor())


def _floormod(x: fmpq, y: fmpq) -> fmpq:
    return x - _floordiv(x, y) * y


def _lgamma(x: arb) -> arb:
    """log |Gamma(x)|, by reflection below zero."""
    if x > 0:
        return x.lgamma()
    return (arb.pi() / abs(x.sin_pi())).log() - (1 - x).lgamma()


def _digamma(x: arb) -> arb:
    """By reflection below zero: psi(x) = psi(1 - x) - pi / tan(pi x)."""
    return x.digamma() if x > 0 else (1 - x).digamma() - arb.pi() * x.cot_pi()


def _sigmoid(x: arb) -> arb:
    return 1 / (1 + (-x).exp())


def _softplus(x: arb) -> arb:
    return x.exp().log1p()


def _gelu(x: arb, *, approximate: bool = False) -> arb:
    """x Phi(x), or Hendrycks and Gimpel's form with tanh, which is a sigmoid of twice its argument.

    sqrt(2/pi) is the exact root, 0.044715 the decimal number that stands in the paper.
    """
    if approximate:
        inner = (2 / arb.pi()).sqrt() * (x + fmpq(44715, 10**6) * x**3)
        return x * _sigmoid(2 * inner)
    return x * (-x / arb(2).sqrt()).erfc() / 2


SCALE = fmpq(10507009873554804934193349852946, 10**31)  # the digits of Klambauer et al. 2017
ALPHA = fmpq(16732632423543772848170429916717, 10**31)


def _selu(x: arb) -> arb:
    return SCALE * x if x > 0 else SCALE * (ALPHA * x.expm1())


def _pow(x: arb, y: arb) -> arb:
    if y.is_integer():
        return x ** y.fmpq().p if abs(y) < 2**62 else _large_power(x, y)
    return (y * x.log()).exp() if x != 0 else arb(0)


def _large_power(x: arb, y: arb) -> arb:
    """x to a large even number: those beyond 2^53 all are."""
    return (y * abs(x).log()).exp() if x != 0 else arb(0)


def _where(test: Callable[..., bool], formula: Formula) -> Formula:
    """Zero where the arguments say so, whatever the formula would give."""
    return lambda *xs: arb(0) if test(*xs) else formula(*xs)


def _polygamma(n: arb, x: arb) -> arb:
    """(-1)^(n+1) n! zeta(n + 1, x) of a whole n; psi(x) for n = 0."""
    order = int(n.fmpq().p)
    if order == 0:
        return _digamma(x)
    return (-1) ** (order + 1) * arb.fac_ui(order) * (n + 1).zeta(x)


def bessel_k1(x: arb, *, scaled: bool = False) -> arb:
    """K_1, or exp(x) times it, by I_0 K_1 + I_1 K_0 = 1/x (DLMF 10.28.2), whose terms are positive.

    Only where flint's own takes milliseconds, for it sums a divergent series and another.
    """
    if not 4 < x < 512:
        return x.bessel_k(1, scaled=scaled)
    rest = 1 / x - x.bessel_i(1, scaled=scaled) * x.bessel_k(0, scaled=scaled)
    return rest / x.bessel_i(0, scaled=scaled)


def _spence(x: arb) -> arb:
    """The integral of log t / (1 - t) from 1 to x: Li_2(1 - x)."""
    if x.is_zero():
        return arb.pi() ** 2 / 6
    return arb(0) if x == 1 else (1 - x).polylog(2)


UNARY: dict[str, Formula] = {
    "abs": abs,
    "negative": lambda x: -x,
    "square": lambda x: x * x,
    "sign": _rational(_sign),
    "ceil": _rational(lambda x: fmpq(x.ceil())),
    "floor": _rational(lambda x: fmpq(x.floor())),
    "rint": _rational(_nearest),
    "round": _rational(_nearest),
    "reciprocal": lambda x: 1 / x,
    "reciprocal_no_nan": lambda x: arb(0) if x == 0 else 1 / x,
    "sqrt": arb.sqrt,
    "rsqrt": arb.rsqrt,
    "exp": arb.exp,
    "expm1": arb.expm1,
    "log": arb.log,
    "log1p": arb.log1p,
    "sin": arb.sin,
    "cos": arb.cos,
    "tan": arb.tan,
    "asin": arb.asin,
    "acos": arb.acos,
    "atan": arb.atan,
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "tanh": arb.tanh,
    "asinh": arb.asinh,
    "acosh": arb.acosh,
    "atanh": arb.atanh,
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: x if x > 0 else arb(0),
    "relu6": lambda x: arb(0) if x < 0 else x if x < 6 else arb(6),
    "elu": lambda x: x if x > 0 else x.expm1(),
    "selu": _selu,
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "leaky_relu": lambda x, *, alpha: x if x > 0 else x * arb(alpha),
    "erf": arb.erf,
    "erfc": arb.erfc,
    "erfinv": arb.erfinv,
    "erfcinv": arb.erfcinv,
    "ndtri": lambda p: -arb(2).sqrt() * (2 * p).erfcinv(),
    "lgamma": _lgamma,
    "digamma": _digamma,
    "bessel_i0": lambda x: x.bessel_i(0),
    "bessel_i0e": lambda x: abs(x).bessel_i(0, scaled=True),
    "bessel_i1": lambda x: x.bessel_i(1),
    "bessel_i1e": lambda x: x.bessel_i(1, scaled=True) if x > 0 else -(-x).bessel_i(1, scaled=True),
    "bessel_j0": lambda x: x.bessel_j(0),
    "bessel_j1": lambda x: x.bessel_j(1),
    "bessel_k0": lambda x: x.bessel_k(0),
    "bessel_k0e": lambda x: x.bessel_k(0, scaled=True),
    "bessel_k1": bessel_k1,
    "bessel_k1e": lambda x: bessel_k1(x, scaled=True),
    "bessel_y0": lambda x: x.bessel_y(0),
    "bessel_y1": lambda x: x.bessel_y(1),
    "dawsn": lambda x: (arb.pi().sqrt() / 2) * (-x * x).exp() * x.erfi(),
    "expint": arb.ei,
    "fresnel_cos": arb.fresnel_c,
    "fresnel_sin": arb.fresnel_s,
    "spence": _spence,
}
BINARY: dict[str, Formula] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "maximum": _rational(max),
    "minimum": _rational(min),
    "squared_difference": lambda x, y: (x - y) ** 2,
    "divide_no_nan": lambda x, y: arb(0) if y == 0 else x / y,
    "multiply_no_nan": lambda x, y: arb(0) if y == 0 else x * y,
    "floordiv": _rational(_floordiv),
    "floormod": _rational(_floormod),
    "pow": _pow,
    "atan2": arb.atan2,
    "xlogy": _where(lambda x, y: x == 0, lambda x, y: x * y.log()),
    "xlog1py": _where(lambda x, y: x == 0, lambda x, y: x * y.log1p()),
    "xdivy": _where(lambda x, y: x == 0, lambda x, y: x / y),
    "igamma": igamma,
    "igammac": lambda a, x: x.gamma_upper(a, 1),
    "zeta": lambda s, a: s.zeta(a),
    "polygamma": _polygamma,
}
TERNARY: dict[str, Formula] = {"betainc": betainc}
FORMULAS = UNARY | BINARY | TERNARY

# |x f'(x)|, summed over the arguments: what a change of eps in each of them moves, over eps.
STEP = fmpq(1, 2**40)
FIXED = {"polygamma": 1}  # arguments from the left that are whole numbers and do not move


def difference(formula: Formula, fixed: int = 0) -> Formula:
    """A symmetric difference of relative step 2^-40 in each argument: |x f'| to 2^-70 or so.

    `fixed`: how many arguments from the left do not move.
    """

    def moved(*xs: arb, **arguments: bool) -> arb:
        total = arb(0)
        for k, x in enumerate(xs):
            if k < fixed:
                continue
            ends = [
                formula(*xs[:k], x * (1 + step), *xs[k + 1 :], **arguments)
                for step in (STEP, -STEP)
            ]
            total += abs(ends[0] - ends[1]) / (2 * STEP)
        return total

    return moved


SLOPES: dict[str, Formula] = {
    "lgamma": lambda x: x * _digamma(x),
    "digamma": lambda x: x * (trigamma(x)),
    "bessel_i0": lambda x: x * x.bessel_i(1),
    "bessel_i1": lambda x: x * x.bessel_i(0) - x.bessel_i(1),
    "bessel_j0": lambda x: x * x.bessel_j(1),
    "bessel_j1": lambda x: x * x.bessel_j(0) - x.bessel_j(1),
    "bessel_k0": lambda x: x * bessel_k1(x),
    "bessel_k1": lambda x: x * x.bessel_k(0) + bessel_k1(x),
    "bessel_y0": lambda x: x * x.bessel_y(1),
    "bessel_y1": lambda x: x * x.bessel_y(0) - x.bessel_y(1),
    "dawsn": lambda x: x - 2 * x * x * UNARY["dawsn"](x),
    "expint": arb.exp,
    "fresnel_cos": lambda x: x * (x * x / 2).cos_pi(),
    "fresnel_sin": lambda x: x * (x * x / 2).sin_pi(),
    "spence": lambda x: arb(1) if x == 1 else arb(0) if x == 0 else x * x.log() / (1 - x),
}


def trigamma(x: arb) -> arb:
    """psi'(x), by reflection below zero."""
    if x > 0:
        return arb(2).zeta(x)
    return (arb.pi() / x.sin_pi()) ** 2 - arb(2).zeta(1 - x)
