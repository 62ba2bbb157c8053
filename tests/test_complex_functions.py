"""Functions of complex numbers: truths, the measure, problems, and what bounds are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from properties.complex_scalars import COMPLEX_DOMAINS
from properties.dtypes import COMPLEX64, COMPLEX128, DTYPES
from properties.entries import moduli, modulus
from properties.examine import examine
from properties.math import complex_cuts, complex_gradients, complex_partials
from properties.math.complex_functions import ROWS
from properties.modes import Implementation
from properties.nn import complex_activations
from properties.recipes import problem
from properties.registry import routines
from properties.routine import Case, Problem, Routine
from properties.scalars import JOINT
from references.audits import disagreement
from references.complex_functions import FORMULAS, stack
from references.complex_functions_opinions import second
from references.interval import Interval
from references.truth import Enclosure, Truth
from reports.record import BROKEN, HELD
from tests.complex_formulas import TEXTBOOK

DOMAIN = {row.name: row.domain for row in ROWS}
DOMAIN |= {f"{row.name}.gradient": row.domain for row in complex_gradients.ROWS}
DOMAIN |= {f"{row.name}.gradient_{row.argument}": row.domain for row in complex_partials.ROWS}
DOMAIN |= {row.name: row.domain for row in complex_activations.ROWS}
DOMAIN |= {f"{row.name}.gradient": row.domain for row in complex_activations.SLOPES}
OF_NN = {row.name for row in complex_activations.ROWS}
Z = np.complex128


def recipe(name: str, grid: str, *, members: int = 12, n: int = 33, seed: int = 5) -> Problem:
    return problem(("complex scalars", members, (n,), DOMAIN[name], 0, 0, grid, seed, ()))


def routine_of(name: str) -> Routine:
    """Of a function or, under "<name>.gradient", of its derivative."""
    function, _, gradient = name.partition(".")
    space = "nn" if function in OF_NN else "math"
    return routines()[f"{space}.{function}.complex" + f".{gradient}" * bool(gradient)]


def test_every_formula_is_set_and_every_domain_is_used():
    assert set(DOMAIN) == set(FORMULAS)
    assert set(DOMAIN.values()) == set(COMPLEX_DOMAINS)


@pytest.mark.parametrize("name", FORMULAS)
def test_balls_and_mpmath_agree(name):
    routine, compared = routine_of(name), 0
    assert routine.audit is not None
    for grid in ("float32", "float64"):
        given = recipe(name, grid, n=5)
        truth = routine.reference(*given.inputs)
        assert truth.exists.all()
        for member in range(len(given)):
            if np.isfinite(truth.parts[0].radius[member]).all():  # within the range of float64
                audited = routine.audit(*(x[member] for x in given.inputs))
                assert disagreement(audited, truth, member) <= 1e-12
                compared += 1
    assert compared >= 16


@pytest.mark.parametrize(
    ("name", "inputs", "value"),
    [
        ("sqrt", (-3 + 4j,), 1 + 2j),
        ("multiply", (1 + 2j, 3 - 1j), 5 + 5j),
        ("divide", (5 + 5j, 3 - 1j), 1 + 2j),
        ("squared_difference", (4 + 4j, 1), 25),
        ("abs", (2.0**600 * (3 + 4j),), 5 * 2.0**600),
        ("sign", (2.0**-700 * (3 - 4j),), 0.6 - 0.8j),
        ("exp", (0j,), 1),
        ("expm1", (0j,), 0),
        ("reciprocal_no_nan", (0j,), 0),
        ("xlogy", (0j, 2 + 1j), 0),
        ("conj", (1 + 2j,), 1 - 2j),
        ("square.gradient", (1 + 2j,), 2 - 4j),
        ("sqrt.gradient", (-3 + 4j,), 1 / (2 - 4j)),
        ("atan.gradient", (1 + 1j,), 1 / (1 - 2j)),
        ("divide.gradient", (4j, 1 + 1j), -2),
        ("angle.gradient", (2j,), -0.5),
        ("abs.gradient", (3 - 4j,), 0.6 - 0.8j),
        ("abs.gradient", (0j,), 0),
        ("sign.gradient", (3 + 4j,), 0.128 - 0.096j),
        ("multiply_no_nan.gradient_x", (1 + 2j, 3 - 1j), 3 + 1j),
        ("multiply_no_nan.gradient_y", (1 + 2j, 3 - 1j), 1 - 2j),
        ("divide.gradient_x", (4j, 1 + 1j), 0.5 + 0.5j),
        ("divide_no_nan.gradient_x", (4j, 0), 0),
        ("xdivy.gradient_y", (4j, 1 + 1j), -2),
        ("xlogy.gradient_y", (1j, 2), -0.5j),
        ("xlog1py.gradient_y", (1j, 1), -0.5j),
        ("pow.gradient_y", (4, 0.5), 4 * np.log(2)),
    ],
)
def test_values_that_are_known(name, inputs, value):
    truth = stack(name, *(np.array([[z]], Z) for z in inputs))
    part = truth.parts[0]
    found = np.ldexp([part.hi.real[0, 0], part.hi.imag[0, 0]], part.exponent[0])
    assert complex(*found) == pytest.approx(value, rel=2.0**-53)
    assert part.radius[0, 0] <= 2.0**-70 * abs(part.hi[0, 0])


def share(answer: complex, true: complex, dtype=COMPLEX64, exponent: int = 0):
    part = Enclosure(
        np.array([[true]], Z), np.zeros((1, 1), Z), np.zeros((1, 1)), np.array([exponent])
    )
    given = Problem((np.ones((1, 1), Z),), {"n": 1}, {}, ("none",), {})
    truth = Truth((part,), {}, np.array([True]), ("by hand",))
    return moduli(Case(given, (np.array([[answer]], Z),), truth, dtype, "eager"))


@pytest.mark.parametrize("dtype", [COMPLEX64, COMPLEX128])
@pytest.mark.parametrize("exponent", [-60, -3, 0, 90])
@pytest.mark.parametrize("k", [1, 4, 1024])
@pytest.mark.parametrize("direction", [1, 1j, 0.6 - 0.8j])
def test_errors_of_k_eps_measure_as_k(dtype, exponent, k, direction):
    scale = 2.0**exponent
    for true in (1 + 0j, 1j, 3 - 4j, 1 + 2.0**-30 * 1j):
        size = abs(true)
        found = share((true + k * dtype.eps * size * direction) * scale, true, dtype, exponent)
        slack = 1e-9 if dtype is COMPLEX64 else 0.6  # of an answer that is rounded itself
        assert found.lower[0, 0] <= k * (1 + 1e-9) + slack
        assert found.upper[0, 0] >= k * (1 - 1e-9) - slack
        assert found.upper[0, 0] - found.lower[0, 0] <= 1e-6 * k


def test_zero_and_what_underflows():
    assert share(0j, 0j).upper[0, 0] == 0.0
    assert share(1e-30 + 0j, 0j).lower[0, 0] == np.inf
    assert share(0j, 0.5 * COMPLEX64.tiny * 1j).upper[0, 0] == 0.0  # may be flushed
    assert share(0j, 2.0**10 * COMPLEX64.tiny + 0j).lower[0, 0] > 1e6


def test_moduli_near_both_ends_of_the_range_are_tight():
    for scale in (2.0**1000, 1.0, 2.0**-1000):
        sides = Interval.exact(np.array([3 * scale])), Interval.exact(np.array([4 * scale]))
        found = modulus(*sides)
        assert found.lower[0] <= 5 * scale <= found.upper[0]
        assert found.upper[0] - found.lower[0] <= 1e-14 * scale
    apart = modulus(Interval.exact(np.array([1.0])), Interval.exact(np.array([2.0**-1070])))
    assert apart.lower[0] <= 1.0 < apart.upper[0] <= 1.0 + 1e-14


@pytest.mark.parametrize("structure", COMPLEX_DOMAINS)
@pytest.mark.parametrize("grid", ["float32", "float64"])
def test_entries_are_inside_their_domain_and_on_their_grid(structure, grid):
    domain = COMPLEX_DOMAINS[structure]
    given = problem(("complex scalars", 64, (33,), structure, 0, 0, grid, 3, ()))
    held = COMPLEX64 if grid == "float32" else COMPLEX128
    assert all(held.holds(z) for z in given.inputs)
    parts = [part for z in given.inputs for part in (z.real, z.imag)]
    assert domain.inside(*parts).all()
    assert set(given.traits["stratum"].tolist()) == set(JOINT)
    for axis, x in zip(domain.axes, parts, strict=True):
        assert (np.abs(x) <= max(axis.reach(DTYPES[grid]), 2.0)).all()
    assert len(np.unique(given.inputs[-1])) > 300


def test_members_stand_by_themselves():
    made = ("complex scalars", 16, (7,), "powers", 0, 0, "float32", 5, ())
    whole, some = problem(made), problem((*made, (3, 11)))
    for all_of_them, two in zip(whole.inputs, some.inputs, strict=True):
        assert (all_of_them[[3, 11]] == two).all()


@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_formulas_that_bounds_are_made_of_hold_them(name):
    def function(routine: Routine, given: Problem, *_: object) -> tuple[NDArray]:
        with np.errstate(all="ignore"):
            return (TEXTBOOK[name](*(z.astype(np.complex64) for z in given.inputs)).astype(Z),)

    routine, held, worst = routine_of(name), 0, 0.0
    given = recipe(name, "float32", members=96)
    parts = np.abs([part for z in given.inputs for part in (z.real, z.imag)])
    usual = ((parts == 0) | ((parts > 1e-4) & (parts < 8))).all(axis=0)
    assert usual.sum() > 500
    given = replace(given, inputs=tuple(np.where(usual, z, 1 + 1j) for z in given.inputs))
    backend = Implementation("textbook", function)
    for records in examine(routine, given, [backend], dtypes=("complex64",)).records:
        assert not (records.verdict == BROKEN).any(), (records.cell, given.inputs)
        compared = records.verdict == HELD
        held += int(compared.sum())
        if records.cell.claim != "honesty" and compared.any():
            worst = max(worst, float((records.error / records.bound)[compared].max()))
    assert held >= 10
    assert 2.0**-8 < worst <= 1


@pytest.mark.parametrize(
    ("name", "inputs", "excused"),
    [
        ("add", (2.0**127 * (1 + 0j), 2.0**127 * (1 - 2.0**-20)), False),
        ("add", (2.0**127 * (1 + 0j), 2.0**127 * (1 - 2.0**-23)), True),
        ("exp", (128 * np.log(2) - 2.0**-12, ), False),
        ("exp", (128 * np.log(2) - 2.0**-21, ), True),
        ("pow", (2.0**64, 2 - 2.0**-18), False),
        ("pow", (2.0**64 * (1 - 2.0**-20), 2), True),
    ],
)  # fmt: skip
def test_an_infinite_answer_is_excused_where_the_claim_allows_it(name, inputs, excused):
    routine = routines()[f"math.{name}.complex"]
    arrays = tuple(np.array([[z, 1]], Z).astype(np.complex64).astype(Z) for z in inputs)
    backend = Implementation("overflow", lambda *_: (np.array([[np.inf, 1]], Z),))
    given = Problem(arrays, {"n": 2}, {}, (), {})
    records = examine(routine, given, [backend], dtypes=("complex64",)).records
    verdicts = [r.verdict[0] for r in records if r.cell.claim == "honesty"]
    assert verdicts == [HELD if excused else BROKEN]


@pytest.mark.parametrize("name", complex_cuts.CUTS)
@pytest.mark.parametrize("grid", ["float32", "float64"])
def test_limits_on_branch_cuts_by_both_engines_and_by_their_mirror_images(name, grid):
    routine = routines()[f"math.{name}.complex.cut"]
    given = problem(("complex cuts", 12, (7,), complex_cuts.CUTS[name], 0, 0, grid, 5, ()))
    truth = routine.reference(*given.inputs)
    assert truth.exists.all()
    part = truth.parts[0]
    mirrored = complex_cuts.mirror(part.hi, name)
    assert (mirrored[:, :3] == part.hi[:, 4:]).all()
    assert routine.audit is not None
    for member in range(len(given)):
        if np.isfinite(part.radius[member]).all():
            audited = routine.audit(*(x[member] for x in given.inputs))
            assert disagreement(audited, truth, member) <= 1e-12


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("sqrt", -4 + 0j, 2j),
        ("sqrt", complex(-4, -0.0), -2j),
        ("log", complex(-1, -0.0), -1j * np.pi),
        ("asin", complex(2, -0.0), np.pi / 2 - 1j * np.arccosh(2)),
        ("acosh", 0.5 + 0j, 1j * np.arccos(0.5)),
        ("asinh", complex(-0.0, 2), -np.arccosh(2) + 0.5j * np.pi),
        ("atanh", complex(-2, -0.0), -np.arctanh(0.5) - 0.5j * np.pi),
    ],
)
def test_limits_on_branch_cuts_that_are_known(name, point, value):
    """As C99 and NumPy have them."""
    part = routines()[f"math.{name}.complex.cut"].reference(np.array([[point]], Z)).parts[0]
    assert np.ldexp(part.hi.real[0, 0], part.exponent[0]) == pytest.approx(value.real, rel=1e-15)
    assert np.ldexp(part.hi.imag[0, 0], part.exponent[0]) == pytest.approx(value.imag, rel=1e-15)
    assert second(name)(np.array([point]))[0][0] == pytest.approx(value)
