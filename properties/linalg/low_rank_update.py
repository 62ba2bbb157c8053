"""tf.linalg.LinearOperatorLowRankUpdate: systems by the formula of Woodbury, which cancels."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import low_rank as references

KINDS = ((("symmetric", False),), (("symmetric", True),))
STRUCTURES = ("integers", "dense", "alternating", "graded", "positive")


def _places(*orders: tuple[int, int]) -> tuple[Place, ...]:
    return tuple((((n,), (n, k), (n, k), (k,), (n, 2)), kind) for kind in KINDS for n, k in orders)


def updates(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """L (B, n), U and V (B, n, k), D (B, k) and b (B, n, 2); and `symmetric`."""
    small, large = _places((1, 1), (3, 1), (5, 2), (8, 3)), _places((16, 3))
    return placed(depth, small, large, in_complex=in_complex, structures=STRUCTURES, degree=6)


def _undamped(tf: Any, call: Any, base: Any, u: Any, v: Any, d: Any, b: Any, **told: Any) -> Any:
    """The update without its diagonal."""
    return call(base, u, v, tf.ones_like(d), b, **told)


def _exchanged(tf: Any, call: Any, base: Any, u: Any, v: Any, d: Any, b: Any, **told: Any) -> Any:
    """U and V for each other."""
    return call(base, v, u, d, b, **told)


def _added(tf: Any, call: Any, base: Any, *rest: Any, **told: Any) -> Any:
    """The correction added to L^-1 b and not taken from it."""
    return 2 * rest[-1] / base[..., None] - call(base, *rest, **told)


def _uncorrected(tf: Any, call: Any, base: Any, *rest: Any, **told: Any) -> Any:
    """L^-1 b alone."""
    return rest[-1] / base[..., None]


def _conjugated(tf: Any, call: Any, base: Any, u: Any, *rest: Any, **told: Any) -> Any:
    return call(base, tf.math.conj(u), *rest, **told)


LOW_RANK_UPDATE = Routine(
    name="linalg.LinearOperatorLowRankUpdate",
    call="properties.linalg.operators:low_rank_update",
    problems=updates,
    complex_problems=partial(updates, in_complex=True),
    reference=references.low_rank,
    rival=references.rival,
    audit=references.audit,
    terms={
        "parts": "rank*(1 + complex)",
        "eta": {
            "": "1.5*(rank + 5*complex)*growth + 1",
            "xla": "2*(parts + 5*sqrt(parts))*(parts + sqrt(parts))",
        },
        "sums": "0.505*(n + 5 + 12*complex)",
        "moved": "(sums + 1.01*eta)*capacitance*inverse",
        "off": "(sums*projected*inverse + moved*inner)/(1 - moved*eps)",
        "lost": "32*(n + rank)**2*reach*tiny/eps",
    },
    excused="max(2*moved*eps, 4*(n + rank)*reach/huge)",
    claims=(
        Claim(
            name="forward",
            measure=deviation(),
            bound="1.01*((2 + 6*complex)*first + 0.505*(rank + 5 + 14*complex)*back*inner"
            " + back*off) + lost",
            unless="max(2*moved*eps, reach/huge)",
            relative=False,
            because="with u = eps/2: V^H L^-1 b and C = D^-1 + V^H L^-1 U are sums off by "
            "n + 5 units of their absolute values (Higham 2002, 3.1; quotients of complex numbers "
            "within 10 u), and the system with C has the backward error eta of an elimination or "
            "a Cholesky factor, or XLA's inverse; so C^-1 V^H L^-1 b is off by `off`, the sum of "
            "those times ||C^-1||, which L^-1 U takes on with errors of its own, and both terms "
            "of the difference are off by their roundings: what the formula is known to lose "
            "where C is ill-conditioned or the terms cancel (after Yip 1986)",
        ),
    ),
    faults=(
        Fault("update without its diagonal", _undamped),
        Fault("factors exchanged", _exchanged),
        Fault("correction added", _added),
        Fault("not corrected", _uncorrected),
        Fault("half the digits of a factor",
              lambda tf, call, base, u, *rest, **k: call(base, coarse(tf, u), *rest, **k)),
        Fault("half the digits of the answer",
              lambda tf, call, *inputs, **k: coarse(tf, call(*inputs, **k))),
        Fault("factor conjugated", _conjugated, complex=True),
    ),
    dtypes=("float32", "float64", "complex64", "complex128"),
    volume=0.3,
)  # fmt: skip

test_low_rank_update = verify(LOW_RANK_UPDATE)
