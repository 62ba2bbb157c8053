"""tf.tensordot, einsum, trace, cross and tridiagonal_matmul: sums of products of other shapes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from properties.faults import coarse
from properties.linalg.matmul import ENTRYWISE, TERMS
from properties.placed import Place, placed
from properties.routine import Fault, Problem, Routine
from properties.verify import verify
from references import contractions, numeric
from references.audits_numeric import audited


def _axes(a: tuple[int, ...], b: tuple[int, ...], axes: Any) -> Place:
    return (a, b), (("axes", axes),)


def _equation(equation: str, *shapes: tuple[int, ...]) -> Place:
    return shapes, (("equation", equation),)


TENSORS = (
    _axes((3,), (3,), 1), _axes((2, 3), (3, 2), 1), _axes((2, 3, 4), (3, 4), 2),
    _axes((3, 2, 5), (2, 5, 3), ((2, 0), (1, 2))),
)  # fmt: skip
EQUATIONS = (
    _equation("bij,bjk->bik", (2, 5), (5, 3)),
    _equation("bij,bij->b", (3, 5), (3, 5)),
    _equation("bii->b", (5, 5)),
    _equation("bij->bj", (8, 3)),
    _equation("bijk,bkj->bi", (2, 3, 4), (4, 3)),
    _equation("bi,bj->bij", (3,), (5,)),
)
SQUARES = tuple((((m, n),), ()) for m, n in ((1, 1), (3, 3), (8, 8), (3, 5)))
LARGE_SQUARES = ((((32, 32),), ()), (((100, 100),), ()))
TRIPLES = (((3,), (3,)), ()), (((2, 3), (2, 3)), ())
DIAGONALS = tuple((((3, n), (n, k)), ()) for n, k in ((1, 2), (2, 1), (5, 3)))
LARGE_DIAGONALS = ((((3, 32), (32, 2)), ()),)


def tensors(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Pairs of arrays, with the axes to contract over."""
    return placed(depth, TENSORS, in_complex=in_complex)


def equations(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """One or two arrays, with the equation of a sum over indices."""
    return placed(depth, EQUATIONS, in_complex=in_complex)


def squares(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Matrices (B, m, n) of any entries."""
    return placed(depth, SQUARES, LARGE_SQUARES, in_complex=in_complex, degree=1)


def triples(depth: int) -> SearchStrategy[Problem]:
    """Pairs of vectors of three entries."""
    return placed(depth, TRIPLES)


def diagonals(depth: int, *, in_complex: bool = False) -> SearchStrategy[Problem]:
    """Three diagonals (B, 3, n) and a matrix (B, n, k)."""
    return placed(depth, DIAGONALS, LARGE_DIAGONALS, in_complex=in_complex)


def _of_answer(tf, call, *inputs, **arguments):
    return coarse(tf, call(*inputs, **arguments))


def _of_first(tf, call, a, *others, **arguments):
    return call(coarse(tf, a), *others, **arguments)


def _signs_lost(tf, call, a, *others, **arguments):
    return call(tf.cast(tf.abs(a), a.dtype), *others, **arguments)


def _unconjugated(tf, call, a, *others, **arguments):
    return call(tf.math.conj(a), *others, **arguments)


COMMON = (
    Fault("half the digits of the answer", _of_answer),
    Fault("half the digits of the first operand", _of_first),
    Fault("signs of the first operand lost", _signs_lost),
)
CONJUGATED = Fault("first operand conjugated", _unconjugated, complex=True)


def _row(name: str, call: str, problems: Callable, *faults: Fault, real: bool = False) -> Routine:
    """A routine of the table: its reference, opinion and audit have its own name."""
    word = name.rpartition(".")[2]
    return Routine(
        name=name,
        call=call,
        problems=problems,
        complex_problems=None if real else partial(problems, in_complex=True),
        reference=getattr(contractions, word),
        rival=getattr(numeric, word),
        audit=audited(word),
        terms=TERMS,
        excused="4*top/huge",
        claims=(ENTRYWISE,),
        faults=(*COMMON, *(() if real else (CONJUGATED,)), *faults),
        volume=0.3,
    )


def _flipped(tf, call, a, b, axes):
    """The contracted axes of the second operand in the wrong order."""
    return call(a, tf.reverse(b, [1]), axes=axes)


def _wrong_order(tf, call, *operands, equation):
    """What is contracted, read backwards."""
    return call(tf.reverse(operands[0], [-1]), *operands[1:], equation=equation)


def _anti_trace(tf, call, a):
    """The other diagonal."""
    return call(tf.reverse(a, [-1]))


def _exchanged(tf, call, a, b):
    """b x a."""
    return call(b, a)


def _swapped(tf, call, diagonals, rhs):
    """The diagonals from below in place of those from above."""
    return call(tf.reverse(diagonals, [-2]), rhs)


def _unaligned(tf, call, diagonals, rhs):
    """The upper diagonal one place further on."""
    above = tf.roll(diagonals[..., :1, :], 1, -1)
    return call(tf.concat([above, diagonals[..., 1:, :]], -2), rhs)


HERE = "properties.linalg.calls"
TENSORDOT = _row("linalg.tensordot", f"{HERE}:tensordot", tensors, Fault("flipped", _flipped))
EINSUM = _row("linalg.einsum", f"{HERE}:einsum", equations, Fault("flipped", _wrong_order))
TRACE = _row("linalg.trace", "linalg.trace", squares, Fault("other diagonal", _anti_trace))
CROSS = _row(
    "linalg.cross", "linalg.cross", triples, Fault("operands exchanged", _exchanged), real=True
)
TRIDIAGONAL = _row(
    "linalg.tridiagonal_matmul",
    "linalg.tridiagonal_matmul",
    diagonals,
    Fault("diagonals exchanged", _swapped),
    Fault("diagonal shifted", _unaligned),
)

test_tensordot = verify(TENSORDOT)
test_einsum = verify(EINSUM)
test_trace = verify(TRACE)
test_cross = verify(CROSS)
test_tridiagonal_matmul = verify(TRIDIAGONAL)
