"""tf.linalg.matmul and tf.linalg.matvec: products of matrices, transposed or adjoint if asked."""

from __future__ import annotations

from functools import partial

from hypothesis.strategies import SearchStrategy

from properties.entries import deviation
from properties.faults import coarse
from properties.placed import Place, placed
from properties.routine import Claim, Fault, Problem, Routine
from properties.verify import verify
from references import contractions, numeric
from references.audits_numeric import audited

TERMS = {
    "steps": "terms + 2*complex",
    "gamma": "0.505*steps/(1 - 0.5*steps*eps)",
    "lost": "2*terms*tiny/eps",
}
BECAUSE = (
    "a sum of k products is off by gamma_k of the sum of their absolute values, in any order and "
    "with or without fma: |C' - C| <= gamma_k |A||B| (Higham 2002, 3.1 and 3.13); gamma_k+2 in "
    "complex arithmetic (3.6); each product and each sum may lose tiny"
)
ENTRYWISE = Claim(
    name="entrywise",
    measure=deviation(),
    bound="gamma*size + lost",
    unless="steps*eps",
    because=BECAUSE,
    relative=False,
)

FLAGS = ("transpose_a", "transpose_b", "adjoint_a", "adjoint_b")


def _place(m: int, k: int, n: int, *flags: str) -> Place:
    """Shapes of A and B for C (m, n), and the flags that are set."""
    a = (k, m) if {"transpose_a", "adjoint_a"} & set(flags) else (m, k)
    b = (n, k) if {"transpose_b", "adjoint_b"} & set(flags) else (k, n)
    return (a, b), tuple((flag, True) for flag in flags)


MATRICES = (
    _place(1, 1, 1), _place(2, 3, 2), _place(5, 8, 3), _place(3, 8, 3, "transpose_a"),
    _place(3, 5, 8, "transpose_b"), _place(3, 8, 3, "adjoint_a", "transpose_b"),
    _place(2, 5, 3, "adjoint_b"),
)  # fmt: skip
LARGE_MATRICES = (_place(16, 32, 8), _place(8, 100, 3, "transpose_a"))
VECTORS = (
    (((2, 3), (3,)), ()),
    (((5, 8), (8,)), ()),
    (((8, 3), (8,)), (("transpose_a", True),)),
    (((3, 5), (3,)), (("adjoint_a", True),)),
)
LARGE_VECTORS = ((((5, 100), (100,)), ()),)


def matrices(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Pairs of matrices A (B, m, k) and B (B, k, n), with what is transposed or adjoint."""
    return placed(depth, MATRICES, LARGE_MATRICES, in_complex=in_complex)


def vectors(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Matrices A (B, m, k) and vectors b (B, k), with what is transposed or adjoint."""
    return placed(depth, VECTORS, LARGE_VECTORS, in_complex=in_complex)


def _unturned(tf, call, a, b, **flags):
    """The leading square part of A transposed where it should not be, or not where it should."""
    n = min(a.shape[-2:])
    square = tf.linalg.matrix_transpose(a[..., :n, :n])
    beside = tf.concat([square, a[..., :n, n:]], -1)
    return call(tf.concat([beside, a[..., n:, :]], -2), b, **flags)


def _unconjugated(tf, call, a, b, **flags):
    """Transposes in place of adjoints."""
    return call(a, b, **{name.replace("adjoint", "transpose"): on for name, on in flags.items()})


FAULTS = (
    Fault("not transposed", _unturned),
    Fault("conjugate forgotten", _unconjugated, complex=True),
    Fault("half the digits of A", lambda tf, call, a, b, **k: call(coarse(tf, a), b, **k)),
    Fault("half the digits of the answer",
          lambda tf, call, a, b, **k: coarse(tf, call(a, b, **k))),
    Fault(
        "sizes for numbers", lambda tf, call, a, b, **k: call(tf.cast(tf.abs(a), a.dtype), b, **k)
    ),
    Fault("zero", lambda tf, call, a, b, **k: tf.zeros_like(call(a, b, **k))),
)  # fmt: skip
MATMUL = Routine(
    name="linalg.matmul",
    call="linalg.matmul",
    problems=matrices,
    complex_problems=partial(matrices, in_complex=True),
    reference=contractions.matmul,
    rival=numeric.matmul,
    audit=audited("matmul"),
    terms=TERMS,
    excused="4*top/huge",
    claims=(ENTRYWISE,),
    faults=FAULTS,
    volume=0.5,
)
MATVEC = Routine(
    name="linalg.matvec",
    call="linalg.matvec",
    problems=vectors,
    complex_problems=partial(vectors, in_complex=True),
    reference=contractions.matvec,
    rival=numeric.matvec,
    audit=audited("matvec"),
    terms=TERMS,
    excused="4*top/huge",
    claims=(ENTRYWISE,),
    faults=FAULTS,
    volume=0.4,
)

test_matmul = verify(MATMUL)
test_matvec = verify(MATVEC)
