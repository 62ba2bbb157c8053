"""tf.linalg.lu: packed triangular factors, and the order of the rows."""

from __future__ import annotations

import numpy as np

from properties import complex_draws
from properties.draws import square
from properties.entries import sizes, unmet
from properties.faults import coarse
from properties.routine import Case, Claim, Fault, Routine
from properties.verify import verify
from references import opinions_structured as opinions
from references.contractions import unpacked
from references.factored import lu
from references.interval import Interval, largest


def backward(case: Case) -> Interval:
    """|P A - L U| / (|L||U|) entry by entry; infinite where P is no permutation."""
    (a,) = case.problem.inputs
    lower, upper = unpacked(case.answer[0])
    perm = case.answer[1].real
    n = a.shape[1]
    valid = (np.sort(perm, axis=1) == np.arange(n)).all(axis=1)
    order = np.where(valid[:, None], perm, 0.0).astype(np.int64)
    rows = np.take_along_axis(a, order[:, :, None], axis=1)
    tiny = case.dtype.tiny
    top = np.maximum(np.abs(upper.real), np.abs(upper.imag)).max(axis=(1, 2))
    lost = n * (2 * tiny + 1.5 * (top * tiny))  # moduli are at most sqrt 2 of their parts
    found = unmet(lower, upper, rows, lost, case.dtype.eps)
    wrong = ~valid[:, None, None]
    return Interval(np.where(wrong, np.inf, found.lower), np.where(wrong, np.inf, found.upper))


def multipliers(case: Case) -> Interval:
    """What the largest entry of L below the diagonal has above 1, in eps."""
    top = largest(sizes(np.tril(case.answer[0], -1)))
    excess = np.maximum(top.lower - 1, 0.0), np.maximum(top.upper - 1, 0.0)
    return Interval(*(side / case.dtype.eps for side in excess))


def _unpivoted(tf, call, a):
    """Elimination without exchanges."""
    n = a.shape[-1]
    for k in range(n):
        column = a[..., k + 1 :, k : k + 1] / a[..., k : k + 1, k : k + 1]
        rest = a[..., k + 1 :, k + 1 :] - column * a[..., k : k + 1, k + 1 :]
        below = tf.concat([a[..., k + 1 :, :k], column, rest], -1)
        a = tf.concat([a[..., : k + 1, :], below], -2)
    return a, tf.zeros_like(a[..., 0]) + tf.cast(tf.range(n), a.dtype)


def _inverted(tf, call, a):
    """P^-1 in place of P."""
    factors, perm = call(a)
    order = tf.argsort(tf.cast(tf.math.real(perm), tf.int32), -1)
    return factors, tf.cast(order, a.dtype)


def _changed(change):
    """A fault of the packed factors."""

    def wrong(tf, call, a):
        factors, perm = call(a)
        return change(tf, factors), perm

    return wrong


def _crout(tf, factors):
    """U with the unit diagonal, L with the pivots."""
    pivots = tf.linalg.diag_part(factors)
    lower = tf.linalg.band_part(factors, -1, 0) - tf.linalg.diag(pivots)
    upper = tf.linalg.band_part(factors, 0, -1) / pivots[..., None]
    return lower * pivots[..., None, :] + tf.linalg.set_diag(upper, pivots)


LU = Routine(
    name="linalg.lu",
    call="properties.linalg.calls:lu",
    problems=square,
    complex_problems=complex_draws.square,
    reference=lu,
    rival=opinions.lu,
    terms={
        "steps": "n + 1 + 5*complex",
        "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
        "eta": "3*gamma*growth + (n**2*(1/norm_a + growth)*tiny)/eps",
    },
    excused="max(2*eta*kappa*eps, 4*growth*norm_a/huge)",
    claims=(
        Claim(
            name="backward",
            measure=backward,
            bound="gamma",
            because="an entry of L U is a sum of n products at most, one of them a quotient: "
            "|P A - L U| <= gamma_n |L||U| in any order (Higham 2002, 9.3); one more for pivots "
            "whose reciprocals are multiplied by; five more in complex arithmetic (3.6)",
        ),
        Claim(
            name="multipliers",
            measure=multipliers,
            bound="2 + complex*(0.4143/eps + 8)",
            relative=False,
            because="pivots are the largest of their columns, so that no quotient exceeds 1 but by "
            "two roundings; of complex ones |re| + |im| may be what is largest, up to sqrt 2 of "
            "the modulus (LAPACK's cabs1)",
        ),
    ),
    faults=(
        Fault("no exchange of rows", _unpivoted),
        Fault("inverse permutation", _inverted),
        Fault("unit diagonal in U", _changed(_crout)),
        Fault("conjugated", lambda tf, call, a: call(tf.math.conj(a)), complex=True),
        Fault("half the digits of the matrix", lambda tf, call, a: call(coarse(tf, a))),
        Fault("half the digits of the factors", _changed(coarse)),
    ),
)  # fmt: skip

test_lu = verify(LU)
