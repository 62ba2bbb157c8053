"""Stacks of complex matrices whose exponentials are asked for, as [re; im]: (B, 2 n, n).

See properties/generators.py and properties/complex_matrices.py.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from properties import complex_matrices, generators
from properties.bits import Bits
from properties.complex_matrices import adjoint, turned, unitary

Array = NDArray[np.float64]


def dense(bits: Bits, n: int) -> Array:
    """Independent uniform parts of 24 bits."""
    return complex_matrices.dense(bits, n, n)


def gaussian_integers(bits: Bits, n: int) -> Array:
    """Odd integers over 16 in both parts."""
    return complex_matrices.gaussian_integers(bits, n, n) / 16


def skew_hermitian(bits: Bits, n: int) -> Array:
    """i times Hermitian: the exponential is unitary, whatever the norm."""
    half = bits.dyadics("skew", (2 * n, n), 12) / 2
    return half - adjoint(half)


def normal(bits: Bits, n: int) -> Array:
    """U D U^H: random eigenvalues with real parts of at most 0."""
    decay, spin = (bits.dyadics(stream, (n,), 8) for stream in ("decay", "spin"))
    diagonal = [np.eye(n) * side[:, None, :] for side in (-np.abs(decay) / 4, spin)]
    half = adjoint(unitary(bits, "both", np.concatenate(diagonal, axis=1)))
    return adjoint(unitary(bits, "both", half))


def _phased(name: str) -> Callable[[Bits, int], Array]:
    """A real generator times a power of i: what decayed turns, or grows."""

    def phased(bits: Bits, n: int) -> Array:
        return turned(generators.GENERATORS[name](bits, n), bits.integers("phase", (1, 1), 0, 3))

    return phased


COMPLEX_GENERATORS: dict[str, Callable[[Bits, int], Array]] = {
    "diagonal": _phased("diagonal"),
    "dense": dense,
    "gaussian integers": gaussian_integers,
    "skew-hermitian": skew_hermitian,
    "normal": normal,
    "stiff": _phased("stiff"),
    "nilpotent": _phased("nilpotent"),
    "jordan": _phased("jordan"),
    "grown": _phased("grown"),
}
