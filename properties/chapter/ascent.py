"""Least squares within the unit ball: the multiplier by gradient ascent, as the chapter ends."""

from __future__ import annotations

from properties.chapter.draws import bounded
from properties.faults import coarse
from properties.measures import absolute
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import walks
from references.ascent import multiplier_ascent


def _downhill(tf, call, a, b, rate, steps):
    return call(a, b, -rate, steps=steps)


def _half_penalty(tf, call, a, b, rate, steps):
    """l in the place of 2 l: the Lagrangian of half the constraint."""
    return 2 * call(a, b, rate / 2, steps=steps)


ASCENT = Routine(
    name="chapter.multiplier_ascent",
    call="properties.chapter.calls:multiplier_ascent",
    problems=bounded,
    reference=multiplier_ascent,
    audit=walks.multiplier_ascent,
    by_dtype=True,
    dtypes=("float32", "float64"),  # those of tf.linalg.cholesky
    excused="excuse",
    claims=(
        Claim(
            name="multiplier",
            measure=absolute(),
            bound="running",
            relative=False,
            because="A^T A, the diagonal and Cholesky factors are a backward error of gamma_m+1 + "
            "n gamma_3n+1 of ||A||^2 + 2 l (Higham 2002, 10.4), which the least eigenvalue of the "
            "system divides; x^T x doubles it; a step makes an error of l no larger than max(1, "
            "4 t ||x||^2/least - 1) times itself (references/ascent.py)",
        ),
    ),
    faults=(
        Fault("downhill", _downhill),
        Fault("half of the penalty", _half_penalty),
        Fault("one step too few",
              lambda tf, call, a, b, rate, steps: call(a, b, rate, steps=steps - 1)),
        Fault("unconstrained", lambda tf, call, a, b, rate, steps: tf.zeros_like(rate)),
        Fault("half the digits of the matrix",
              lambda tf, call, a, b, rate, **k: call(coarse(tf, a), b, rate, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs, **k: coarse(tf, call(*inputs, **k))),
    ),
)  # fmt: skip

test_ascent = verify(ASCENT)
