"""tf.norm of order 2 along two axes: the largest singular values of matrices."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.faults import coarse
from properties.measures import entrywise
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import magnitudes, numeric
from references.audits_numeric import audited

STRUCTURES = ("dense", "integers", "graded", "positive", "alternating")


def _place(shape: tuple[int, ...], axis: tuple[int, int]) -> Any:
    return (shape,), (("ord", 2), ("axis", axis))


PLACES = (
    _place((3, 5), (-2, -1)), _place((5, 3), (1, 2)), _place((2, 3, 4), (3, 1)),
)  # fmt: skip
LARGE = (_place((16, 16), (-2, -1)),)


def arrays(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Arrays (B, ...) with the two axes of their matrices, in either order."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, structures=STRUCTURES, degree=1)


def _last_left_out(tf, call, x, **arguments):
    """The last entry along the last axis does not count."""
    return call(tf.concat([x[..., :-1], tf.zeros_like(x[..., -1:])], -1), **arguments)


def _positive_entries(tf, call, x, **arguments):
    return call(tf.cast(tf.abs(x), x.dtype), **arguments)


def _real_parts(tf, call, x, **arguments):
    return call(tf.cast(tf.math.real(x), x.dtype), **arguments)


def _with_order(order):
    """A norm of another order."""
    return lambda tf, call, x, axis, **others: call(x, ord=order, axis=axis)


SPECTRAL_NORM = Routine(
    name="linalg.spectral_norm",
    call="properties.linalg.calls:norm",
    problems=arrays,
    complex_problems=partial(arrays, in_complex=True),
    reference=magnitudes.norm,
    rival=numeric.norm,
    audit=audited("norm"),
    terms={
        "twice": "1 + complex",
        "factors": "2*sqrt(twice*small)*(sqrt(twice*large) + 5)",
    },
    claims=(
        Claim(
            name="largest",
            measure=entrywise(),
            bound="2*sqrt(small)*factors + 10*twice**2*small*large*tiny/eps/least",
            because="the largest singular value moves by no more than the norm of the backward "
            "error (Weyl), twice factors of the Frobenius norm as for svd, which is at most the "
            "root of small times itself; reflectors and rotations, roundings being independent "
            "(Connolly and Higham 2023); a complex one does what two of twice its length do",
        ),
    ),
    faults=(
        Fault("half the digits", lambda tf, call, x, **k: call(coarse(tf, x), **k)),
        Fault("half the digits of the answer", lambda tf, call, x, **k: coarse(tf, call(x, **k))),
        Fault("last entries left out", _last_left_out),
        Fault("sizes for numbers", _positive_entries),
        Fault("real parts alone", _real_parts, complex=True),
        Fault("Frobenius norm", _with_order("fro")),
        Fault("largest row", _with_order("inf")),
        Fault("its square", lambda tf, call, x, **k: call(x, **k) ** 2),
    ),
    volume=0.3,
)  # fmt: skip

test_spectral_norm = verify(SPECTRAL_NORM)
