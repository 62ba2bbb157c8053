"""Exponentials, logarithms and what is made of them along rows, against balls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from references.compiled import kernel
from references.exponentials import EXP_ERROR, LOG_ERROR, LOWEST, TABLE, UNIT, Table, log1p, power
from references.reductions import HUGE, SHRUNK, log_softmax, logsumexp, softmax
from references.truth import Enclosure, Truth

RNG = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    saved, ctx.prec = ctx.prec, 240
    yield
    ctx.prec = saved


@kernel
def _powers(x: np.ndarray, tail: np.ndarray, table: Table, out: np.ndarray) -> None:
    for i in range(len(x)):
        out[i, 0], out[i, 1], out[i, 2] = power(x[i], tail[i], table)


@kernel
def _logarithms(x: np.ndarray, tail: np.ndarray, table: Table, out: np.ndarray) -> None:
    for i in range(len(x)):
        out[i, 0], out[i, 1], out[i, 2] = log1p(x[i], tail[i], table)


@pytest.mark.parametrize(
    "x",
    [
        RNG.uniform(LOWEST, 0, 3000),
        RNG.uniform(-1, 1, 2000),
        RNG.uniform(0, 709, 1000),
        -np.exp2(RNG.uniform(-80, 9, 2000)),
        np.array([0.0, -0.0, LOWEST, np.log(2) / 16384, -np.log(2) / 16384, 1.0]),
    ],
    ids=["negative", "small", "positive", "every scale", "ends"],
)
def test_exponentials_keep_their_error(x: Any) -> None:
    tail, out = x * UNIT * RNG.uniform(-0.5, 0.5, len(x)), np.empty((len(x), 3))
    _powers(x, tail, TABLE, out)
    assert (np.abs(out[:, 1]) <= UNIT * out[:, 0]).all()
    assert (out[:, 0] > 0.98).all() and (out[:, 0] < 2.02).all()
    worst = 0.0
    for step, rest, (hi, lo, octave) in zip(x.tolist(), tail.tolist(), out.tolist(), strict=True):
        exact = (arb(step) + arb(rest)).exp() / arb(2) ** int(octave)
        worst = max(worst, float(abs((arb(hi) + arb(lo)) / exact - 1).abs_upper()))
    assert worst <= EXP_ERROR


@pytest.mark.parametrize("low", [-1000, -60, -15, -2, 8])
def test_logarithms_keep_their_error(low: int) -> None:
    x = np.exp2(RNG.uniform(low, low + 12, 1500))
    tail, out = x * UNIT * RNG.uniform(-0.5, 0.5, len(x)), np.empty((len(x), 3))
    _logarithms(x, tail, TABLE, out)
    shares = []
    for size, rest, (hi, lo, radius) in zip(x.tolist(), tail.tolist(), out.tolist(), strict=True):
        exact = (arb(size) + arb(rest)).log1p()
        shares.append(float((abs(arb(hi) + arb(lo) - exact) / arb(radius)).abs_upper()))
        assert radius <= 2 * LOG_ERROR * hi + FLOOR
    assert 0 < max(shares) <= 1


LOGITS: dict[str, Callable[..., Any]] = {
    "ordinary": RNG.standard_normal,
    "wide": lambda s: 300 * RNG.standard_normal(s),
    "ends of the range": lambda s: 1.7e308 * RNG.uniform(-1, 1, s),
    "ties": lambda s: np.rint(RNG.standard_normal(s)),
    "equal": lambda s: np.repeat(RNG.standard_normal((*s[:-1], 1)), s[-1], axis=-1),
    "tiny": lambda s: 1e-300 * RNG.standard_normal(s),
    "subnormal": lambda s: 5e-324 * RNG.integers(-9, 9, s),
    "subnormal results": lambda s: np.where(RNG.random(s) < 0.3, 720.0, 10 * RNG.random(s)),
    "far apart": lambda s: -np.where(RNG.random(s) < 0.3, 0.0, RNG.uniform(0, 2000, s)),
}
FUNCTIONS = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": logsumexp}
FLOOR = 2.0**-1060  # more than underflow may take


def outside(rough: Enclosure, sharp: Enclosure) -> Any:
    gap = np.abs((rough.hi - sharp.hi) + (rough.lo - sharp.lo))
    allowed = (rough.radius + sharp.radius) * (1 + 2.0**-40) + 2.0**-105 * np.abs(rough.hi)
    return gap > allowed


@pytest.mark.parametrize("n", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("kind", LOGITS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_radius_is_too_small(name: str, kind: str, n: int) -> None:
    x = LOGITS[kind]((20, 2, n))
    truth, sharp = (FUNCTIONS[name](x, level=level) for level in (0, 2))
    rough, better = truth.parts[0], sharp.parts[0]
    assert set(truth.engine) <= {"certificate", "balls"} and set(sharp.engine) == {"balls"}
    assert not outside(rough, better).any()
    tight = 2.0**-92 if name == "softmax" else 2.0**-60
    assert (rough.radius <= tight * np.abs(rough.hi) + FLOOR).all()
    moved = Enclosure(rough.hi, rough.lo + 3 * rough.radius, rough.radius, rough.exponent)
    assert outside(moved, better)[rough.radius > 2.0**-104 * np.abs(rough.hi)].all()


@pytest.mark.parametrize("kind", LOGITS)
def test_quantities_hold_those_of_balls(kind: str) -> None:
    x = LOGITS[kind]((30, 5))
    shares, total, logarithms = softmax(x), logsumexp(x), log_softmax(x)
    for i, row in enumerate(x.tolist()):
        top = max(row)
        steps = [arb(entry) - arb(top) for entry in row]
        powers = [step.exp() if step > -3000 else arb(0, arb(2) ** -4000) for step in steps]
        weights = [power / sum(powers, arb(0)) for power in powers]
        mean = sum((-w * s for w, s in zip(weights, steps, strict=True) if s > -3000), arb(0))
        size = sum((w * abs(arb(v)) for w, v in zip(weights, row, strict=True) if w != 0), arb(0))
        answer = arb(top) + sum(powers, arb(0)).log()
        for truth in (shares, total, logarithms):
            assert holds(truth, "mean_distance", i, [mean])
        assert holds(logarithms, "distance", i, [-step for step in steps])
        assert holds(shares, "spread", i, [(mean - step) / 2 for step in steps])
        for truth in (total, logarithms):
            assert holds(truth, "logarithm", i, [sum(powers, arb(0)).log()])
        assert holds(total, "size", i, [abs(answer)])
        if not answer.contains(0):
            assert holds(total, "condition", i, [size / abs(answer)])
        each = [size + abs(arb(v)) * (1 - 2 * w) for v, w in zip(row, weights, strict=True)]
        worst = [x for x in each if not any(other > x for other in each)]
        assert holds(shares, "condition", i, worst[:1])


def holds(truth: Truth, name: str, member: int, exact: list[arb]) -> bool:
    """Whether no number lies outside of its interval, which is narrow."""
    lower, upper = (
        np.ravel(side[member]).tolist()
        for side in (truth.quantities[name].lower, truth.quantities[name].upper)
    )
    return all(
        not (value < low or value > high) and high <= low * (1 + 1e-12) + 1e-300
        for value, low, high in zip(exact, lower, upper, strict=True)
    )


def test_logsumexp_near_zero_keeps_its_digits() -> None:
    x = np.log(RNG.dirichlet(np.ones(8), 200))
    truth, sharp = logsumexp(x), logsumexp(x, level=2)
    part = truth.parts[0]
    assert (np.abs(part.hi) < 1e-14).all()
    assert (part.radius <= 2.0**-60 * np.abs(part.hi)).all()
    assert not outside(part, sharp.parts[0]).any()
    assert (truth.quantities["condition"].lower > 1e10).all()


@pytest.mark.parametrize("count", [1, 4, 5, 9, 40])
def test_conditions_of_softmax_are_told_at_the_end_of_the_range(count: int) -> None:
    """Sums of entries overflow where four of them or more are large; means do not."""
    largest = np.finfo(np.float64).max
    x = np.concatenate([[-largest], np.full(count, largest / 4)])
    condition = softmax(x[None]).quantities["condition"]
    # (1 - s) |x_i| + the sum of s_j |x_j| for the first, whose s is 0
    assert condition.lower[0] / largest == pytest.approx(1.0, rel=1e-12)
    near = softmax(x[None] / 4).quantities["condition"]
    assert near.lower[0] <= 5 / 16 * largest <= near.upper[0]


def test_entries_beyond_the_range_have_a_power_of_two() -> None:
    x = np.array([[1.7e308, -1.7e308, 0.0], [1.0, 2.0, 3.0], [HUGE, 0.0, 2 * HUGE]])
    part = log_softmax(x).parts[0]
    assert part.exponent.tolist() == [SHRUNK, 0, SHRUNK]
    assert part.hi[0].tolist() == [0.0, -1.7e308 / 8, -1.7e308 / 16]
    assert (part.radius[0] <= 2.0**-60 * np.abs(part.hi[0]) + FLOOR).all()


def test_what_is_not_finite_has_no_truth() -> None:
    x = np.array([[1.0, np.nan], [1.0, 2.0], [np.inf, 0.0]])
    for function in FUNCTIONS.values():
        truth = function(x)
        assert truth.engine == ("not finite", "certificate", "not finite")
        radius = truth.parts[0].radius.reshape(3, -1)
        assert np.isinf(radius[[0, 2]]).all() and np.isfinite(radius[1]).all()
        assert all(
            np.isinf(q.upper.reshape(3, -1)[[0, 2]]).all() for q in truth.quantities.values()
        )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_run_along_any_axis(name: str) -> None:
    x, function = RNG.standard_normal((3, 4, 5)), FUNCTIONS[name]
    first, second = function(x, axis=1), function(np.swapaxes(x, 1, 2), axis=2)
    if name == "logsumexp":
        assert first.parts[0].hi.shape == (3, 5)
        kept = function(x, axis=1, keepdims=True)
        assert kept.parts[0].hi.shape == kept.quantities["size"].upper.shape == (3, 1, 5)
        assert (first.parts[0].hi == second.parts[0].hi).all()
    else:
        assert (first.parts[0].hi == np.swapaxes(second.parts[0].hi, 1, 2)).all()
    with pytest.raises(ValueError, match="stack"):
        function(x, axis=-3)
