"""Derivatives of whole stacks in double-double: every hypothesis, and the radius, against balls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import HealthCheck, Phase, given, seed, settings

from properties.functions import hessians, jacobians
from properties.named import SCALARS, VECTORS
from references import derivatives, elementary, sweep, trigonometry
from references.arithmetic import DoubleDoubles
from references.elementary import ELEMENTARY
from references.extended import ROUNDING, DoubleDouble, sqrt
from references.operations import Tree, lower
from references.primitives import Local
from references.program import PRIMITIVES
from references.series import Balls, hessian_at, jacobian_at
from references.truth import Truth

FINE = 320  # bits of the balls that judge: twice those of the first level
BALLS = {"jacobian": jacobian_at, "hessian": hessian_at}
STRATEGIES = {"jacobian": jacobians, "hessian": hessians}
NAMED = {"jacobian": VECTORS, "hessian": SCALARS}
FUNCTIONS: dict[str, tuple[Callable[[DoubleDouble], DoubleDouble], float, float]] = {
    "exp": (elementary.exp, -190.0, 290.0),
    "expm1": (elementary.expm1, -190.0, 290.0),
    "log": (elementary.log, 2.0**-60, 4096.0),
    "log1p": (elementary.log1p, -0.999, 4096.0),
    "sinh": (lambda x: elementary.sinh_cosh(x)[0], -190.0, 190.0),
    "cosh": (lambda x: elementary.sinh_cosh(x)[1], -190.0, 190.0),
    "tanh": (elementary.tanh, -140.0, 140.0),
    "asinh": (elementary.asinh, -4096.0, 4096.0),
    "sin": (trigonometry.sin, -4095.0, 4095.0),
    "cos": (trigonometry.cos, -4095.0, 4095.0),
    "tan": (trigonometry.tan, -4095.0, 4095.0),
    "asin": (trigonometry.asin, -0.998, 0.998),
    "atan": (trigonometry.atan, -4096.0, 4096.0),
    "erf": (trigonometry.erf, -25.0, 25.0),
}
RANGES = {name: bounds for name, (_, *bounds) in FUNCTIONS.items()} | {
    "sqrt": [0.0, 64.0],
    "rsqrt": [0.0, 64.0],
    "power": [0.0, 64.0],
    "sigmoid": [-64.0, 64.0],
    "softplus": [-64.0, 64.0],
    "erf": [-8.0, 8.0],
    "sinh": [-16.0, 16.0],
    "cosh": [-16.0, 16.0],
    "exp": [-32.0, 32.0],
    "expm1": [-32.0, 32.0],
    "tan": [-1.5, 1.5],
}
DATA = {"power": 2.5, "linear": (1.0, -0.75, 0.5)}
LENGTHS = {"multiply": 2, "divide": 2, "linear": 3, "select": 3, "shift": 3}


@pytest.fixture(autouse=True)
def fine() -> Any:
    """Balls of FINE bits."""
    saved, ctx.prec = ctx.prec, FINE
    yield
    ctx.prec = saved


def arguments(low: float, high: float, count: int, start: int) -> DoubleDouble:
    """Uniform, close to zero, and short numbers within a range; some have a lower half."""
    random = np.random.default_rng(start)
    near = np.exp2(random.uniform(-30, 0, count)) * np.where(low < 0, random.choice((-1, 1)), 1)
    short = random.integers(-512, 513, count) / 128
    hi = np.concatenate([random.uniform(low, high, count), near, short])
    hi = hi[(hi > low) & (hi < high)]
    lo = hi * random.uniform(-1, 1, len(hi)) * 2.0**-53
    return DoubleDouble(hi, np.where(random.random(len(hi)) < 0.3, 0.0, lo))


def ball(x: Any, i: int) -> arb:
    """One entry of a double-double, or of what all members share."""
    sides = (x.hi, x.lo) if isinstance(x, DoubleDouble) else (x,)
    columns = (np.ravel(side) for side in sides)
    return sum((arb(float(column[i % len(column)])) for column in columns), start=arb(0))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_elementary_functions_keep_their_error(name: str) -> None:
    function, low, high = FUNCTIONS[name]
    x = arguments(low, high, 700, 1)
    with np.errstate(all="ignore", under="raise"):
        y = function(x)
    proved = np.flatnonzero(np.isfinite(y.hi))
    assert len(proved) > 0.99 * len(x.hi)
    for i in proved:
        exact = getattr(arb, name)(ball(x, i))
        assert abs(ball(y, i) - exact) <= ELEMENTARY * abs(exact), x.hi[i]


def test_operations_keep_their_rounding() -> None:
    """Sums against the magnitudes of their terms, cancelling ones too."""
    x, y = (arguments(2.0**-40, 64.0, 900, k)[:1500] for k in (3, 4))
    y = y.where(np.arange(1500) % 2 == 0, -x * (1 + 2.0**-40))
    found = {"+": x + y, "*": x * y, "/": x / y, "sqrt": sqrt(x * x)}
    for i in range(1500):
        a, b = ball(x, i), ball(y, i)
        exact = {"+": a + b, "*": a * b, "/": a / b, "sqrt": abs(a)}
        for name, value in exact.items():
            size = abs(a) + abs(b) if name == "+" else abs(value)
            assert abs(ball(found[name], i) - value) <= ROUNDING * size, name


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_nothing_is_claimed_out_of_range(name: str) -> None:
    function = FUNCTIONS[name][0]
    wild = DoubleDouble(np.array([np.nan, np.inf, -np.inf, 1e300, -1e300]), np.zeros(5))
    with np.errstate(all="ignore"):
        assert np.isnan(function(wild).hi).all()


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_formulas_keep_the_roundings_that_the_bound_charges(name: str) -> None:
    """Value, first and second partials of every primitive, in units of the sweep's eps."""
    primitive, data = PRIMITIVES[name], DATA.get(name)
    low, high = RANGES.get(name, [-64.0, 64.0])
    xs = [arguments(low, high, 100, 7 + k) for k in range(LENGTHS.get(name, 1))]
    count = min(len(x.hi) for x in xs)
    xs = [x[:count] for x in xs]
    with np.errstate(all="ignore", under="raise"):
        found = primitive.local(DoubleDoubles, xs, data, 2)
    judged = 0
    for i in range(count):
        exact = primitive.local(Balls, [ball(x, i) for x in xs], data, 2)
        columns = [found.value, *found.first, *(s[2] for s in found.second)]
        truths = [exact.value, *exact.first, *(s[2] for s in exact.second)]
        if not all(np.isfinite(float(ball(y, i))) for y in columns):
            continue
        sizes = Local(
            abs(float(exact.value)),
            [abs(float(y)) for y in exact.first],
            [(p, q, abs(float(y))) for p, q, y in exact.second],
            [],
        )
        own = primitive.roundings([abs(float(ball(x, i))) for x in xs], sizes, data)
        allowed = [own.value, *own.first, *own.second]
        if name == "select":
            allowed[0] = 0.0  # infinite where the branch is in doubt, and here it is not
        judged += 1
        for y, truth, size in zip(columns, truths, allowed, strict=True):
            if name != "shift":  # a constant, whatever its value
                error = abs(ball(y, i) - truth)
                assert error <= arb(float(size)) * sweep.EPS * (1 + 2.0**-40), (name, xs[0].hi[i])
    assert judged > 0.9 * count


def violations(kind: str, tree: Tree, points: np.ndarray, truth: Truth, moved: float = 0.0) -> int:
    """Entries of the sweep whose exact value is farther off than the radius, moved by radii."""
    part, found = truth.parts[0], 0
    program = lower(tree, points.shape[1])
    for i in np.flatnonzero(np.array(truth.engine) == "double-double"):
        exact = BALLS[kind](program, points[i].tolist()).entries()
        sides = [np.ldexp(x[i], part.exponent[i]).ravel() for x in (part.hi, part.lo, part.radius)]
        for value, hi, lo, radius in zip(exact, *map(np.ndarray.tolist, sides), strict=True):
            if np.isinf(radius):  # says nothing
                continue
            centre = arb(hi) + arb(lo) + moved * arb(radius)
            found += not abs(value - centre) <= arb(radius)
    return found


@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_random_trees_keep_their_radius(kind: str) -> None:
    """And one unit of the radius too far is noticed in every entry that has one."""
    counts = {"members": 0, "open": 0, "moved": 0, "entries": 0}

    @seed(23)
    @settings(
        database=None,
        deadline=None,
        max_examples=150,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(p=STRATEGIES[kind](8))
    def collect(p: Any) -> None:
        tree, points = p.arguments["tree"], p.inputs[0]
        truth = getattr(derivatives, kind)(points, tree=tree)
        assert violations(kind, tree, points, truth) == 0
        swept = np.array(truth.engine) == "double-double"
        counts["members"] += len(points)
        counts["open"] += int((~swept).sum())
        radius = truth.parts[0].radius[swept]
        counts["entries"] += int(((radius > 0) & np.isfinite(radius)).sum())
        counts["moved"] += violations(kind, tree, points, truth, moved=2.0)

    collect()
    assert counts["entries"] > 1000
    assert counts["moved"] == counts["entries"]
    assert counts["open"] < 0.02 * counts["members"]


@pytest.mark.parametrize("kind", sorted(NAMED))
def test_named_functions_at_their_minima_zeros_and_kinks(kind: str) -> None:
    """Zero, one, short whole numbers, and points on diagonals."""
    random = np.random.default_rng(5)
    for function in NAMED[kind].values():
        grid = random.integers(-4, 5, (12, function.n)) / 2
        equal = np.repeat([[0.0], [1.0], [-1.5], [0.203125]], function.n, axis=1)
        points = np.concatenate([grid, equal])
        truth = getattr(derivatives, kind)(points, tree=function.tree)
        assert violations(kind, function.tree, points, truth) == 0
        assert "nothing" not in truth.engine


def test_an_underflow_leaves_its_neighbours_alone() -> None:
    """Members that underflow go on to balls, with a few that shared their part of the stack."""
    tree = ("multiply", ("square", ("at", 0)), ("square", ("at", 1)))
    points = np.full((256, 2), 0.75)
    points[100] = 2.0**-300
    truth = derivatives.jacobian(points, tree=tree)
    swept = np.array(truth.engine) == "double-double"
    assert truth.engine[100] == "balls"
    assert 256 - 2 * sweep.FEWEST <= swept.sum() < 256
    assert violations("jacobian", tree, points, truth) == 0


def test_entries_at_a_kink_are_left_open_and_nothing_else() -> None:
    """Where the bound is infinite nothing is judged, so that balls are not asked either."""
    tree = ("stack", ("maximum", ("at", 0), ("at", 1)), ("exp", ("at", 0)))
    points = np.array([[0.5, 0.25], [0.5, 0.5]])
    truth = derivatives.jacobian(points, tree=tree)
    unknown = np.isinf(truth.parts[0].radius)
    assert truth.engine == ("double-double",) * 2
    assert (unknown == np.isinf(truth.quantities["running"].upper)).all()
    assert unknown[:, 0].tolist() == [[False, False], [True, True]] and not unknown[:, 1].any()
    assert violations("jacobian", tree, points, truth) == 0
    alone = derivatives.jacobian(points, tree=tree[1])
    assert alone.engine == ("double-double", "nothing")


def test_what_is_not_finite_has_no_truth() -> None:
    points = np.array([[0.5], [np.nan], [np.inf]])
    truth = derivatives.hessian(points, tree=("exp", ("at", 0)))
    assert truth.engine == ("double-double", "not finite", "not finite")
    assert np.isinf(truth.parts[0].radius[1:]).all()


def test_a_sharper_truth_comes_from_balls() -> None:
    tree = ("softmax", ("x",))
    points = np.array([[0.5, -0.25, 1.0]])
    coarse, sharp = (derivatives.jacobian(points, tree=tree, level=k) for k in (0, 1))
    assert coarse.engine == ("double-double",)
    assert sharp.engine == ("balls",)
    assert (sharp.parts[0].radius < coarse.parts[0].radius).all()


@pytest.mark.parametrize("tree", [("maximum", ("at", 0), ("at", 0)), ("minimum", ("x",), ("x",))])
def test_a_choice_between_equals_is_no_kink(tree: Tree) -> None:
    truth = derivatives.jacobian(np.array([[0.5], [-3.0]]), tree=tree)
    assert np.isfinite(truth.quantities["running"].upper).all()
    assert np.ldexp(truth.parts[0].hi[:, 0, 0], truth.parts[0].exponent).tolist() == [1.0, 1.0]
