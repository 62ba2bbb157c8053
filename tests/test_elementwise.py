"""Functions of numbers: their truths, their measure, their problems."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb

from properties.domains import DOMAINS
from properties.dtypes import DTYPES, FLOAT16, FLOAT32, FLOAT64
from properties.recipes import problem
from properties.registry import routines
from properties.scalars import JOINT, STRATA
from properties.ulps import ulps_of
from references.audits import disagreement
from references.elementwise import stack
from references.formulas import FORMULAS
from references.gradients import GRADIENTS
from references.gradients_audits import GRADIENTS as AUDITS
from references.incomplete import betainc
from references.partials import PARTIALS
from references.truth import Enclosure

ROUTINES = {
    name: routine
    for name, routine in routines().items()
    if getattr(routine.reference, "__module__", "") == "properties.elementwise"
}


def enclosure(hi: float, lo: float = 0.0, radius: float = 0.0, exponent: int = 0) -> Enclosure:
    parts = (np.array([[x]]) for x in (hi, lo, radius))
    return Enclosure(*parts, np.array([exponent]))


def error(answer: float, part: Enclosure, dtype=FLOAT32) -> tuple[float, float]:
    found = ulps_of(np.array([[answer]]), part, dtype)
    return found.lower.item(), found.upper.item()


@pytest.mark.parametrize("name", ROUTINES)
def test_balls_and_mpmath_agree(name):
    """On one member of each stratum; a count says that something was compared."""
    routine = ROUTINES[name]
    compared = 0
    for grid in ("float32", "float64"):
        arguments = {"alpha": 0.125} if name.startswith("nn.leaky_relu") else {}
        given = problem(("scalars", 6, (5,), domain_of(name), 0, 0, grid, 11, ()))
        truth = routine.reference(*given.inputs, **arguments)
        assert truth.exists.all()
        for member in range(len(given)):
            fine = np.isfinite(truth.parts[0].radius[member]).all()
            if not fine:  # beyond the range of float64
                continue
            audited = routine.audit(*(x[member] for x in given.inputs), **arguments)
            assert disagreement(audited, truth, member) <= 1e-12
            compared += 1
    assert compared >= 8


def domain_of(name: str) -> str:
    return str(routines()[name].problems.__doc__).split("'")[1]


def test_every_formula_is_set_and_every_domain_is_used():
    named = {name.rpartition(".")[2] for name in ROUTINES}
    partial = {name for name in named if name.startswith("gradient_")}
    assert named - partial - {"angle", "gradient"} == set(FORMULAS)  # an angle is an atan2
    assert {name.partition(".gradient_") for name in ROUTINES if ".gradient_" in name} == {
        (f"math.{function}", ".gradient_", argument)
        for function, _, argument in (name.partition(" by ") for name in PARTIALS)
    }
    derived = {name.removesuffix(".gradient") for name in ROUTINES if name.endswith(".gradient")}
    assert {name.rpartition(".")[2] for name in derived} == set(GRADIENTS) == set(AUDITS)
    assert derived <= set(ROUTINES)
    assert {domain_of(name) for name in ROUTINES} == set(DOMAINS)


def test_ulps_of_errors_that_are_known():
    one = FLOAT32.eps
    assert error(1.0 + one, enclosure(1.0)) == (1.0, 1.0)
    assert error(1.0 - one / 2, enclosure(1.0)) == (0.5, 0.5)
    assert error(2.0, enclosure(2.0 - one)) == (1.0, 1.0)  # ulp below 2 is eps
    assert error(-3.0, enclosure(3.0)) == (3.0 / one, 3.0 / one)
    assert error(5.0 * 2.0**40, enclosure(5.0, 0.0, 0.0, 40)) == (0.0, 0.0)
    low, high = error(1.0, enclosure(1.0, one / 4))
    assert low <= 0.25 <= high < 0.25 + 1e-9


def test_the_tail_decides_on_which_side_of_a_power_of_two_the_truth_lies():
    below = error(1.0, enclosure(1.0, -(2.0**-60)), FLOAT64)
    above = error(1.0, enclosure(1.0, 2.0**-60), FLOAT64)
    assert below[0] == pytest.approx(2.0**-60 / 2.0**-53)
    assert above[0] == pytest.approx(2.0**-60 / 2.0**-52)
    low, high = error(1.0 + 2.0**-52, enclosure(1.0, 0.0, 2.0**-60), FLOAT64)
    assert 0.99 < low < 1.0  # in units below 1 it would be twice as much: either may be true
    assert 2.0 < high < 2.02


def test_results_below_tiny_may_be_flushed_and_no_others():
    tiny = FLOAT32.tiny
    assert error(0.0, enclosure(0.75 * tiny)) == (0.0, 0.0)
    assert error(tiny, enclosure(0.75 * tiny)) == (0.0, 0.0)
    assert error(-tiny, enclosure(0.75 * tiny))[0] > 1e6
    assert error(0.5 * tiny, enclosure(0.75 * tiny))[0] == 0.25 * tiny / 2.0**-149
    assert error(0.0, enclosure(1.25 * tiny))[0] == 1.25 * 2.0**23
    assert error(tiny, enclosure(0.0))[0] == 2.0**23
    assert error(FLOAT16.tiny, enclosure(0.75 * FLOAT16.tiny), FLOAT16) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("dtype", "exponent"), [(FLOAT16, 0), (FLOAT32, 0), (FLOAT32, 40), (FLOAT64, -1000)]
)
def test_a_truth_that_rounds_to_tiny_is_normal_on_whichever_side_it_lies(dtype, exponent):
    tiny = np.ldexp(1.0, dtype.min_exponent - exponent)  # of the enclosure, which has its exponent

    def lost(lo: float, radius: float) -> tuple[float, float]:
        return error(0.0, enclosure(tiny, lo, radius, exponent), dtype)

    low, high = lost(0.0, 2.0**-100 * tiny)  # asin(tiny), for one
    assert 0.5 / dtype.eps <= low <= high <= 4.0 / dtype.eps
    assert lost(-(2.0**-60) * tiny, 2.0**-100 * tiny) == (0.0, 0.0)  # below for sure
    low, high = lost(0.0, 0.3 * dtype.eps * tiny)  # may round to the subnormal number below
    assert low == 0.0
    assert high >= 0.5 / dtype.eps


@pytest.mark.parametrize("structure", DOMAINS)
@pytest.mark.parametrize("grid", ["bfloat16", "float16", "float32", "float64"])
def test_entries_are_inside_their_domain_and_on_their_grid(structure, grid):
    domain = DOMAINS[structure]
    given = problem(("scalars", 64, (33,), structure, 0, 0, grid, 3, ()))
    assert all(DTYPES[grid].holds(x) for x in given.inputs)
    assert domain.inside(*given.inputs).all()
    words = STRATA if len(domain.axes) == 1 else JOINT
    assert set(given.traits["stratum"].tolist()) == set(words)
    for axis, x in zip(domain.axes, given.inputs, strict=True):
        assert (np.abs(x) <= max(axis.reach(DTYPES[grid]), 2.0)).all()
    different = len(np.unique(given.inputs[-1]))
    assert different > 300


def test_members_stand_by_themselves():
    recipe = ("scalars", 16, (7,), "powers", 0, 0, "float32", 5, ())
    whole, some = problem(recipe), problem((*recipe, (3, 11)))
    for all_of_them, two in zip(whole.inputs, some.inputs, strict=True):
        assert (all_of_them[[3, 11]] == two).all()


def test_values_beyond_float64_do_not_fit_and_small_ones_keep_their_digits():
    truth = stack(FORMULAS["exp"], np.array([[800.0], [-740.0], [1.0]]))
    part = truth.parts[0]
    assert part.exponent[0] > 0
    assert math.ldexp(1.0, int(part.exponent[0]) - 1024) * part.hi[0, 0] >= 1.0
    assert part.exponent[1] < 0
    assert 0 < part.radius[1, 0] < 2.0**-70 * part.hi[1, 0]
    assert part.exponent[2] == 0


def test_what_is_beyond_every_precision_is_unproved():
    truth = stack(FORMULAS["log"], np.array([[-1.0], [2.0]]))
    assert np.isinf(truth.parts[0].radius[0, 0])
    assert truth.engine == ("nothing", "balls")


def test_half_of_a_symmetric_beta_is_exact():
    half = betainc(arb(527.25), arb(527.25), arb(0.5))
    assert half == arb(1) / 2
    assert half.rad() == 0
    beside = betainc(arb(527.25), arb(527.5), arb(0.5))
    assert 0.5 < float(beside) < 0.51
    assert beside.rad() > 0
