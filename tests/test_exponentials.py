"""Double-double arithmetic and exponentials against balls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from references.doubledouble import UNIT
from references.exponentials import EXP_ERROR, LOWEST, exp, over, plus, times
from references.reductions import softmax
from references.truth import Enclosure

RNG = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    saved, ctx.prec = ctx.prec, 240
    yield
    ctx.prec = saved


def pairs(count: int, low: int, high: int) -> Any:
    head = np.exp2(RNG.uniform(low, high, count))
    return head, head * UNIT * RNG.uniform(-0.99, 0.99, count)


def exact(pair: Any, i: int) -> arb:
    return arb(float(pair[0][i])) + arb(float(pair[1][i]))


@pytest.mark.parametrize(
    ("operation", "truth", "bound"),
    [
        (plus, lambda a, b: a + b, 3.1),
        (times, lambda a, b: a * b, 7.0),
        (over, lambda a, b: a / b, 15.1),
    ],
    ids=["plus", "times", "over"],
)
def test_operations_keep_their_published_errors(operation: Any, truth: Any, bound: float) -> None:
    a, b = pairs(2000, -40, 40), pairs(2000, -40, 40)
    got = operation(a, b)
    worst = max(
        float(abs(exact(got, i) / truth(exact(a, i), exact(b, i)) - 1).abs_upper())
        for i in range(2000)
    )
    assert 0 < worst <= bound * UNIT**2


@pytest.mark.parametrize(
    "x",
    [
        RNG.uniform(LOWEST, 0, 3000),
        RNG.uniform(-1, 1, 2000),
        RNG.uniform(0, 709, 1000),
        -np.exp2(RNG.uniform(-80, 9, 2000)),
        np.array([0.0, -0.0, LOWEST, np.log(2) / 128, -np.log(2) / 128, 1.0]),
    ],
    ids=["negative", "small", "positive", "every scale", "ends"],
)
def test_exponentials_keep_their_error(x: Any) -> None:
    tail = x * UNIT * RNG.uniform(-0.5, 0.5, len(x))
    (head, low), exponent = exp((x, tail))
    assert (np.abs(low) <= UNIT * head).all() and (head > 0.5).all() and (head < 4).all()
    worst = max(
        float(
            abs(
                exact((head, low), i) * arb(2) ** int(exponent[i]) / exact((x, tail), i).exp() - 1
            ).abs_upper()
        )
        for i in range(len(x))
    )
    assert worst <= EXP_ERROR


LOGITS = {
    "ordinary": RNG.standard_normal,
    "wide": lambda s: 300 * RNG.standard_normal(s),
    "ends of the range": lambda s: 1.7e308 * RNG.uniform(-1, 1, s),
    "ties": lambda s: np.rint(RNG.standard_normal(s)),
    "tiny": lambda s: 1e-300 * RNG.standard_normal(s),
    "subnormal results": lambda s: np.where(RNG.random(s) < 0.3, 720.0, 10 * RNG.random(s)),
}


def outside(rough: Enclosure, sharp: Enclosure) -> Any:
    gap = np.abs((rough.hi - sharp.hi) + (rough.lo - sharp.lo))
    allowed = (rough.radius + sharp.radius) * (1 + 2.0**-40) + 2.0**-105 * rough.hi
    return gap > allowed


@pytest.mark.parametrize("n", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("kind", LOGITS)
def test_no_radius_of_softmax_is_too_small(kind: str, n: int) -> None:
    x = LOGITS[kind]((20, 2, n))
    truth, sharp = (softmax(x, level=level) for level in (0, 2))
    rough, better = truth.parts[0], sharp.parts[0]
    assert set(truth.engine) == {"certificate"} and set(sharp.engine) == {"balls"}
    assert not outside(rough, better).any()
    assert (rough.radius <= 2.0**-94 * rough.hi + 2.0**-1073).all()
    moved = Enclosure(rough.hi, rough.lo + 3 * rough.radius, rough.radius, rough.exponent)
    assert outside(moved, better)[rough.radius > 0].all()


def test_softmax_runs_along_any_axis() -> None:
    x = RNG.standard_normal((3, 4, 5))
    first, second = softmax(x, axis=1).parts[0], softmax(np.swapaxes(x, 1, 2), axis=2).parts[0]
    assert (first.hi == np.swapaxes(second.hi, 1, 2)).all()
