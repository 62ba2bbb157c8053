"""Derivatives of functions of one number: their formulas, and what tapes make of them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from properties.protocol import Request
from properties.workers import Worker
from references.elementwise_audits import FUNCTIONS
from references.gradients import GRADIENTS

POINTS = {
    "acosh": (1.0625, 1.5, 9.0), "erfinv": (-0.9375, 0.125, 0.5), "ndtri": (0.0625, 0.75),
    "erfcinv": (0.125, 1.75)}  # fmt: skip
POSITIVE = ("rsqrt", "bessel_k0e", "bessel_k1", "bessel_k1e", "bessel_y1", "expint", "spence")
UNIT = ("asin", "atanh", "log1p")
ARGUMENTS = {"leaky_relu": ({"alpha": 0.125},), "gelu": ({}, {"approximate": True})}


def points(name: str) -> tuple[float, ...]:
    """Where a function has a derivative, away from its poles."""
    if name in POINTS:
        return POINTS[name]
    if name in POSITIVE:
        return (0.1875, 1.0, 1.75, 5.5)
    return (-0.875, -0.25, 0.3125, 0.75) if name in UNIT else (-6.25, -1.75, -0.375, 0.625, 3.5)


@pytest.mark.parametrize("name", GRADIENTS)
def test_formulas_are_derivatives(name):
    """Of mpmath's values of the function, by differences."""
    saved, ctx.prec = ctx.prec, 160
    try:
        with mpmath.workdps(40):
            for x in points(name):
                for arguments in ARGUMENTS.get(name, ({},)):
                    ball = GRADIENTS[name](arb(x), **arguments)
                    known = mpmath.diff(lambda y, a=arguments: FUNCTIONS[name](y, **a), x)
                    gap = abs(mpmath.mpf(ball.mid().str(40, radius=False)) - known)
                    assert gap <= mpmath.mpf(10) ** -30 * (1 + abs(known)), x
    finally:
        ctx.prec = saved


def test_values_at_the_origin_are_limits():
    known = {"bessel_i1": 0.5, "bessel_i1e": 0.5, "bessel_j1": 0.5, "tanh": 1.0, "sigmoid": 0.25}
    for name, value in known.items():
        assert GRADIENTS[name](arb(0)) == value
    assert GRADIENTS["spence"](arb(1)) == -1
    assert [float(GRADIENTS["relu6"](arb(x))) for x in (0.0, 1.0, 6.0)] == [0.0, 1.0, 0.0]
    assert float(GRADIENTS["leaky_relu"](arb(0), alpha=0.125)) == 0.125
    assert GRADIENTS["elu"](arb(0)) == 1


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_a_stack_gets_the_derivative_at_each_entry(mode):
    worker = Worker()
    try:
        x = np.array([[0.0, 1.0], [-2.0, 3.0]])
        arguments = {"of": "nn.elu"}
        call = "properties.math.calls:gradient"
        reply = worker.ask(Request(call, None, mode, "CPU:0", "float64", arguments, (x,)))
    finally:
        worker.stop()
    assert reply.outcome == "answer"
    assert np.allclose(reply.arrays[0], np.where(x < 0, np.exp(x), 1.0), rtol=1e-12)


def test_far_below_zero_polygamma_still_takes_a_step_for_each_unit():
    """The derivative of digamma, which is why problems of it end at -1024."""
    from time import perf_counter

    worker = Worker()
    try:
        taken = {}
        for x in (-1000.5, -900.5, -20_000_000.5):  # the first call prepares
            start = perf_counter()
            call = "properties.math.calls:gradient"
            told = {"of": "math.digamma"}
            worker.ask(Request(call, None, "eager", "CPU:0", "float64", told, (np.array([[x]]),)))
            taken[x] = perf_counter() - start
    finally:
        worker.stop()
    assert taken[-20_000_000.5] > 4 * taken[-900.5], "fixed: set larger problems"


Z = np.array([[0.5 + 0.25j, -1.5 + 0.75j, 0.125 - 2j], [-0.25 - 0.5j, 1.75 + 1j, -2 - 0.125j]])
W = np.array([[0.75 - 0.5j, 1.25 + 2j, -0.5 + 1j], [2 + 0.25j, -1 - 1.5j, 0.25 + 0.75j]])
OTHERS = {  # of complex functions: another call whose answer the derivative is, and its sign
    "expm1": ({}, "math.exp", (Z.conj(),), 1),
    "cos": ({}, "math.sin", (Z.conj(),), -1),
    "sinh": ({}, "math.cosh", (Z.conj(),), 1),
    "cosh": ({}, "math.sinh", (Z.conj(),), 1),
    "acos": ({}, "properties.math.calls:gradient", (Z,), -1),
    "reciprocal_no_nan": ({}, "math.square", (1 / Z.conj(),), -1),
    "multiply": ({"by": 1}, "math.conj", (Z,), 1),
    "subtract": ({"by": 1}, "math.sign", (np.ones_like(Z),), -1),
    "squared_difference": ({"by": 1}, "math.subtract", (2 * Z, 2 * W), -1),
}


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_derivatives_of_complex_functions_that_are_judged_elsewhere(mode):
    """By the function that docs/bounds.md names, at conj(z), with its sign; acos by asin's tape."""
    worker, call = Worker(), "properties.math.calls:gradient"

    def answer(call: str, arguments: dict, inputs: tuple) -> np.ndarray:
        reply = worker.ask(Request(call, None, mode, "CPU:0", "complex128", arguments, inputs))
        assert reply.outcome == "answer", reply
        return reply.arrays[0]

    try:
        for name, (told, other, given, sign) in OTHERS.items():
            inputs = (Z, W) if told else (Z,)
            found = answer(call, {"of": f"math.{name}", **told}, inputs)
            due = sign * answer(other, {"of": "math.asin"} if other == call else {}, given)
            assert np.allclose(found, due, rtol=1e-14, atol=0), name
    finally:
        worker.stop()


@pytest.mark.parametrize("name", ["elu", "selu", "relu6", "leaky_relu"])
def test_the_derivative_at_nan_is_still_a_number(name):
    worker = Worker()
    try:
        call, told = "properties.math.calls:gradient", {"of": f"nn.{name}"}
        x = np.array([[np.nan, 1.0]])
        reply = worker.ask(Request(call, None, "eager", "CPU:0", "float64", told, (x,)))
    finally:
        worker.stop()
    assert np.isfinite(reply.arrays[0]).all(), "fixed: take it out of the ledger"
