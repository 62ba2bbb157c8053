"""The chapter's gradient descent on x^2 + y^2 + x sin y + y sin x, along x, from anywhere."""

from __future__ import annotations

from properties.chapter.draws import bowls
from properties.faults import coarse
from properties.measures import absolute
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import walks
from references.iterations import bowl


def _sines_lost(tf, call, x, y, rate, steps):
    """The gradient of the squares alone."""
    return x * (1 - 2 * rate) ** steps


def _simultaneous(tf, call, x, y, rate, steps):
    """y moves too, as its own half of the gradient says: what the chapter seems to mean."""
    for _ in range(steps):
        x, y = call(x, y, rate, steps=1), call(y, x, rate, steps=1)
    return x


BOWL = Routine(
    name="chapter.bowl_descent",
    call="properties.chapter.calls:bowl_descent",
    problems=bowls,
    reference=bowl,
    audit=walks.bowl,
    by_dtype=True,
    claims=(
        Claim(
            name="iterate",
            measure=absolute(),
            bound="running",
            relative=False,
            because="f_xx = 2 - y sin x lies within |y| of 2, so that a step multiplies an error "
            "by rho = max |1 - t(2 -+ |y|)| at most; the gradient is off by (7|x| + 7.5|y|) eps at "
            "most, powers, sines and cosines being within 2 eps, the next iterate by half an eps "
            "of itself; errors add as the powers of rho (references/iterations.py)",
        ),
    ),
    faults=(
        Fault("sines lost", _sines_lost),
        Fault("y moves too", _simultaneous),
        Fault("twice the step", lambda tf, call, x, y, rate, **k: call(x, y, rate + rate, **k)),
        Fault("one step too few",
              lambda tf, call, x, y, rate, steps: call(x, y, rate, steps=steps - 1)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs, **k: coarse(tf, call(*inputs, **k))),
    ),
)  # fmt: skip

test_bowl = verify(BOWL)
