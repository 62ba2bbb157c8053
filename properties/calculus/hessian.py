"""Hessians of random and named functions R^n -> R: nested tapes, and forward over reverse."""

from __future__ import annotations

from properties.calculus.errors import CLAIMS, DERIVATION, asymmetry
from properties.faults import coarse
from properties.functions import hessians
from properties.routine import Claim, Fault, Routine
from properties.verify import verify
from references import differences
from references.derivatives import hessian


def _off_diagonal(tf, call, x, factor, **k):
    """The entries off the diagonal times a factor."""
    h = call(x, **k)
    return factor * h + (1 - factor) * tf.linalg.diag(tf.linalg.diag_part(h))


def _gradient_products(tf, call, x, *, tree, path):
    """Outer products of the gradient, which is what Gauss and Newton leave of a square."""
    from properties.calculus.calls import jacobian  # where TensorFlow is imported already

    rows = jacobian(x, tree=tree)
    return tf.linalg.matmul(rows, rows, transpose_a=True)


HESSIAN = Routine(
    name="calculus.hessian",
    call="properties.calculus.calls:hessian",
    problems=hessians,
    reference=hessian,
    audit=differences.hessian,
    by_dtype=True,
    volume=0.3,  # each problem is traced and compiled anew
    compiled=16,  # every function is a shape of its own
    excused="overflow",
    claims=(
        *CLAIMS,
        Claim(
            name="symmetric",
            measure=asymmetry,
            bound="mirrored",
            relative=False,
            because="second derivatives that are continuous commute (Schwarz), so that an entry "
            f"and its mirror differ by the sum of their two bounds at most: {DERIVATION}",
        ),
    ),
    faults=(
        Fault("cross terms lost", lambda tf, call, x, **k: _off_diagonal(tf, call, x, 0, **k)),
        Fault("cross terms counted once", lambda tf, call, x, **k: (
            _off_diagonal(tf, call, x, 0.5, **k))),
        Fault("lower triangle only",
              lambda tf, call, x, **k: tf.linalg.band_part(call(x, **k), -1, 0)),
        Fault("column sums, as the gradient of a Jacobian gives them",
              lambda tf, call, x, **k: (
                  tf.zeros_like(call(x, **k)) + tf.reduce_sum(call(x, **k), 1, keepdims=True))),
        Fault("products of first derivatives", _gradient_products),
        Fault("half the digits inside", lambda tf, call, x, **k: call(coarse(tf, x), **k)),
        Fault("half the digits of the answer",
              lambda tf, call, x, **k: coarse(tf, call(x, **k))),
        Fault("the point before", lambda tf, call, x, **k: call(tf.roll(x, 1, 0), **k)),
    ),
)  # fmt: skip

test_hessian = verify(HESSIAN)
