"""Gradients of what is linear in tf.linalg, by a tape: of products, and of what moves entries."""

from __future__ import annotations

from dataclasses import replace

from properties.adjoints import COPIED, of_linear, taken_back
from properties.faults import coarse
from properties.linalg.arrangements import PLACES as ARRANGED
from properties.linalg.contractions import DIAGONALS, EQUATIONS, SQUARES, TENSORS, TRIPLES
from properties.linalg.matmul import ENTRYWISE, MATRICES, TERMS, VECTORS
from properties.placed import Place
from properties.routine import Fault, Routine
from properties.verify import verify

HERE = "properties.linalg.calls"

# The call, its places, and what its operands are called.
PRODUCTS: dict[str, tuple[str, tuple[Place, ...], tuple[str, ...]]] = {
    "matmul": ("linalg.matmul", MATRICES, ("a", "b")),
    "matvec": ("linalg.matvec", VECTORS, ("a", "b")),
    "tensordot": (f"{HERE}:tensordot", TENSORS, ("a", "b")),
    "einsum": (f"{HERE}:einsum", EQUATIONS, ("first", "second")),
    "cross": ("linalg.cross", TRIPLES, ("a", "b")),
    "tridiagonal_matmul": ("linalg.tridiagonal_matmul", DIAGONALS, ("diagonals", "rhs")),
}
# What moves entries, and of which operand it does.
MOVED: tuple[tuple[str, int, str], ...] = (
    ("matrix_transpose", 0, ""), ("adjoint", 0, ""), ("band_part", 0, ""), ("diag", 0, ""),
    ("diag_part", 0, ""), ("set_diag", 0, "_input"), ("set_diag", 1, "_diagonal"),
)  # fmt: skip
PRODUCT = replace(
    ENTRYWISE,
    because="a sum of k products of what comes from above with entries of the other operand is "
    "off by gamma_k of the sum of their absolute values, in any order (Higham 2002, 3.1); "
    "gamma_k+2 in complex arithmetic (3.6); each product and each sum may lose tiny, a copy too",
)
LOSING = {**TERMS, "lost": "(2*terms + 1)*tiny/eps"}


def _half_of_other(tf, call, *inputs, **arguments):
    *others, above = inputs
    return call(*(coarse(tf, other) for other in others), above, **arguments)


def _size_of_other(tf, call, *inputs, **arguments):
    *others, above = inputs
    return call(*(tf.cast(tf.abs(x), x.dtype) for x in others), above, **arguments)


def _product(word: str, by: int) -> Routine:
    call, places, names = PRODUCTS[word]
    return of_linear(
        f"linalg.{word}.gradient_{names[by]}",
        taken_back(call, by, places),
        PRODUCT,
        real=word == "cross",
        terms=LOSING,
        excused="4*top/huge",
        faults=(
            Fault("half the digits of the other operand", _half_of_other),
            Fault("signs of the other operand lost", _size_of_other),
        ),
    )


def _moved(word: str, by: int, suffix: str) -> Routine:
    places = taken_back(f"linalg.{word}", by, ARRANGED[word], apart=True)
    return of_linear(f"linalg.{word}.gradient{suffix}", places, COPIED)


ROUTINES = (
    *(_product(word, by) for word in PRODUCTS for by in (0, 1)),
    of_linear("linalg.trace.gradient", taken_back("linalg.trace", 0, SQUARES), COPIED),
    *(_moved(*told) for told in MOVED),
)
for _routine in ROUTINES:
    _name = _routine.name.removeprefix("linalg.").replace(".gradient", "_by")
    globals()[_name.upper()] = _routine
    globals()[f"test_{_name}"] = verify(_routine)
