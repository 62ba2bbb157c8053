"""The formulas of docs/bounds.md, in float32 as NumPy has it.

What they are off by has to be held, and by no more than a few hundred times, or a bound is not
about them.
"""

from __future__ import annotations

import numpy as np


def joined(x, y):
    z = np.empty(np.broadcast_shapes(x.shape, y.shape), np.complex64)
    z.real, z.imag = x, y
    return z


def smith(x, y):
    a, b, c, d = x.real, x.imag, y.real, y.imag
    swap = np.abs(c) < np.abs(d)
    a, b, c, d = (np.where(swap, p, q) for p, q in ((b, a), (-a, b), (d, c), (-c, d)))
    r = d / c
    low = 1 / (c + d * r)
    return joined((a + b * r) * low, (b - a * r) * low)


def root(z):
    x, y = z.real, z.imag
    t = np.sqrt((np.abs(x) + np.hypot(x, y)) / 2)
    other = np.abs(y) / (2 * np.where(t == 0, 1, t))
    return joined(np.where(x >= 0, t, other), np.copysign(np.where(x >= 0, other, t), y))


def exponential(z):
    size = np.exp(z.real)
    return joined(size * np.cos(z.imag), size * np.sin(z.imag))


def less_one(z):
    x, y, half = z.real, z.imag, np.sin(z.imag / 2)
    return joined(np.expm1(x) * np.cos(y) - 2 * (half * half), np.exp(x) * np.sin(y))


def logarithm(z):
    return joined(np.log(np.hypot(z.real, z.imag)), np.arctan2(z.imag, z.real))


def shifted(z):
    x, y = z.real, z.imag
    near = np.log1p(x * (2 + x) + y * y) / 2
    far = np.log(np.hypot(1 + x, y))
    return joined(np.where(np.abs(z) <= 0.5, near, far), np.arctan2(y, 1 + x))


def sine(z):
    x, y = z.real, z.imag
    return joined(np.sin(x) * np.cosh(y), np.cos(x) * np.sinh(y))


def cosine(z):
    x, y = z.real, z.imag
    return joined(np.cos(x) * np.cosh(y), -np.sin(x) * np.sinh(y))


def arcsine(z):
    one, two = root(joined(1 - z.real, -z.imag)), root(joined(1 + z.real, z.imag))
    below = one.real * two.real - one.imag * two.imag
    beside = one.real * two.imag - one.imag * two.real
    return joined(np.arctan2(z.real, below), np.arcsinh(beside))


def area_tangent(z):
    x, y = np.abs(z.real), z.imag
    size = np.log1p(4 * x / ((1 - x) * (1 - x) + y * y)) / 4
    turn = np.arctan2(2 * y, (1 - x) * (1 + x) - y * y) / 2
    return joined(np.copysign(size, z.real), turn)


def power(x, y):
    w = logarithm(x)
    return exponential(joined(y.real * w.real - y.imag * w.imag, y.real * w.imag + y.imag * w.real))


def logistic(z):
    w = exponential(-z)
    return smith(np.ones_like(z), joined(1 + w.real, w.imag))


def over(z):
    return smith(np.ones_like(z), z)


def root_of(one, sign, z):
    """sqrt(one + sign z), where neither rounding can cancel; 1 and i turn into each other."""
    return root((one + sign * z).astype(np.complex64))


def unit(z):
    size = np.hypot(z.real, z.imag)
    size = np.where(size == 0, 1, size)
    return joined(z.real / size, z.imag / size)


def of_sign(z):
    turn, size = unit(z), np.hypot(z.real, z.imag)
    down = turn.imag / size
    return joined(turn.imag * down, -turn.real * down)


def of_power(x, y):
    return y * power(x, joined(y.real - 1, y.imag))


DERIVATIVES = {
    "reciprocal": lambda z: -(over(z) * over(z)),
    "sqrt": lambda z: smith(np.full_like(z, 0.5), root(z)),
    "rsqrt": lambda z: -over(root(z)) * over(root(z)) * over(root(z)) / 2,
    "exp": exponential,
    "log1p": lambda z: over(joined(1 + z.real, z.imag)),
    "sin": cosine,
    "tan": lambda z: over(cosine(z)) * over(cosine(z)),
    "tanh": lambda z: over(cosine(1j * z)) * over(cosine(1j * z)),
    "sigmoid": lambda z: logistic(z) * logistic(-z),
    "asin": lambda z: over(root_of(1, 1, z) * root_of(1, -1, z)),
    "atan": lambda z: over(joined(1 - z.imag, z.real)) * over(joined(1 + z.imag, -z.real)),
    "asinh": lambda z: over(root_of(1, 1, 1j * z) * root_of(1, -1, 1j * z)),
    "acosh": lambda z: over(root_of(-1, 1, z) * root_of(1, 1, z)),
    "atanh": lambda z: over(joined(1 + z.real, z.imag)) * over(joined(1 - z.real, -z.imag)),
    "divide": lambda x, y: -smith(smith(x, y), y),
    "pow": of_power,
}
PARTIALS = {
    "divide.gradient_x": lambda x, y: over(y),
    "divide_no_nan.gradient_y": lambda x, y: -smith(smith(x, y), y),
    "xdivy.gradient_x": lambda x, y: over(y),
    "xdivy.gradient_y": lambda x, y: -smith(smith(x, y), y),
    "xlogy.gradient_x": lambda x, y: logarithm(y),
    "xlogy.gradient_y": smith,
    "xlog1py.gradient_x": lambda x, y: shifted(y),
    "xlog1py.gradient_y": lambda x, y: smith(x, joined(1 + y.real, y.imag)),
    "pow.gradient_y": lambda x, y: power(x, y) * logarithm(x),
}
TEXTBOOK = {
    "divide": smith,
    "sqrt": root,
    "exp": exponential,
    "expm1": less_one,
    "log": logarithm,
    "log1p": shifted,
    "sin": sine,
    "tan": lambda z: smith(sine(z), cosine(z)),
    "asin": arcsine,
    "atanh": area_tangent,
    "pow": power,
    "sigmoid": logistic,
    **{
        f"{name}.gradient": lambda *points, of=of: np.conj(of(*points))
        for name, of in DERIVATIVES.items()
    },
    **{name: lambda *points, of=of: np.conj(of(*points)) for name, of in PARTIALS.items()},
    "abs.gradient": unit,
    "angle.gradient": lambda z: 1j * over(np.conj(z)),
    "sign.gradient": of_sign,
}
