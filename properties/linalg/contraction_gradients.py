"""The gradient of tf.linalg.tridiagonal_matmul: what the diagonals and the matrix get."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.linalg.gradients import HERE
from properties.placed import placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import numeric_pullbacks as numeric
from references import pullbacks_of_contractions as pullbacks
from references.audits_numeric import audited

PLACES = tuple((((3, n), (n, k), (n, k)), ()) for n, k in ((1, 2), (2, 1), (5, 3)))
LARGE = ((((3, 32), (32, 2), (32, 2)), ()),)


def diagonals(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Three diagonals (B, 3, n), a matrix (B, n, k), and of its shape what comes from above."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex)


def _claim(name: str, part: int, word: str, because: str) -> Claim:
    return Claim(
        name=name,
        measure=deviation(part),
        bound=f"gamma_{word}*size_{word} + 2*terms_{word}*tiny/eps",
        unless=f"steps_{word}*eps",
        because=f"{because}, and a sum of k products is off by gamma_k of the sum of their "
        "absolute values, in any order (Higham 2002, 3.1), gamma_k+2 in complex arithmetic (3.6); "
        "each product and each sum may lose tiny",
        relative=False,
    )


def _of_diagonals(change):
    """A fault of what the diagonals get."""

    def wrong(tf, call, given, rhs, above):
        of_diagonals, of_rhs = call(given, rhs, above)
        return change(tf, of_diagonals), of_rhs

    return wrong


def _of_matrix(change):
    """A fault of what the matrix gets, of other diagonals perhaps."""

    def wrong(tf, call, given, rhs, above):
        return call(given, rhs, above)[0], change(tf, call, given, rhs, above)

    return wrong


def _same_product(tf, call, given, rhs, above):
    """T W in place of T^H W."""
    return tf.linalg.tridiagonal_matmul(given, above)


def _unaligned(tf, call, given, rhs, above):
    """Diagonals exchanged, and not moved to where they belong."""
    return tf.linalg.tridiagonal_matmul(tf.math.conj(tf.reverse(given, [-2])), above)


GRADIENT = Routine(
    name="linalg.tridiagonal_matmul.gradient",
    call=f"{HERE}:tridiagonal_matmul",
    problems=diagonals,
    complex_problems=partial(diagonals, in_complex=True),
    reference=pullbacks.tridiagonal_matmul,
    rival=numeric.tridiagonal_matmul,
    audit=audited(numeric.tridiagonal_matmul),
    terms={
        "steps_d": "terms_d + 2*complex",
        "steps_x": "terms_x + 2*complex",
        "gamma_d": "0.505*steps_d/(1 - 0.5*steps_d*eps)",
        "gamma_x": "0.505*steps_x/(1 - 0.5*steps_x*eps)",
    },
    excused="4*top/huge",
    claims=(
        _claim("of the diagonals", 0, "d", "an entry of a diagonal of W X^H has k products"),
        _claim("of the matrix", 1, "x", "an entry of T^H W has up to three products"),
    ),
    faults=(
        Fault("half the digits of the diagonals", lambda tf, call, given, rhs, above: call(
            coarse(tf, given), rhs, above)),
        Fault("half the digits of the matrix", lambda tf, call, given, rhs, above: call(
            given, coarse(tf, rhs), above)),
        Fault("half the digits of what comes from above", lambda tf, call, given, rhs, above: call(
            given, rhs, coarse(tf, above))),
        Fault("diagonals exchanged", _of_diagonals(lambda tf, x: tf.reverse(x, [-2]))),
        Fault("diagonals shifted", _of_diagonals(lambda tf, x: tf.roll(x, 1, -1))),
        Fault("diagonals conjugated", _of_diagonals(lambda tf, x: tf.math.conj(x)), complex=True),
        Fault("first column alone", lambda tf, call, given, rhs, above: (
            call(given, rhs[..., :1], above[..., :1])[0], call(given, rhs, above)[1])),
        Fault("of the same product", _of_matrix(_same_product)),
        Fault("diagonals not moved", _of_matrix(_unaligned)),
        Fault("matrix's conjugated", _of_matrix(lambda tf, call, *inputs: tf.math.conj(
            call(*inputs)[1])), complex=True),
    ),
    volume=0.2,  # each shape is traced and compiled
    pullback=True,
)  # fmt: skip

test_tridiagonal_matmul = verify(GRADIENT)
