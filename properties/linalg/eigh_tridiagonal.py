"""tf.linalg.eigh_tridiagonal: eigenvalues of matrices of three diagonals, by bisection."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.distances import distance
from properties.faults import coarse
from properties.linalg.eigh import ASCENDING
from properties.measures import ratio
from properties.placed import placed
from properties.routine import Case, Claim, Fault, Problem, Routine
from properties.verify import verify
from references import audits_spectral, opinions_structured
from references.interval import Interval, largest
from references.norms import scaled
from references.tridiagonal_eigen import eigh_tridiagonal

PLACES = tuple((((n,), (n - 1,)), ()) for n in (3, 2))
LARGE = ((((16,), (15,)), ()),)


def diagonals(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """The diagonals (B, n) and those above them (B, n - 1)."""
    return placed(depth, PLACES, LARGE, in_complex=in_complex, degree=2)


def values(case: Case) -> Interval:
    """The largest error of an eigenvalue over the largest row sum of absolute values."""
    part = case.truth.parts[0]
    far = scaled(distance(case.answer[0], part), part.exponent)
    return ratio(largest(far), case.truth.quantities["size"], case.dtype.eps)


def _no_couplings(tf, call, alpha, beta):
    """The diagonal in order."""
    return tf.sort(tf.math.real(alpha), axis=-1) + 0 * call(alpha, beta)


def _twice_above(tf, call, alpha, beta):
    return call(alpha, beta * 2)


def _shifted(tf, call, alpha, beta):
    """Couplings in the wrong places."""
    return call(alpha, tf.roll(beta, 1, -1)) if beta.shape[-1] > 1 else call(alpha, beta * 0)


def _stopped(tf, call, alpha, beta):
    """Bisection stopped at a thousandth of the norm."""
    found = call(alpha, beta)
    step = tf.cast(tf.reduce_max(tf.abs(found), axis=-1, keepdims=True) / 512, found.dtype)
    return tf.where(step > 0, tf.round(found / step) * step, found)


EIGH_TRIDIAGONAL = Routine(
    name="linalg.eigh_tridiagonal",
    call="properties.linalg.calls:eigh_tridiagonal",
    problems=diagonals,
    complex_problems=partial(diagonals, in_complex=True),
    reference=eigh_tridiagonal,
    rival=opinions_structured.eigh_tridiagonal,
    audit=audits_spectral.eigh_tridiagonal,
    excused="4*max(off*(off/huge), size/huge)",
    claims=(
        Claim(
            name="values",
            measure=values,
            bound="4 + complex + 8*tiny*max(1/size, off*(off/size))/eps",
            unless="4*max(off*(off/huge), size/huge)",
            because="a count of negative pivots is exact for couplings off by eps of themselves "
            "and a shift off by half an eps of itself (Demmel, Dhillon and Ren 1995): 3/2 eps of "
            "the largest row sum; TensorFlow documents brackets no wider than eps times the norm, "
            "of which the middle is off by half, and rounds; pivots are kept from zero by tiny",
        ),
        ASCENDING,
    ),
    faults=(
        Fault("couplings lost", _no_couplings),
        Fault("couplings doubled", _twice_above),
        Fault("couplings shifted", _shifted),
        Fault("stopped early", _stopped),
        Fault("half the digits of the diagonal",
              lambda tf, call, alpha, beta: call(coarse(tf, alpha), beta)),
        Fault("half the digits of the couplings",
              lambda tf, call, alpha, beta: call(alpha, coarse(tf, beta))),
        Fault("half the digits of the answer",
              lambda tf, call, alpha, beta: coarse(tf, call(alpha, beta))),
        Fault("descending", lambda tf, call, alpha, beta: tf.reverse(call(alpha, beta), [-1])),
        Fault("real parts alone", lambda tf, call, alpha, beta: call(
            alpha, tf.cast(tf.math.real(beta), beta.dtype)), complex=True),
    ),
    volume=0.1,  # its loops take milliseconds a member
)  # fmt: skip

test_eigh_tridiagonal = verify(EIGH_TRIDIAGONAL)
