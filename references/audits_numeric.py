"""Audits of sums of products: NumPy's functions of mpmath's numbers, at two precisions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from references import numeric
from references.audits import Audited, twice


def audited(function: str | Callable[..., Any]) -> Callable[..., tuple[Audited, ...]]:
    """The audit by a function of arrays, or by that of references/numeric.py of this name."""
    return partial(_audit, getattr(numeric, function) if isinstance(function, str) else function)


def _audit(function: Callable[..., Any], *inputs: NDArray, **arguments: Any) -> tuple[Audited, ...]:
    def compute() -> list[NDArray[np.object_]]:
        exact = [objects(array) for array in inputs]
        return [np.asarray(part, dtype=object) for part in function(*exact, **arguments)]

    return twice(compute, *inputs)


def objects(array: NDArray) -> NDArray[np.object_]:
    """The entries as mpmath's numbers."""
    flat = [mpmath.mpmathify(x) for x in array.reshape(-1).tolist()]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(array.shape)
