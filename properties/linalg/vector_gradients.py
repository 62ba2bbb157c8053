"""Gradients through vectors of tf.linalg.eigh and svd, of functions that no choice changes.

V V^T of some vectors and U V^T of all do not depend on signs, nor on the choice of a basis among
vectors of equal values, and are as smooth as the values they separate are apart. A tape reaches
them by the derivative of each vector, which divides by differences of all values in reach.
"""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties import draws
from properties.draws import FINE, Chosen, by_depth, drawn
from properties.faults import coarse
from properties.linalg.eigh import EIGH
from properties.linalg.gradients import HALVES, HERE, NEGATED, TRANSPOSED
from properties.linalg.svd import SVD
from properties.measures import frobenius
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_vectors as pullbacks
from references import pullbacks_of_vectors_opinions as opinions

# Those first that do not tie values where nothing is asked of their condition.
SYMMETRIC = ("integers", *(s for s in draws.HERMITIAN if s not in ("integers", "repeated")))
FULL_RANK = ("dense", *(s for s in draws.FULL_RANK if s != "dense"))
HALF = ((("half", False),), (("half", True),))
ABOVE = Fault(
    "half the digits of what comes from above",
    lambda tf, call, a, above, **k: call(a, coarse(tf, above), **k),
)
HALVED = Fault("a factor of two lost", lambda tf, call, *inputs, **k: call(*inputs, **k) / 2)


def symmetric(depth: int) -> SearchStrategy[Problem]:
    """Symmetric A (B, n, n), n > 1, and of its shape what comes from above; with `half`."""
    sizes = [(n,) for (n,) in by_depth(depth, draws.ORDERS, draws.LARGE_ORDERS[:2]) if n > 1]
    return drawn("symmetric and above", depth, sizes, SYMMETRIC, FINE, HALF, _half_the_digits)


def rectangular(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full rank, tall, wide or square, and of its shape what comes from above."""
    sizes = [s for s in by_depth(depth, draws.SHAPES, draws.LARGE_SHAPES) if max(s) > 1]
    return drawn("rectangular and above", depth, sizes, FULL_RANK, FINE, ((),), _half_the_digits)


def _half_the_digits(chosen: Chosen) -> int:
    """The largest log2 condition: beyond it most small values are not told apart."""
    return chosen.grid.bits // 2 + 2


def _by_pairs(weigh, more=0, turned=True):
    """A fault: pairs of a vector that is in the projector and one that is not, weighed wrongly."""

    def wrong(tf, call, a, above, half):
        values, vectors = tf.linalg.eigh(a)
        n = a.shape[-1]
        count = min(max(1, n // 2 if half else 1) + more, n - 1)
        first, others = vectors[..., :count], vectors[..., count:]
        both = above + tf.linalg.matrix_transpose(above) if turned else above
        middle = tf.matmul(tf.matmul(first, both, transpose_a=True), others)
        gaps = values[..., :count, None] - values[..., None, count:]
        whole = tf.matmul(tf.matmul(first, weigh(tf, middle, gaps)), others, transpose_b=True)
        lower = tf.linalg.band_part(whole + tf.linalg.matrix_transpose(whole), -1, 0)
        return tf.linalg.set_diag(lower, tf.linalg.diag_part(whole))

    return wrong


def _clipped(tf, middle, gaps):
    """Gaps of less than an eighth of the largest are taken for that."""
    floor = tf.reduce_max(tf.abs(gaps), axis=(-2, -1), keepdims=True) / 8
    return middle / -tf.maximum(-gaps, floor)


def _next_alone(tf, middle, gaps):
    """Only the pair on both sides of the gap."""
    largest = tf.reduce_max(gaps, axis=(-2, -1), keepdims=True)
    return tf.where(gaps == largest, middle / gaps, tf.zeros_like(gaps))


def _by_sums(weigh, *, beside=True):
    """A fault: pairs of singular vectors weighed wrongly, or what is outside of them left out."""

    def wrong(tf, call, a, above):
        s, u, v = tf.linalg.svd(a)
        across = tf.matmul(tf.matmul(u, above, transpose_a=True), v)
        middle = weigh(tf, across, s[..., :, None], s[..., None, :])
        found = tf.matmul(tf.matmul(u, middle), v, transpose_b=True)
        if beside:
            left = tf.matmul(above, v) - tf.matmul(u, across)
            found += tf.matmul(left / s[..., None, :], v, transpose_b=True)
            right = tf.matmul(u, above, transpose_a=True) - tf.matmul(across, v, transpose_b=True)
            found += tf.matmul(u / s[..., None, :], right)
        return found

    return wrong


def _skew(tf, x):
    return x - tf.linalg.matrix_transpose(x)


PROJECTOR = Routine(
    name="linalg.eigh.gradient",
    call=f"{HERE}:projector",
    problems=symmetric,
    reference=pullbacks.projector,
    rival=opinions.projector,
    audit=opinions.audit_projector,
    terms={
        **EIGH.terms,
        "turn": "steep*eta",
        "close": "compounded(2*turn*near, eps)/(2*turn)",
        "moved": "1.5*(turn*(2*reach + 3.5) + 1.02*turned*(reach + 1))",
        "rounded": "n*sqrt(n)*(reach*(3 + 6*close) + 2.1) + 5",
        "lost": "8*n**3*(faint + (1 + near)*reach*light + weight)*tiny/eps",
        "off": "moved + rounded + lost",
    },
    excused="max(4*turn*max(1, near)*eps, 4*norm/huge, 2*reach*(1 + near)/(faint*huge), "
    "4*n/(light*huge))",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(off, eps)",
            unless="max(2*off, 4*turn*near)*eps",
            because="of A + E with the values and vectors of linalg.eigh: the gap times turn eps "
            "bounds E, which turns the vectors of either side by turn eps (Davis and Kahan 1970) "
            "and with them W and what is divided by gaps; that these vectors are off from "
            "orthonormal ones by turned counts once more. Products round by n eps, over the gap, "
            "and, where a tape divides by differences of the first values, over those",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        ABOVE,
        HALVED,
        Fault("both triangles", lambda tf, call, *inputs, **k: (
            lambda g: (g + tf.linalg.matrix_transpose(g)) / 2)(call(*inputs, **k))),
        Fault("diagonal doubled", lambda tf, call, *inputs, **k: (
            lambda g: tf.linalg.set_diag(g, 2 * tf.linalg.diag_part(g)))(call(*inputs, **k))),
        Fault("one of two factors moves",
              _by_pairs(lambda tf, middle, gaps: 2 * middle / gaps, turned=False)),
        Fault("small gaps clipped", _by_pairs(_clipped)),
        Fault("nearest pair alone", _by_pairs(_next_alone)),
        Fault("one vector more", _by_pairs(lambda tf, middle, gaps: middle / gaps, more=1)),
        Fault("half the digits of the gaps",
              _by_pairs(lambda tf, middle, gaps: middle / coarse(tf, gaps))),
    ),
    volume=0.2,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip
FACTOR = Routine(
    name="linalg.svd.gradient_vectors",
    call=f"{HERE}:polar",
    problems=rectangular,
    reference=pullbacks.factor,
    rival=opinions.factor,
    audit=opinions.audit_factor,
    terms={
        **SVD.terms,
        "turn": "kappa*sqrt(small)*eta",
        "close": "compounded(2*turn*near, eps)/(2*turn)",
        "moved": "turn*(2*reach + 5) + sqrt(small)*factors*(6.2*reach + 2.1)",
        "rounded": "large*sqrt(small)*reach*(7*close + 4) + small*sqrt(small) + 5",
        "lost": "8*large**3*(faint*(1 + norm) + (1 + near)*reach*light + weight)*tiny/eps",
        "off": "moved + rounded + lost",
    },
    excused="max(4*turn*max(1, near)*eps, 4*norm/huge, 2*reach*(1 + near)/(faint*huge), "
    "4*large/(light*huge))",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(off, eps)",
            unless="max(2*off, 4*turn*near)*eps",
            because="of A + E with the factors of linalg.svd: E, the smallest value times turn "
            "eps, moves the polar factor by turn eps (Li and Sun 2002), its other factor by root 2 "
            "of E, and the two terms with them, which divide by sums of values; U and V are off by "
            "factors in each column. Products round by max(m, n) eps, over the smallest value, and "
            "where a tape divides by differences of squares over that of two values",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        ABOVE,
        HALVED,
        Fault("outside of the vectors left out", _by_sums(
            lambda tf, x, s, t: _skew(tf, x) / (s + t), beside=False)),
        Fault("symmetric part", _by_sums(
            lambda tf, x, s, t: (x + tf.linalg.matrix_transpose(x)) / (s + t))),
        Fault("one of two factors moves", _by_sums(lambda tf, x, s, t: 2 * x / (s + t))),
        Fault("largest sums alone", _by_sums(
            lambda tf, x, s, t: _skew(tf, x) / tf.maximum(s + t, s[..., :1, :] / 8))),
        Fault("twice one value for a sum", _by_sums(
            lambda tf, x, s, t: _skew(tf, x) / (2 * t))),
        Fault("half the digits of the sums", _by_sums(
            lambda tf, x, s, t: _skew(tf, x) / coarse(tf, s + t))),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip

test_projector = verify(PROJECTOR)
test_factor = verify(FACTOR)
