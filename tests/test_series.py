"""Derivatives of trees: every primitive against differences, balls against closed forms."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import differentiate

from properties.named import SCALARS, VECTORS
from references import differences
from references.arithmetic import Arrays, Intervals, Multiprecision
from references.audits import disagreement
from references.derivatives import hessian, jacobian
from references.interval import Interval
from references.operations import lower
from references.program import PRIMITIVES
from references.running import running_hessian, running_jacobian

POINTS = {"asin": (0.375,), "multiply": (0.75, -1.5), "divide": (0.75, -1.5)}
POINTS |= {"select": (0.5, -1.0, 3.0), "linear": (0.5, -1.0, 3.0), "shift": (0.5, 2.0)}
DATA = {"power": 2.5, "linear": (1.0, -1.0, 0.5)}
SMOOTH = sorted(set(PRIMITIVES) - {"shift"})


@pytest.mark.parametrize("name", SMOOTH)
def test_partial_derivatives_of_primitives(name: str) -> None:
    """First, second and third partials against mpmath's numerical derivatives."""
    primitive, data = PRIMITIVES[name], DATA.get(name)
    point = [mpmath.mpf(x) for x in POINTS.get(name, (0.625,))]

    def value(*xs: mpmath.mpf) -> mpmath.mpf:
        return primitive.local(Multiprecision, xs, data, 0).value

    with mpmath.workdps(40):
        local = primitive.local(Multiprecision, point, data, 3)
        claimed: dict[tuple[int, ...], Any] = {(i,): x for i, x in enumerate(local.first)}
        claimed |= {tuple(k[:-1]): k[-1] for k in (*local.second, *local.third)}
        for order in (1, 2, 3):
            for index in np.ndindex(*(len(point),) * order):
                counts = tuple(index.count(i) for i in range(len(point)))
                numerical = mpmath.diff(value, tuple(point), counts)
                assert abs(claimed.get(index, 0) - numerical) < 1e-10, (name, index)


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_intervals_hold_what_numpy_computes(name: str) -> None:
    """Value and first partials over a box hold those of points inside it."""
    primitive, data = PRIMITIVES[name], DATA.get(name)
    centre = np.array(POINTS.get(name, (0.625,)))
    box = [Interval(np.array([c - 0.0625]), np.array([c + 0.0625])) for c in centre]
    wide = primitive.local(Intervals, box, data, 1)
    for shift in (-0.0625, -0.03, 0.0, 0.05, 0.0625):
        narrow = primitive.local(Arrays, list(centre + shift), data, 1)
        for outer, inner in zip(
            (wide.value, *wide.first), (narrow.value, *narrow.first), strict=True
        ):
            assert outer.lower <= inner <= outer.upper


def test_gradient_and_hessian_of_rosenbrock() -> None:
    tree = SCALARS["Rosenbrock as printed"].tree
    points = np.array([[-1.5, 2.0], [1.0, 1.0]])
    gradient, second = jacobian(points, tree=tree).parts[0], hessian(points, tree=tree).parts[0]
    assert np.ldexp(gradient.hi[0], gradient.exponent[0]).tolist() == [[-155.0, -50.0]]
    assert np.ldexp(gradient.hi[1], gradient.exponent[1]).tolist() == [[0.0, 0.0]]
    assert np.ldexp(second.hi[0], second.exponent[0]).tolist() == [[1902.0, 600.0], [600.0, 200.0]]
    assert np.ldexp(second.hi[1], second.exponent[1]).tolist() == [[802.0, -400.0], [-400.0, 200.0]]


def test_hessian_of_the_chapter() -> None:
    """x^3 - 2xy - y^6 at (1, 2), where the chapter prints [[6, -2], [-2, -480]]."""
    tree = SCALARS["x^3 - 2xy - y^6"].tree
    part = hessian(np.array([[1.0, 2.0]]), tree=tree, level=1).parts[0]
    assert np.ldexp(part.hi[0], part.exponent[0]).tolist() == [[6.0, -2.0], [-2.0, -480.0]]
    assert not part.radius.any()


@pytest.mark.parametrize("name", ["Box (12)", "Kowalik-Osborne (15), regular", "softmax"])
def test_audit_of_jacobians(name: str) -> None:
    """Balls agree with differences that know no derivative formula."""
    function = VECTORS[name]
    point = np.linspace(-0.75, 1.0, function.n)
    truth = jacobian(point[None], tree=function.tree)
    assert disagreement(differences.jacobian(point, tree=function.tree), truth, 0) == 0


@pytest.mark.parametrize("name", ["bowl with sines", "Griewank", "Gaussian (9), squares"])
def test_audit_of_hessians(name: str) -> None:
    function = SCALARS[name]
    point = np.linspace(-0.75, 1.0, function.n)
    truth = hessian(point[None], tree=function.tree)
    assert disagreement(differences.hessian(point, tree=function.tree), truth, 0) == 0


@pytest.mark.parametrize("name", ["Wood (14)", "trigonometric (26)", "Beale (5)"])
def test_scipy_agrees(name: str) -> None:
    """scipy.differentiate, an opinion from outside, to its own accuracy."""
    function = VECTORS[name]
    program = lower(function.tree, function.n)
    point = np.linspace(-0.75, 1.0, function.n)

    def values(x: np.ndarray) -> np.ndarray:
        return np.stack(np.broadcast_arrays(*program.values(Arrays, list(x))))

    part = jacobian(point[None], tree=function.tree).parts[0]
    exact = np.ldexp(part.hi[0], part.exponent[0])
    assert np.allclose(differentiate.jacobian(values, point).df, exact, rtol=1e-7, atol=1e-7)


def test_a_derivative_that_cancels_to_zero_is_proved() -> None:
    """softmax of equal entries does not change with them."""
    tree = ("softmax", ("stack", ("at", 0), ("at", 0)))
    part = jacobian(np.array([[0.375]]), tree=tree).parts[0]
    assert np.all(np.ldexp(part.radius[0], part.exponent[0]) < 1e-21)


def test_a_kink_within_rounding_promises_nothing() -> None:
    """At the kink the bound is infinite; away from it, it is not."""
    program = lower(("abs", ("subtract", ("at", 0), ("const", 0.5))), 1)
    bound = running_jacobian(program, np.array([[0.5], [1.5]]), 2.0**-23).excess
    assert np.isinf(bound[0]).all() and np.isfinite(bound[1]).all()


def test_overflow_of_an_intermediate_promises_nothing() -> None:
    program = lower(("log", ("exp", ("at", 0))), 1)
    points = np.array([[16.0]])
    assert np.isinf(running_jacobian(program, points, 2.0**-10).excess).all()
    assert np.isfinite(running_jacobian(program, points, 2.0**-23).excess).all()


def test_a_bound_scales_with_eps() -> None:
    """Halving eps halves the bound, once eps is small."""
    program = lower(SCALARS["bowl with sines"].tree, 2)
    points = np.array([[0.75, -1.25]])
    for bound in (running_jacobian, running_hessian):
        fine, finer = (bound(program, points, eps).excess / eps for eps in (2.0**-23, 2.0**-52))
        assert np.allclose(fine, finer, rtol=1e-4)
        assert np.all(finer > 0.5)
