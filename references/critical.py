"""Critical points of polynomials with whole coefficients, each classified with proof.

The derivative is split into square-free factors, exactly; flint isolates the roots of each in
balls that are disjoint. A root of multiplicity one or three in the derivative is a minimum or a
maximum by the sign of the first derivative of the polynomial that does not vanish there; one of
even multiplicity is neither. So the kind is decided also where the second derivative is zero and
the second-derivative test is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, ctx, fmpz_poly

MINIMUM, MAXIMUM, NEITHER = "minimum", "maximum", "neither"
BITS = 512
MOST_BITS = 8192


class Critical(NamedTuple):
    """A real root of the derivative as a ball, the polynomial there, its second derivative, kind.

    `test` is what the second derivative tells by itself: empty where it is exactly zero.
    """

    x: arb
    value: arb
    curvature: arb
    multiplicity: int
    kind: str

    @property
    def test(self) -> str:
        """The verdict of the second-derivative test; empty where it is inconclusive."""
        return self.kind if self.multiplicity == 1 else ""


class Undecided(ArithmeticError):
    """A sign that no precision up to MOST_BITS could tell: an error of this suite."""


def critical_points(coefficients: Sequence[int]) -> list[Critical]:
    """All real critical points of a polynomial, from the left; highest coefficient first.

    ValueError for a constant, whose critical points are all points.
    """
    polynomial = fmpz_poly([int(c) for c in reversed(coefficients)])
    slope = polynomial.derivative()
    if slope.degree() < 0:
        raise ValueError("every point of a constant is critical")
    saved, precision = ctx.prec, BITS
    try:
        while precision <= MOST_BITS:
            ctx.prec = precision
            found = [
                _classified(polynomial, root.real, times)
                for root, times in _roots(slope)
                if root.imag == 0
            ]
            if None not in found:
                return sorted((f for f in found if f is not None), key=lambda f: float(f.x))
            precision *= 2
    finally:
        ctx.prec = saved
    raise Undecided(f"{polynomial} at {MOST_BITS} bits")


def _roots(polynomial: fmpz_poly) -> Any:
    """Pairs of a root in balls and its multiplicity, which flint's stubs have no type for."""
    return polynomial.complex_roots()


def _classified(polynomial: fmpz_poly, x: arb, times: int) -> Critical | None:
    """The point with its kind; None where the balls are too wide for a sign."""
    derivative = polynomial.derivative()
    second = derivative.derivative()
    curvature = second(x) if times == 1 else arb(0)
    if times % 2 == 0:
        return Critical(x, polynomial(x), curvature, times, NEITHER)
    for _ in range(times):
        derivative = derivative.derivative()
    sign = derivative(x)
    if not (sign > 0 or sign < 0):
        return None
    return Critical(x, polynomial(x), curvature, times, MINIMUM if sign > 0 else MAXIMUM)


def sturm_count(coefficients: Sequence[int]) -> int:
    """How many distinct real roots a polynomial has, by Sturm's theorem: exact integers alone.

    Signs of the sequence p, p', -rem ... at minus and plus infinity; remainders keep their sign
    while pseudo-division multiplies by positive numbers only.
    """
    first = fmpz_poly([int(c) for c in reversed(coefficients)])
    sequence = [first, first.derivative()]
    while sequence[-1].degree() > 0:
        remainder = _remainder(sequence[-2], sequence[-1])
        if remainder.degree() < 0:
            break
        sequence.append(-remainder)
    right = [int(p[p.degree()]) for p in sequence]
    left = [
        sign * (-1) ** p.degree() for sign, p in zip(right, sequence, strict=True)
    ]  # fmt: skip
    return _changes(left) - _changes(right)


def _remainder(a: fmpz_poly, b: fmpz_poly) -> fmpz_poly:
    """A positive multiple of a mod b, its content taken out."""
    lead = b[b.degree()]
    while a.degree() >= b.degree():
        shift = a.degree() - b.degree()
        top = a[a.degree()] if lead > 0 else -a[a.degree()]
        a = abs(lead) * a - fmpz_poly([0] * shift + [top]) * b
    content = a.content()
    return a if content == 0 else fmpz_poly([c // content for c in a.coeffs()])


def _changes(signs: Sequence[int]) -> int:
    return sum((a > 0) != (b > 0) for a, b in pairwise(signs))
