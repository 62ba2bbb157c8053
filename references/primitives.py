"""Scalar primitives: value, three orders of partial derivatives and roundings, written once.

Every operation of an expression tree expands into these. The formulas run over any numbers with
operators and a namespace `m` of functions (references/arithmetic.py): balls, intervals, mpmath.
The roundings are what an implementation of working precision eps may lose, as absolute numbers
in units of eps: of the value, of the formula of its first and of its second derivative. They are
derived from the formulas that TensorFlow differentiates by, operation by operation, and from the
accuracy of the library functions; none is fitted to an observed error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Number = Any  # a ball, an interval, an mpf or an array: whatever the namespace `m` works on
Array = NDArray[np.float64]
LIBRARY = 2.0  # eps: exp, log, sin, cos of vector libraries (XLA's exhaustive tests allow 2)
RATIONAL = 4.0  # eps: functions approximated by quotients of polynomials (tan, tanh, erf ...)


class Local(NamedTuple):
    """One primitive at one point: partial derivatives by argument, zero entries left out.

    Orders that were not asked for are empty.
    """

    value: Number
    first: list[Number]
    second: list[tuple[int, int, Number]]
    third: list[tuple[int, int, int, Number]]


class Roundings(NamedTuple):
    """Absolute errors in eps of the value, the first and the second partial derivatives."""

    value: Array | float
    first: list[Array | float]
    second: list[Array | float]


@dataclass(frozen=True)
class Primitive:
    """A scalar function of one or several numbers.

    `local(m, xs, data, order)` evaluates it with its partial derivatives up to `order`, at most
    three; `roundings(xs, local, data)` takes and returns nonnegative float64 arrays (largest
    magnitudes over an enclosure), and needs the first two orders.
    """

    name: str
    local: Callable[[Any, Sequence[Number], Any, int], Local]
    roundings: Callable[[Sequence[Array], Local, Any], Roundings]
    because: str
