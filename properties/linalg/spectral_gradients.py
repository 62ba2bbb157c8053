"""Gradients of what tf.linalg says of spectra and of factors, by a tape.

Vectors depend on signs and on choices: of eigenvalues and singular values functions are taken that
do not, whose gradients are known without them.
"""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from properties import complex_draws, complex_matrices, draws
from properties.draws import FINE, PARTS, Chosen, by_depth, drawn
from properties.embedding import MATRIX
from properties.linalg.eigh import EIGH
from properties.linalg.gradients import CONJUGATED, HALVES, HERE, NEGATED, TRANSPOSED
from properties.linalg.qr import QR
from properties.linalg.svd import SVD
from properties.makers import log2_cut
from properties.measures import frobenius
from properties.routine import Claim, Embedding, Fault, Problem, Routine
from properties.verify import verify
from references import pullbacks_of_spectra as pullbacks
from references import pullbacks_opinions as opinions
from references.embedded import matrix
from references.interleaved import hermitian

COMPLEX_FULL_RANK = (*complex_matrices.CONDITIONED, "dense", "gaussian integers", "hilbert")
CHOICES = ((("compute_uv", False),), (("compute_uv", True),))


def full_rank(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full rank, tall, wide or square."""
    sizes = by_depth(depth, draws.SHAPES, draws.LARGE_SHAPES)
    return drawn("rectangular", depth, sizes, draws.FULL_RANK, FINE, CHOICES)


def complex_full_rank(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = by_depth(depth, draws.SHAPES[-4:], draws.LARGE_SHAPES)
    return drawn("complex rectangular", depth, sizes, COMPLEX_FULL_RANK, PARTS, CHOICES)


def uncut(depth: int) -> SearchStrategy[Problem]:
    """The same, of conditions that the default cut-off of pinv leaves alone."""

    def largest(chosen: Chosen) -> int:
        return max(0, log2_cut(chosen.grid, chosen.sizes, {}) - 2)

    sizes = by_depth(depth, draws.SHAPES, draws.LARGE_SHAPES)
    return drawn("rectangular", depth, sizes, draws.FULL_RANK, FINE, ((),), largest)


def not_wide(depth: int) -> SearchStrategy[Problem]:
    """A (B, m, n) of full rank, m >= n."""
    sizes = [
        (m, n) for m, n in by_depth(depth, draws.SHAPES, draws.LARGE_SHAPES) if m >= n
    ]  # fmt: skip
    return drawn("rectangular", depth, sizes, draws.FULL_RANK, FINE, ((),))


def complex_not_wide(depth: int) -> SearchStrategy[Problem]:
    """The same of complex numbers."""
    sizes = [
        (m, n) for m, n in by_depth(depth, draws.SHAPES[1:], draws.LARGE_SHAPES) if m >= n
    ]  # fmt: skip
    return drawn("complex rectangular", depth, sizes, COMPLEX_FULL_RANK, PARTS, ((),))


EIGENVALUES = Routine(
    name="linalg.eigvalsh.gradient",
    call=f"{HERE}:eigvalsh",
    problems=draws.symmetric,
    complex_problems=complex_draws.definite,
    embedding=Embedding((hermitian,), (matrix,)),
    reference=pullbacks.eigvalsh,
    rival=opinions.eigvalsh,
    audit=opinions.audit_eigvalsh,
    terms=EIGH.terms,
    excused="4*norm/huge",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="1.5*(eta + 2*turned + 1.01*order**2)",
            because="V W V^H of the parts that linalg.eigh is held to: A V V^H is off by turned, "
            "the residual by eta + turned, products of n terms by n eps of |V||W||V^H|, whose norm "
            "is at most n ||A||; a complex reflector does what two real ones of twice the order "
            "do; entries off the diagonal count twice, in the answer too",
        ),
    ),
    faults=(
        *HALVES,
        TRANSPOSED,
        NEGATED,
        CONJUGATED,
        Fault("both triangles", lambda tf, call, a: (
            lambda g: (g + tf.linalg.adjoint(g)) / 2)(call(a))),
        Fault("diagonal doubled", lambda tf, call, a: (
            lambda g: tf.linalg.set_diag(g, 2 * tf.linalg.diag_part(g)))(call(a))),
    ),
    volume=0.1,  # each shape is traced and compiled, and its truths come from balls
    pullback=True,
)  # fmt: skip
SINGULAR_VALUES = Routine(
    name="linalg.svd.gradient",
    call=f"{HERE}:nuclear",
    problems=full_rank,
    complex_problems=complex_full_rank,
    embedding=MATRIX,
    reference=pullbacks.nuclear,
    rival=opinions.nuclear,
    audit=opinions.audit_nuclear,
    terms={
        **SVD.terms,
        "small": "min(m, n)*(1 + complex)",
        "large": "max(m, n)*(1 + complex)",
        "moved": "eta*kappa*sqrt(small)",
    },
    excused="1.01*norm/huge",  # singular values that the dtype does not hold
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(moved, eps)/sqrt(small) + 2*factors + 0.51*small*sqrt(small)",
            unless="max(2*moved*eps, 1.01*norm/huge)",
            because="U V^H is the polar factor of A + E, ||E|| at most eta eps ||A|| as that of "
            "linalg.svd, and moves by 2/(s + s') ||E||, s and s' the smallest singular values (Li "
            "and Sun 2002); U and V are off by factors in each column, their product rounds by "
            "small eps of |U||V^H|; all over its norm, the root of small",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        CONJUGATED,
        Fault("largest value alone", lambda tf, call, a, **k: (
            lambda s, u, v: tf.linalg.matmul(u[..., :1], v[..., :1], adjoint_b=True))(
                *tf.linalg.svd(a))),
        Fault("weighted by the values", lambda tf, call, a, **k: call(a, **k) + a),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip
PSEUDO_INVERSE = Routine(
    name="linalg.pinv.gradient",
    call=f"{HERE}:pinv",
    problems=uncut,
    reference=pullbacks.pinv,
    rival=opinions.pinv,
    audit=opinions.audit_pinv,
    terms={
        **SVD.terms,
        "moved": "1.62*eta*kappa*sqrt(small)",
        "inverse": "kappa/norm",
        "lost": "4*small*large*tiny/eps*(1/norm + norm + (1 + 1/inverse)**2)",
        "doubt": "max(2*moved*eps, 20*large*kappa*eps)",
    },
    excused="max(doubt, 2*small*large*inverse*(1 + inverse)/huge)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="(5*compounded(moved, eps) + 2*(small + large) + lost)*reach",
            unless="doubt",
            because="-X^T W X^T + (I - A X) W^T X X^T of the pseudo-inverse X of A + E, ||E|| at "
            "most eta eps ||A|| as that of linalg.svd: off by (1 + sqrt 5)/2 kappa of that, twice "
            "in each term, the projection once more (Wedin 1973); products of so many terms: all "
            "of ||X||_2^2 ||W||, reach times the norm of the answer",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        Fault("of square matrices", lambda tf, call, a: (
            lambda x: -tf.linalg.matmul(tf.linalg.matmul(x, tf.ones_like(x), transpose_a=True), x,
                transpose_b=True))(tf.linalg.pinv(a))),
        Fault("a thousandth more", lambda tf, call, a: call(a) * 1.0009765625),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip
DIAGONAL = Routine(
    name="linalg.qr.gradient",
    call=f"{HERE}:qr",
    problems=not_wide,
    complex_problems=complex_not_wide,
    embedding=MATRIX,
    reference=pullbacks.qr,
    rival=opinions.qr,
    audit=opinions.audit_qr,
    terms={
        "small": QR.terms["small"],
        "rows": QR.terms["rows"],
        "factors": QR.terms["factors"],
        "moved": "1.62*factors*sqrt(small)*kappa",
        "lost": "4*small*rows*tiny/eps*(kappa/norm + norm)",
    },
    excused="max(2*moved*eps, 4*norm/huge, 4*kappa/(norm*huge), complex*lost*eps)",
    claims=(
        Claim(
            name="forward",
            measure=frobenius,
            bound="compounded(moved, eps) + 2*factors + 1.01*n*(n + 5*complex)*kappa + "
            "(1 + 10*complex)*steep + n + 2*complex + lost",
            unless="2*moved*eps",
            because="A (A^H A)^-1 = Q R^-H of A + E, ||E|| at most factors eps ||A|| as that of "
            "linalg.qr, moves by (1 + sqrt 5)/2 kappa of that (Wedin 1973), and Q is off by "
            "factors. TensorFlow solves X R^H = T for T the lower triangle of -(R D^-1)^H, D the "
            "diagonal of R, which rounds by an eps, by ten more where moduli and phases of complex "
            "numbers are taken; X = R^-H - D^-1 is off by gamma_n |X||R^H||R^-H| (Higham 2002, 8.1 "
            "and 3.6) and by steep; then a product of n terms",
        ),
    ),
    faults=(
        *HALVES,
        NEGATED,
        CONJUGATED,
        Fault("weighted by the matrix", lambda tf, call, a: call(a) + a),
        Fault("a thousandth more", lambda tf, call, a: call(a) * 1.0009765625),
    ),
    volume=0.1,
    pullback=True,
)  # fmt: skip

test_eigvalsh = verify(EIGENVALUES)
test_svd = verify(SINGULAR_VALUES)
test_pinv = verify(PSEUDO_INVERSE)
test_qr = verify(DIAGONAL)
