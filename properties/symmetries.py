"""Laws that a routine has for its own symmetries: another problem whose answer is known from one.

A symmetry changes the inputs exactly, sets the routine the new problem, and takes its answers back
exactly: what comes is a second outcome of the first problem, which `properties.laws.broken`
compares. Where rounding commutes with the change (powers of two and signs, as long as nothing
overflows or underflows) the bits must be the same. Elsewhere the bound of every claim that is
judged is the same for both problems, so the second answer must keep it on the first truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from properties.laws import Law
from properties.planted import Call, rows_of
from properties.symmetries_of_moments import OF_MOMENTS
from properties.symmetries_of_order import OF_ORDER
from properties.symmetries_of_sums import OF_SUMS
from properties.symmetry import SCALED, STEP, Stack, Stacks, Symmetry, in_the_middle, scaling


def _signs(length: int) -> NDArray[np.float64]:
    return np.where(np.arange(length) % 3 == 1, -1.0, 1.0)


def _flipped(array: Stack, axis: int) -> Stack:
    """Every third row or column negated: the diagonal matrix D, from the left or the right."""
    shape = [1] * array.ndim
    shape[axis] = array.shape[axis]
    return array * _signs(array.shape[axis]).reshape(shape)


def _both(array: Stack) -> Stack:
    return _flipped(_flipped(array, -1), -2)


def _back(array: Stack, axis: int) -> Stack:
    return np.flip(array, axis)


def _whole(array: Stack) -> Stack:
    """The matrix that its lower triangle stands for, which alone is read."""
    return np.tril(array) + np.swapaxes(np.tril(array, -1), -1, -2).conj()


def _upper(packed: Stack) -> Stack:
    """L and U in one array, U divided by 2^STEP."""
    return np.tril(packed, -1) + np.triu(packed) * 2.0**-STEP


def _unregularised(call: Call) -> NDArray[np.bool_]:
    return in_the_middle(call) & (call.problem.arguments["l2_regularizer"] == 0)


def _straight(call: Call) -> NDArray[np.bool_]:
    """All members, or none where the adjoint is solved with: rows are columns there."""
    return np.full(len(call.problem), not call.problem.arguments.get("adjoint", False))


def _parity(n: int) -> float:
    return -1.0 if n * (n - 1) // 2 % 2 else 1.0


def _largest(inputs: Stacks) -> Stack:
    """The largest entry of each member: off every entry, whatever axis sums run along."""
    most: Stack = inputs[0].max(axis=tuple(range(1, inputs[0].ndim)), keepdims=True)
    return most


def _shifts_exactly(call: Call) -> NDArray[np.bool_]:
    x = call.problem.inputs[0]
    moved = x - _largest(call.problem.inputs)
    with np.errstate(over="ignore"):
        held = (call.dtype.round(moved) == moved) & (moved + _largest(call.problem.inputs) == x)
    return np.asarray(rows_of(np.asarray(held)).all(axis=1))


SIGNED = "rounding to nearest commutes with signs"
REVERSED = "rows of a system in another order: the same solution, condition and pivots"
TURNED = "P A P', P the reversal, has the spectrum and the norms of A"
COLUMNS = "columns in another order: the same unknowns in that order, the same condition"
SHIFTED = "the largest entry is taken off exactly, and entries matter by differences alone"

shifted = Symmetry(
    "shifted", lambda x: (x[0] - _largest(x),), lambda y, _: y, SHIFTED, exact=_shifts_exactly
)
turned = Symmetry("turned", lambda x: (_back(_back(_whole(x[0]), -1), -2),), lambda y, _: y, TURNED)
SYMMETRIES: Mapping[str, tuple[Symmetry, ...]] = {
    "linalg.solve": (
        scaling((1, 3), (2,)),
        Symmetry("signs", lambda x: (_flipped(x[0], -2), _flipped(x[1], -2)),
                 lambda y, _: y, SIGNED, bits=True,
                 exact=lambda call: in_the_middle(call) & _straight(call)),
        Symmetry("rows reversed", lambda x: (_back(x[0], -2), _back(x[1], -2)),
                 lambda y, _: y, REVERSED, exact=_straight),
    ),
    "linalg.inv": (
        scaling((1,), (-1,)),
        Symmetry("signs", lambda x: (_both(x[0]),), lambda y, _: (_both(y[0]),), SIGNED,
                 bits=True, exact=in_the_middle),
        Symmetry("rows reversed", lambda x: (_back(x[0], -2),), lambda y, _: (_back(y[0], -1),),
                 REVERSED),
    ),
    "linalg.det": (
        Symmetry("rows reversed", lambda x: (_back(x[0], -2),),
                 lambda y, x: (y[0] * _parity(x[0].shape[-1]),), REVERSED),
    ),
    "linalg.cholesky": (
        scaling((2,), (1,)),
        Symmetry("signs", lambda x: (_both(x[0]),), lambda y, _: (_both(y[0]),), SIGNED,
                 bits=True, exact=in_the_middle),
    ),
    "linalg.qr": (scaling((1,), (0, 1)),),
    "linalg.lu": (
        Symmetry("scaled", lambda x: (x[0] * 2.0**STEP,), lambda y, _: (_upper(y[0]), y[1]),
                 SCALED, bits=True, exact=in_the_middle),
    ),
    "linalg.lstsq": (
        replace(scaling((1, 3), (2,)), exact=_unregularised),
        Symmetry("columns reversed", lambda x: (_back(x[0], -1), x[1]),
                 lambda y, _: (_back(y[0], -2),), COLUMNS),
    ),
    "linalg.matmul": (scaling((1, 2), (3,)),),
    "linalg.tensordot": (scaling((1, 2), (3,)),),
    "linalg.trace": (scaling((1,), (1,)),),
    "linalg.cross": (scaling((1, 2), (3,)),),
    "linalg.triangular_solve": (scaling((1, 3), (2,)),),
    "linalg.triangular_solve.gradient": (scaling((1, 3, 2), (3, 1, 2)),),
    "linalg.banded_triangular_solve.gradient": (scaling((1, 3, 2), (3, 1, 2)),),
    "linalg.tridiagonal_solve.gradient": (scaling((1, 3, 2), (3, 1, 2)),),
    "linalg.cholesky_solve.gradient": (scaling((1, 3, 2), (2, 0, 1)),),
    "linalg.eig.gradient": (scaling((1,), (1,)),),
    "linalg.eigvalsh": (scaling((1,), (1,)), turned),
    "linalg.eigh": (scaling((1,), (1, 0)),),
    "linalg.svd": (scaling((1,), (1, 0, 0)),),
    "linalg.pinv": (scaling((1,), (-1,)),),
    "math.reduce_sum": (scaling((1,), (1,)),),
    "math.reduce_mean": (scaling((1,), (1,)),),
    "math.multiply": (scaling((1, 2), (3,)),),
    "math.sqrt": (scaling((2,), (1,)),),
    "math.rsqrt": (scaling((2,), (-1,)),),
    "nn.softmax": (shifted,),
    "nn.log_softmax": (shifted,),
    "math.reduce_logsumexp": (
        Symmetry("shifted", lambda x: (x[0] - _largest(x),),
                 lambda y, x: (y[0] + _largest(x).reshape(-1, *(1,) * (y[0].ndim - 1)),), SHIFTED,
                 exact=_shifts_exactly),
    ),
    **OF_SUMS,
    **OF_MOMENTS,
}  # fmt: skip


def declared(name: str) -> tuple[Symmetry, ...]:
    """The symmetries of a routine, of all tables."""
    return (*SYMMETRIES.get(name, ()), *OF_ORDER.get(name, ()))


def laws_of(call: Call) -> Iterator[Law]:
    """The laws of the symmetries that are declared for the routine of a call."""
    for symmetry in declared(call.routine.name):
        yield symmetry.law(call)
