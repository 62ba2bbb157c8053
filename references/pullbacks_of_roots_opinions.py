"""Second opinions of the pullback of a square root: SciPy's, and an audit by mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from references import opinions
from references.audits import Audited, matrix, twice
from references.audits_spectral import near_root
from references.opinions import Answer


def sqrtm(a: NDArray, above: NDArray) -> Answer:
    """By the Schur form of the root, as Bartels and Stewart solve Sylvester's equation."""
    across = opinions.sqrtm(a)[0].conj().T
    found = scipy.linalg.solve_sylvester(across, across, above)
    return (np.asarray(found).astype(a.dtype),)


def _size(array: NDArray) -> int:
    """log2 of the largest part of an entry, or one more: a modulus may be beyond the range."""
    return int(np.frexp(np.maximum(np.abs(array.real), np.abs(array.imag)).max())[1])


def audit_sqrtm(a: NDArray, above: NDArray) -> tuple[Audited, ...]:
    """A block of the root of [[A^H, W], [0, A^H]] (Higham 2008, 3.2), by iteration."""
    turned, n = a.conj().T, len(a)
    power = _size(a) - _size(above)  # of W, for entries of one size

    def compute() -> list:
        whole = matrix(np.block([[turned, above], [np.zeros_like(a), turned]]))
        whole[:n, n:] = whole[:n, n:] * mpmath.ldexp(1, power)
        return [near_root(whole, a)[:n, n:] / mpmath.ldexp(1, power)]

    return twice(compute, a, above)
