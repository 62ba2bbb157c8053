"""Adjoints of linear maps by their definition, of any entries: floats, and mpmath's for audits.

As in references/numeric.py: one member at a time. Each part of an entry is the inner product of
what comes from above with what the map makes of a unit there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references import arrangements, numeric, numeric_combined, numeric_statistics
from references.audits_numeric import objects
from references.numeric import Answer

Shape = Sequence[int]


def _arranged(name: str) -> Callable[..., Answer]:
    """A function of references/arrangements.py, of one member."""

    def function(*operands: NDArray, **arguments: Any) -> Answer:
        numbers = (np.asarray(x, dtype=complex)[None] for x in operands)  # units and zeros
        return (getattr(arrangements, name)(*numbers, **arguments).parts[0].hi[0],)

    return function


FORWARD: dict[str, Callable[..., Answer]] = {
    **{name: getattr(numeric, name) for name in (
        "matmul", "matvec", "tensordot", "einsum", "trace", "cross", "tridiagonal_matmul",
        "reduce_sum", "reduce_mean", "cumsum")},
    **{name: getattr(numeric_statistics, name) for name in (
        "segment_sum", "segment_mean", "unsorted_segment_sum", "unsorted_segment_mean")},
    "unsorted_segment_sqrt_n": numeric_combined.unsorted_segment_sqrt_n,
    **{name: _arranged(name) for name in (
        "matrix_transpose", "adjoint", "band_part", "diag", "diag_part", "set_diag")},
}  # fmt: skip


def forward(of: str) -> Callable[..., Answer]:
    """The map that a call is, by the last word of its name."""
    return FORWARD[of.replace(":", ".").rpartition(".")[2]]


def shape_of(of: str, shapes: Sequence[Shape], arguments: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of the answer to operands of these shapes."""
    return np.shape(forward(of)(*map(np.zeros, shapes), **arguments)[0])


def adjoint(
    *inputs: NDArray, of: str, by: int, shape: Shape, beside: Sequence[Shape] = (), **arguments: Any
) -> Answer:
    """The gradient by operand `by`, from the other one and what comes from above."""
    *others, above = inputs
    count, given = int(np.prod(shape)), above.reshape(-1)
    wide = _complex(above)
    others = others or [np.zeros(x, complex if wide else float) for x in beside]
    units = np.eye(count, dtype=above.real.dtype)
    if above.dtype == object:
        units = objects(units.astype(float))
    found = []
    for unit in units.reshape(count, *shape):
        real = _inner(forward(of)(*others[:by], unit, *others[by:], **arguments)[0], given)
        if wide:
            turned = forward(of)(*others[:by], 1j * unit, *others[by:], **arguments)[0]
            real = real + 1j * _inner(turned, given)
        found.append(real)
    whole = np.empty(count, dtype=above.dtype)
    whole[:] = found
    return (whole.reshape(tuple(shape)),)


def _inner(a: NDArray, b: NDArray) -> Any:
    """The real part of a^H b."""
    return sum((x.real * y.real + x.imag * y.imag for x, y in zip(
        np.asarray(a).reshape(-1), b, strict=True)), b[0].real * 0)  # fmt: skip


def _complex(x: NDArray) -> bool:
    return np.iscomplexobj(x) or any(isinstance(y, mpmath.mpc) for y in x.flat)
