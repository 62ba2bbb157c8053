"""Where functions of numbers are set: what is special to each, as plain data.

A domain says where a function does most of what it does, around which points it deserves a close
look (zeros, poles, branch points, breakpoints of its known implementations), how far arguments
reach, and which points have a finite value. Whether a value then fits a dtype is for the truth to
say; the reach is chosen so that most do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import Dtype

Array = NDArray[np.float64]
LOG_2 = 0.6931471805599453
Reach = Callable[[Dtype], float]
Inside = Callable[..., NDArray[np.bool_]]


def _all_of_it(grid: Dtype) -> float:
    return grid.max


def _everywhere(*xs: Array) -> NDArray[np.bool_]:
    return np.ones(xs[0].shape, dtype=bool)


@dataclass(frozen=True)
class Axis:
    """One argument: its main interval, its points, and the largest |x| that a grid lets it have.

    `whole`: whole numbers from 0 to that many only. `lowest`: the smallest log2 |x| it may have.
    """

    main: tuple[float, float] = (-8.0, 8.0)
    points: tuple[float, ...] = (0.0, 1.0, -1.0)
    reach: Reach = _all_of_it
    whole: int = 0
    lowest: int = -2000


@dataclass(frozen=True)
class Domain:
    """The axes of a function, which points are inside, and one that always is.

    `turn`: where the last argument makes the function turn, of the others; close ones stand there.
    """

    axes: tuple[Axis, ...] = (Axis(),)
    inside: Inside = _everywhere
    safe: tuple[float, ...] = field(default=(1.0,))
    turn: Callable[..., Array] | None = None


def up_to(reach: float) -> Reach:
    """The same reach for every grid that holds it."""
    return lambda grid: min(reach, grid.max)


def exponential(factor: float = 1.0) -> Reach:
    """log(huge) times a factor: up to where an exponential overflows."""
    return lambda grid: factor * LOG_2 * (grid.max_exponent + 1)


def power(exponent: float) -> Reach:
    """A power of two at the given share of the grid's exponents."""
    return lambda grid: 2.0 ** int(exponent * grid.max_exponent)


def _positive(*xs: Array) -> NDArray[np.bool_]:
    return xs[-1] > 0


def _no_pole(x: Array) -> NDArray[np.bool_]:
    """Gamma has poles at 0, -1, -2 ..."""
    return (x > 0) | (x != np.floor(x))


def _last_nonzero(*xs: Array) -> NDArray[np.bool_]:
    return xs[-1] != 0


def _powers(x: Array, y: Array) -> NDArray[np.bool_]:
    """Bases that are positive, or not with whole exponents; no pole at 0."""
    return (x > 0) | ((y == np.floor(y)) & ((x < 0) | (y >= 0)))


HALF_PI, PI = 1.5707963267948966, 3.141592653589793
TURNS = tuple(k * HALF_PI for k in (0, 1, -1, 2, -2, 3, 4, 10, 100, -1000, 2.0**20))
GAMMA = (1.0, 2.0, 0.5, 3.0, 0.0, -0.5, -1.0, -2.0, -3.0, -2.4570247382208, -2.7476826467274)
DIGAMMA = (1.4616321449683622, 1.0, 2.0, 0.0, -0.5040830082644554, -1.0, -1.573498473162390, -2.0)
EXP = Axis((-8.0, 8.0), (0.0, LOG_2, -LOG_2, 0.5 * LOG_2), exponential())
SMALL_EXP = Axis((-20.0, 20.0), (0.0, 1.0, -1.0, 1.0e-8), exponential())
J0 = (0.0, 2.404825557695773, 5.520078110286311, 5.0, 8.0, 2.0, 8.653727912911013)
J1 = (0.0, 3.8317059702075125, 7.015586669815619, 5.0, 8.0, 2.0)
Y0 = (0.8935769662791675, 3.957678419314858, 7.086051060301773, 5.0, 8.0, 2.0, 0.0)
Y1 = (2.197141326031017, 5.429681040794135, 8.596005868331168, 5.0, 8.0, 2.0, 0.0)

DOMAINS: dict[str, Domain] = {
    "line": Domain(),
    "line with halves": Domain((Axis((-16.0, 16.0), (0.0, 0.5, -0.5, 1.5, 2.5, -1.5, 1.0)),)),
    "nonzero": Domain((Axis(reach=up_to(2.0**970)),), _last_nonzero),
    "reciprocals": Domain((Axis(reach=up_to(2.0**970)),)),
    "squares": Domain((Axis((-8.0, 8.0), (0.0, 1.0, -1.0), power(0.5), lowest=-480),)),
    "nonnegative": Domain((Axis((0.0, 8.0), (0.0, 1.0, 2.0, 4.0)),), lambda x: x >= 0),
    "positive": Domain((Axis((0.0, 8.0), (0.0, 1.0, 2.0, 0.5, 1.4142135623730951)),), _positive),
    "above -1": Domain((Axis((-1.0, 8.0), (0.0, -1.0, 1.0, -0.5)),), lambda x: x > -1),
    "above 0.001": Domain((Axis((0.0, 8.0), (1.0, 2.0, 4.0), lowest=-9),), lambda x: x > 0.001),
    "exponential": Domain((EXP,), lambda x: (x < 709.782712893384) & (x > -690.0)),
    "both exponentials": Domain((EXP,)),
    "sigmoid": Domain((SMALL_EXP,)),
    "turns": Domain((Axis((-10.0, 10.0), TURNS),)),
    "unit": Domain(
        (Axis((-1.0, 1.0), (0.0, 0.5, -0.5, 1.0, -1.0, 0.7071067811865476), up_to(1.0)),),
        lambda x: np.abs(x) <= 1, (0.5,),
    ),
    "open unit": Domain(
        (Axis((-1.0, 1.0), (0.0, 0.5, -0.5, 1.0, -1.0), up_to(1.0)),),
        lambda x: np.abs(x) < 1, (0.5,),
    ),
    "above one": Domain((Axis((1.0, 8.0), (1.0, 2.0, 1.5)),), lambda x: x > 1, (2.0,)),
    "from one": Domain((Axis((1.0, 8.0), (1.0, 2.0, 1.5)),), lambda x: x >= 1, (2.0,)),
    "chance": Domain(
        (Axis((0.0, 1.0), (0.0, 0.5, 1.0, 0.1353352832366127, 0.25), up_to(1.0)),),
        lambda p: (p > 0) & (p < 1), (0.25,),
    ),
    "twice a chance": Domain(
        (Axis((0.0, 2.0), (0.0, 1.0, 2.0, 0.5, 1.5), up_to(2.0)),),
        lambda p: (p > 0) & (p < 2), (0.5,),
    ),
    "error function": Domain((Axis((-6.0, 6.0), (0.0, 1.0, -1.0, 0.5, 4.0, 2.0), up_to(32.0)),)),
    "kink": Domain((Axis((-8.0, 8.0), (0.0, 6.0, 1.0, -1.0)),)),
    "slope": Domain((Axis((-8.0, 8.0), (0.0, 1.0, -1.0), power(0.5), lowest=-480),)),
    "gelu": Domain((Axis((-6.0, 6.0), (0.0, -0.7517915246935645, 1.0, -3.0), up_to(2.0**15)),)),
    "gamma": Domain((Axis((-8.0, 16.0), GAMMA, power(0.9)),), _no_pole, (1.5,)),
    "digamma": Domain((Axis((-8.0, 16.0), DIGAMMA),), _no_pole, (1.5,)),
    "trigamma": Domain(  # far below, TensorFlow takes a step for each unit: an hour at -2^36
        (Axis((-8.0, 16.0), DIGAMMA),), lambda x: _no_pole(x) & (x > -1024), (1.5,)
    ),
    "bessel i": Domain((Axis((-16.0, 16.0), (0.0, 8.0, -8.0), exponential()),)),
    "bessel ie": Domain((Axis((-16.0, 16.0), (0.0, 8.0, -8.0), up_to(2.0**40)),)),
    "bessel ie, not 0": Domain(
        (Axis((-16.0, 16.0), (0.0, 8.0, -8.0), up_to(2.0**40)),), lambda x: x != 0
    ),
    "bessel k": Domain((Axis((0.0, 16.0), (0.0, 2.0, 1.0), exponential()),), _positive),
    "bessel ke": Domain((Axis((0.0, 16.0), (0.0, 2.0, 1.0), up_to(2.0**40)),), _positive),
    "steep k": Domain((Axis((0.0, 16.0), (0.0, 2.0, 1.0), exponential(), lowest=-20),), _positive),
    "steep ke": Domain(
        (Axis((0.0, 16.0), (0.0, 2.0, 1.0), up_to(2.0**40), lowest=-20),), _positive
    ),
    "steep y1": Domain((Axis((0.0, 30.0), Y1, up_to(2.0**20), lowest=-20),), _positive),
    "bessel j0": Domain((Axis((-30.0, 30.0), J0, up_to(2.0**20)),)),
    "bessel j1": Domain((Axis((-30.0, 30.0), J1, up_to(2.0**20)),)),
    "bessel y0": Domain((Axis((0.0, 30.0), Y0, up_to(2.0**20)),), _positive),
    "bessel y1": Domain((Axis((0.0, 30.0), Y1, up_to(2.0**20)),), _positive),
    "dawson": Domain((Axis((-10.0, 10.0), (0.0, 0.9241388730045918, 3.25, 6.25), up_to(2.0**40)),)),
    "expint": Domain(
        (Axis((0.0, 40.0), (0.3725074107813666, 2.0, 4.0, 8.0, 16.0, 0.0), exponential()),),
        _positive,
    ),
    "fresnel": Domain((Axis((-8.0, 8.0), (0.0, 1.6, 1.0, 2.0), up_to(2.0**20)),)),
    "spence": Domain((Axis((0.0, 4.0), (1.0, 0.0, 0.5, 1.5, 2.0)),), lambda x: x >= 0),
    "plane": Domain((Axis(), Axis()), safe=(1.0, 1.0)),
    "angles": Domain(  # a ball has no zero of negative sign, and on the cut that sign is a side
        (Axis(), Axis()), lambda y, x: (y != 0) | (x > 0), (1.0, 1.0)
    ),
    "products": Domain(
        (Axis(reach=power(0.5), lowest=-480), Axis(reach=power(0.5), lowest=-480)),
        safe=(1.0, 1.0),
    ),
    "quotients": Domain(
        (Axis(reach=power(0.5), lowest=-400), Axis(reach=power(0.5), lowest=-60)),
        _last_nonzero, (1.0, 1.0),
    ),
    "any quotients": Domain(
        (Axis(reach=power(0.5), lowest=-400), Axis(reach=power(0.5), lowest=-60)),
        safe=(1.0, 1.0),
    ),
    "divisions": Domain(
        (Axis((-64.0, 64.0), reach=power(0.5)), Axis((-8.0, 8.0), lowest=-20)),
        _last_nonzero, (1.0, 1.0),
    ),
    "powers": Domain(
        (
            Axis((0.0, 4.0), (1.0, 0.0, -1.0, 2.0, 0.5)),
            Axis((-16.0, 16.0), (0.0, 1.0, 2.0, 3.0, -1.0, 0.5), exponential()),
        ),
        _powers, (1.0, 1.0),
    ),
    "positive powers": Domain(
        (
            Axis((0.0, 4.0), (1.0, 0.0, 2.0, 0.5)),
            Axis((-16.0, 16.0), (0.0, 1.0, 2.0, 3.0, -1.0, 0.5), exponential()),
        ),
        lambda x, y: x > 0, (2.0, 1.0),
    ),
    "logarithms": Domain(
        (Axis(reach=power(0.5)), Axis((0.0, 8.0), (1.0, 0.0, 2.0))), _positive, (1.0, 1.0)
    ),
    "shifted logarithms": Domain(
        (Axis(reach=power(0.5)), Axis((-1.0, 8.0), (0.0, -1.0, 1.0))), lambda x, y: y > -1,
        (1.0, 1.0),
    ),
    "incomplete gamma": Domain(
        (
            Axis((0.0, 20.0), (1.0, 0.5, 10.0), up_to(30.0), lowest=-6),
            Axis((0.0, 20.0), (0.0, 1.0), up_to(30.0), lowest=-20),
        ),
        lambda a, x: (a >= 0.015625) & (x > 0), (1.0, 1.0),
    ),
    "large incomplete gamma": Domain(
        (
            Axis((0.0, 20.0), (1.0, 0.5, 10.0), up_to(16384.0), lowest=-6),
            Axis((0.0, 20.0), (0.0, 1.0), up_to(16384.0), lowest=-20),
        ),
        lambda a, x: (a >= 0.015625) & (x > 0), (1.0, 1.0),
    ),
    "incomplete beta": Domain(
        (
            Axis((0.0, 20.0), (1.0, 0.5), up_to(30.0), lowest=-10),
            Axis((0.0, 20.0), (1.0, 0.5), up_to(30.0), lowest=-10),
            Axis((0.0, 1.0), (0.0, 0.5, 1.0), up_to(1.0), lowest=-20),
        ),
        lambda a, b, x: (a > 0) & (b > 0) & (x > 0) & (x < 1), (1.0, 1.0, 0.5),
    ),
    "large incomplete beta": Domain(
        (
            Axis((0.0, 20.0), (1.0, 0.5), up_to(16384.0), lowest=-10),
            Axis((0.0, 20.0), (1.0, 0.5), up_to(16384.0), lowest=-10),
            Axis((0.0, 1.0), (0.0, 0.5, 1.0), up_to(1.0), lowest=-20),
        ),
        lambda a, b, x: (a > 0) & (b > 0) & (x > 0) & (x < 1), (1.0, 1.0, 0.5),
        turn=lambda a, b: np.abs(a) / np.maximum(np.abs(a) + np.abs(b), 2.0**-20),
    ),
    "zeta": Domain(
        (
            Axis((1.0, 20.0), (1.0, 2.0, 1.5), up_to(40.0)),
            Axis((0.0, 20.0), (1.0, 0.5, 9.0), up_to(1000.0), lowest=-3),
        ),
        lambda s, q: (s > 1) & (q > 0), (2.0, 1.0),
    ),
    "high polygamma": Domain(
        (
            Axis(whole=34),
            Axis((0.0, 20.0), (1.0, 0.5, 9.0, 40.0), up_to(1000.0), lowest=-6),
        ),
        lambda n, x: (n >= 0) & (x > 0), (1.0, 1.0),
    ),
    "polygamma": Domain(
        (
            Axis(whole=10),
            Axis((0.0, 20.0), (1.0, 0.5, 9.0), up_to(1000.0), lowest=-6),
        ),
        lambda n, x: (n >= 0) & (x > 0), (1.0, 1.0),
    ),
}  # fmt: skip
