"""Implementations that are right: the exact answer rounded, and SciPy in double precision.

Whatever they break is an error of this suite: of a reference, a measure or a bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from properties.dtypes import DTYPES, FLOAT64, Dtype
from properties.modes import Implementation
from properties.routine import Array, Problem, Routine, evaluate
from references.doubledouble import exact_scale, shift, two_sum
from references.embedded import column, folded
from references.truth import Enclosure, Truth
from tests.right_ways import OURS, shifted


def correctly_rounded(part: Enclosure, dtype: Dtype) -> Array:
    """(hi + lo) 2^exponent rounded once to nearest even, overflow and subnormals included.

    The sum is first rounded to odd in float64: an inexact even head moves to its odd neighbour
    on the side of the tail. With at least two bits to spare, what a second rounding then gives
    is what one rounding of the exact sum gives (Boldo and Melquiond 2008). float64 has none to
    spare, but there the head is the rounded sum already. Complex numbers are rounded by parts. A
    number or part that may be zero, for all that is proved, is zero: exact zeros are most of these.
    """
    hi, lo, radius = part.hi, part.lo, part.radius
    if np.iscomplexobj(hi):
        flat = [side.reshape(len(side), -1) for side in (hi, lo, radius)]
        hi, lo, radius = column(flat[0]), column(flat[1]), np.concatenate([flat[2]] * 2, 1)
        found = correctly_rounded(Enclosure(hi, lo, radius, part.exponent), dtype)
        return folded(found).reshape(part.hi.shape)
    known = np.abs(hi) > radius
    head, tail = two_sum(np.where(known, hi, 0.0), np.where(known, lo, 0.0))
    if dtype.bits + 2 <= FLOAT64.bits:
        even = (head.view(np.int64) & 1) == 0
        head = np.where(even & (tail != 0), np.nextafter(head, np.copysign(np.inf, tail)), head)
    exponent = part.exponent.reshape(-1, *(1,) * (head.ndim - 1))
    # The exponent of the last bit that a number of this size keeps, before the member's scale.
    last = np.maximum(np.frexp(head)[1] + exponent, dtype.min_exponent + 1) - dtype.bits - exponent
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        whole = np.rint(np.ldexp(head, -last))
        value = np.ldexp(whole, last + exponent)
    return np.where(np.abs(value) > dtype.max, np.copysign(np.inf, value), value)


def either_side(part: Enclosure, dtype: Dtype, chance: np.random.Generator) -> Array:
    """The number of the dtype next to (hi + lo) 2^exponent above or below, at random.

    The nearest where the proved radius does not tell on which side of it the exact value lies.
    """
    if np.iscomplexobj(part.hi):
        hi, lo = (column(side.reshape(len(side), -1)) for side in (part.hi, part.lo))
        wide = np.concatenate([part.radius.reshape(len(hi), -1)] * 2, axis=1).reshape(hi.shape)
        found = either_side(Enclosure(hi, lo, wide, part.exponent), dtype, chance)
        return folded(found).reshape(part.hi.shape)
    nearest = correctly_rounded(part, dtype)
    with np.errstate(all="ignore"):
        beyond = (part.hi - shift(nearest, -part.exponent)) + part.lo
        exponent = np.maximum(np.frexp(nearest)[1] - 1, dtype.min_exponent)
        exponent = np.where(nearest == 0, dtype.min_exponent, exponent)
        last = np.ldexp(1.0, exponent - dtype.bits + 1)
        # Below a power of two numbers lie half as far apart.
        inward = (np.sign(beyond) != np.sign(nearest)) & (np.abs(nearest) > dtype.tiny)
        last = np.where(inward & (np.abs(np.frexp(nearest)[0]) == 0.5), last / 2, last)
        other = nearest + np.sign(beyond) * last
    known = np.isfinite(nearest) & (np.abs(other) <= dtype.max) & (np.abs(beyond) > part.radius)
    return np.where(known & (chance.random(nearest.shape) < 0.5), other, nearest)


def scipy_in_double(
    routine: Routine, problem: Problem, dtype: Dtype, truth: Truth
) -> tuple[Array, ...]:
    """Float64 answers of SciPy to a stack, NaN where it raises, for the cut-off of `dtype`.

    Eigenvectors come from QR iteration and the fast way of least squares goes by normal
    equations, as TensorFlow's do. Systems are scaled to 1 by powers of two and back.
    """
    arguments = dict(problem.arguments)
    if routine.name == "linalg.pinv" and "rcond" not in arguments:
        arguments["rcond"] = 10 * max(problem.inputs[0].shape[1:]) * dtype.eps
    if routine.name == "linalg.matrix_rank":
        arguments["eps"] = dtype.eps
    rival = OURS.get(routine.name, routine.rival)
    assert rival is not None
    answers = tuple(np.full_like(part.hi, np.nan) for part in truth.parts)
    inputs, scales = _scaled(routine, problem)
    for i in range(len(problem)):
        try:
            parts = rival(*(array[i] for array in inputs), **arguments)
        except (ArithmeticError, ValueError):  # LinAlgError is a ValueError
            continue
        for array, part in zip(answers, parts, strict=True):
            array[i] = part
    return (shifted(answers[0], scales), *answers[1:])


def _scaled(routine: Routine, problem: Problem) -> tuple[tuple[Array, ...], NDArray[np.int64]]:
    """Inputs of linear algebra times powers of two, and log2 of what the answer lacks then."""
    kind, regular = problem.recipe[0], problem.arguments.get("l2_regularizer", 0.0)
    if routine.name not in SCALED or (regular and problem.arguments["fast"]):
        return problem.inputs, np.zeros(len(problem), np.int64)
    exponents = [exact_scale(array) for array in problem.inputs]
    inputs = tuple(shifted(a, -e) for a, e in zip(problem.inputs, exponents, strict=True))
    if routine.name == "linalg.det":
        return inputs, problem.sizes["n"] * exponents[0]
    if kind in ("symmetric", "complex hermitian") or routine.name == "linalg.svd":
        return inputs, exponents[0]
    return inputs, sum(exponents[1:], start=-exponents[0])


SCALED = tuple(
    f"linalg.{name}" for name in ("solve", "inv", "det", "lstsq", "pinv", "eigh", "eigvalsh", "svd")
)
# Their residual is measured entry by entry, beside answers whose entries lie far apart.
EACH = ("linalg.triangular_solve", "linalg.banded_triangular_solve")


def _rounded_truth(
    routine: Routine, problem: Problem, dtype: Dtype, truth: Truth
) -> tuple[Array, ...]:
    """The truth, rounded; where vectors of a cluster have none, those of SciPy."""
    return _filled(
        routine, problem, dtype, truth, tuple(correctly_rounded(p, dtype) for p in truth.parts)
    )


def _faithful(routine: Routine, problem: Problem, dtype: Dtype, truth: Truth) -> tuple[Array, ...]:
    """The truth, each entry rounded up or down at random: the same way for the same problem."""
    chance = np.random.default_rng(int(problem.digest, 16))
    parts = tuple(either_side(part, dtype, chance) for part in truth.parts)
    return _filled(routine, problem, dtype, truth, parts)


def _filled(
    routine: Routine, problem: Problem, dtype: Dtype, truth: Truth, parts: tuple[Array, ...]
) -> tuple[Array, ...]:
    """The same, with SciPy's answers to members that have an entry without proved digits."""
    unknown = _unknown(truth, each=routine.name in EACH)
    if routine.rival is None or not unknown.any():
        return parts
    members = np.flatnonzero(unknown)
    instead = scipy_in_double(routine, problem.select(members), dtype, truth.select(members))
    for part, other in zip(parts, instead, strict=True):
        part[members] = dtype.round(other)
    return parts


def _unknown(truth: Truth, *, each: bool) -> NDArray[np.bool_]:
    """Members with an entry that has no proved value, or none to the digits of float64.

    An eigenvector of a cluster may be known to ten digits: rounded, it is no right answer. Digits
    are of the largest entry of a member, or of `each`, unless it may be zero.
    """
    unknown = np.zeros(len(truth), dtype=bool)
    for part in truth.parts:
        hi, radius = (np.abs(x).reshape(len(truth), -1) for x in (part.hi, part.radius))
        size = hi if each else hi.max(axis=1, keepdims=True)
        unknown |= ~((radius <= size * FLOAT64.eps) | (each & (hi == 0))).all(axis=1)
    return unknown


def _honest(routine: Routine, problem: Problem, dtype: Dtype, truth: Truth) -> tuple[Array, ...]:
    return tuple(dtype.round(part) for part in scipy_in_double(routine, problem, dtype, truth))


def grants_a_unit(routine: Routine) -> bool:
    """Whether it is a function of numbers whose claims grant a whole unit in the last place.

    Other routines' claims may count roundings to nearest one by one, half a unit each, or promise
    an order, which rounding up or down at random would lose.
    """
    units = routine.terms.get("units")
    if not isinstance(units, str):
        return False
    least = min(evaluate(units, {"eps": DTYPES[d].eps}).lower for d in routine.dtypes)
    return bool(least >= 1)


ROUNDED_TRUTH = Implementation("truth rounded", _rounded_truth)
FAITHFUL = Implementation("truth rounded up or down", _faithful)
HONEST = Implementation("honest", _honest)
